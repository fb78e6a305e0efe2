------------------------------- MODULE Cairn -------------------------------
(***************************************************************************)
(* One resumable job, the clients that work it, and what they write.       *)
(* README.md says in plain words what this models and what it does not.    *)
(*                                                                         *)
(* Each action is one statement (or one transaction) of the database, or   *)
(* one move in the memory of a client. The names in brackets are the       *)
(* constants with the SQL in dev.cairn.internal.postgres.                  *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS
  Clients,      \* processes that work jobs
  Steps,        \* 1 .. n: the steps of the job, in their order
  Last,         \* each step has the items 1 .. Last; the last one finishes it
  MaxClaims,    \* how often the job may be claimed
  MaxWrites,    \* how many checkpoints an attempt may make
  MaxRenewals,  \* how often a claim may be renewed
  MaxAttempts,  \* River's max_attempts
  AnswersGetLost, \* whether connections break between the commit of a claim and its answer
  KeepTime,     \* whether signs of life are followed; if not, any client may seem dead at any time
  Nobody

ASSUME /\ Steps = 1 .. Cardinality(Steps)
       /\ Last > 0 /\ MaxAttempts > 0

VARIABLES
  job,     \* the row in river_job
  ckpt,    \* the rows in cairn_checkpoint, one for each step
  rows,    \* how often the worker's rows of an item are committed
  client,  \* the rows in cairn_client, and whether the process lives
  runs,    \* the memory of the attempts, by the number of their claim
  ghost    \* what an onlooker knows; no action reads it

vars == <<job, ckpt, rows, client, runs, ghost>>

----------------------------------------------------------------------------
(* Values *)

Waiting == "waiting"       \* available, retryable or scheduled
Running == "running"
Final == {"completed", "discarded"}

NoWrite == [v |-> 0, seq |-> 0]
Nothing == [s \in Steps |-> NoWrite]
NoTx == [kind |-> "none", s |-> 0, v |-> 0, seq |-> 0]
Gone == [phase |-> "gone"]

Claims == 1 .. MaxClaims
IsThere(n) == runs[n].phase # "gone"
Works(n) == runs[n].phase = "works"
Current(n) == n = ghost.owner

(* Whether some transaction holds a lock on the job's row until its end. A checkpoint's lock is
   shared with other checkpoints, that of a completion with nobody. *)
HasTx(n) == IsThere(n) /\ runs[n].tx.kind # "none"
Locked == \E n \in Claims : HasTx(n)
LockedAlone == \E n \in Claims : HasTx(n) /\ runs[n].tx.kind = "complete"

(* The fence [Fragments.held]: state, attempted_at and the last of attempted_by. A renewal
   sets another attempted_at and leaves a note of the claim that it belongs to. *)
SameTime(n) == job.at = runs[n].at \/ job.renewed = <<runs[n].at, job.at>>
Held(n) ==
  /\ job.state = Running
  /\ job.by = runs[n].by
  /\ SameTime(n)

(* attempted_at grows with each claim and renewal, even if the clock does not. *)
NextAt == job.at + 1

(* An older write never replaces a newer one [WRITE, FINISH]. *)
IsNewer(at, seq, old) == old.at < at \/ (old.at = at /\ old.seq <= seq)

Written(n, writes, names) ==
  [s \in Steps |->
    IF s \in names /\ writes[s].seq > 0 /\ IsNewer(runs[n].at, writes[s].seq, ckpt[s])
      THEN [v |-> writes[s].v, at |-> runs[n].at, seq |-> writes[s].seq]
      ELSE ckpt[s]]

(* What is remembered of writes by runs that did not hold the job. *)
Blame(n, changes) ==
  [ghost EXCEPT !.stale = @ \/ (changes /\ ~Current(n))]

(* A run of which only the claim is left. *)
Emptied(n) ==
  [runs[n] EXCEPT !.unsure = 0, !.pos = [s \in Steps |-> 0], !.pend = Nothing, !.fly = Nothing,
                  !.seq = 0, !.tx = NoTx]

NoCheckpoint == [v |-> 0, at |-> 0, seq |-> 0]

----------------------------------------------------------------------------
Init ==
  /\ job = [state |-> Waiting, at |-> 0, by |-> Nobody, renewed |-> <<0, 0>>,
            attempt |-> 0, rescues |-> 0]
  /\ ckpt = [s \in Steps |-> NoCheckpoint]
  /\ rows = [s \in Steps |-> [v \in 1 .. Last |-> 0]]
  /\ client = [c \in Clients |-> [lives |-> TRUE, known |-> TRUE, late |-> FALSE, doubts |-> FALSE]]
  /\ runs = [n \in Claims |-> Gone]
  /\ ghost = [owner |-> 0, claims |-> 0, renewals |-> 0, failures |-> 0, stale |-> FALSE,
              done |-> [s \in Steps |-> {}]]

----------------------------------------------------------------------------
(* Clients *)

(* A sign of life [BEAT]. A client whose row is gone registers anew. *)
Beat(c) ==
  /\ client[c].lives
  /\ client' = [client EXCEPT ![c].known = TRUE, ![c].late = FALSE]
  /\ UNCHANGED <<job, ckpt, rows, runs, ghost>>

(* Time passes without a sign of life, until the client counts as dead. It may be: or it sleeps,
   or cannot reach the database. *)
FallSilent(c) ==
  /\ KeepTime
  /\ client[c].known /\ ~client[c].late
  /\ client' = [client EXCEPT ![c].late = TRUE]
  /\ UNCHANGED <<job, ckpt, rows, runs, ghost>>

(* The process is killed. Its memory is gone; its open transactions end when the server notices,
   and a COMMIT that was on its way may still be done. *)
Die(c) ==
  /\ client[c].lives
  /\ client' = [client EXCEPT ![c].lives = FALSE, ![c].doubts = FALSE]
  /\ runs' = [n \in Claims |->
      IF IsThere(n) /\ runs[n].by = c
        THEN IF HasTx(n) THEN [Emptied(n) EXCEPT !.phase = "dead", !.tx = runs[n].tx] ELSE Gone
        ELSE runs[n]]
  /\ UNCHANGED <<job, ckpt, rows, ghost>>

(* A client stops in good order and takes its row away [FORGET]. *)
HasRuns(c) == \E n \in Claims : IsThere(n) /\ runs[n].by = c /\ runs[n].phase # "over"
MayForget(c) == ~HasRuns(c) /\ ~client[c].doubts
SignOff(c) ==
  /\ client[c].lives /\ MayForget(c)
  /\ client' = [client EXCEPT ![c] = [lives |-> FALSE, known |-> FALSE, late |-> FALSE,
                                     doubts |-> FALSE]]
  /\ runs' = [n \in Claims |-> IF IsThere(n) /\ runs[n].by = c THEN Gone ELSE runs[n]]
  /\ UNCHANGED <<job, ckpt, rows, ghost>>

----------------------------------------------------------------------------
(* Claims, rescues *)

AfterCrash(attempt) == attempt - 1
Resumed == [s \in Steps |-> ckpt[s].v]

NewRun(c, at) ==
  [phase |-> "works", by |-> c, at |-> at, unsure |-> 0, pos |-> Resumed,
   pend |-> Nothing, fly |-> Nothing, seq |-> 0, tx |-> NoTx]

(* [CLAIM], and the run loads what is saved [LOAD]. *)
Claim(c) ==
  /\ client[c].lives
  /\ job.state = Waiting /\ ~Locked
  /\ ghost.claims < MaxClaims
  /\ LET n == ghost.claims + 1 IN
     /\ job' = [job EXCEPT !.state = Running, !.at = NextAt, !.by = c, !.attempt = @ + 1]
     /\ runs' = [runs EXCEPT ![n] = NewRun(c, NextAt)]
     /\ ghost' = [ghost EXCEPT !.owner = n, !.claims = n]
  /\ UNCHANGED <<ckpt, rows, client>>

(* A claim is committed, but the connection breaks before the client hears of it. It knows that the
   claim may have happened [Strays.doubt]. *)
ClaimUnheard(c) ==
  /\ AnswersGetLost
  /\ client[c].lives
  /\ job.state = Waiting /\ ~Locked
  /\ ghost.claims < MaxClaims
  /\ job' = [job EXCEPT !.state = Running, !.at = NextAt, !.by = c, !.attempt = @ + 1]
  /\ client' = [client EXCEPT ![c].doubts = TRUE]
  /\ ghost' = [ghost EXCEPT !.owner = ghost.claims + 1, !.claims = @ + 1]
  /\ UNCHANGED <<ckpt, rows, runs>>

(* It then looks for jobs that run under its name and that it does not work, and hands them back as
   if they were interrupted [Strays.look]. *)
AfterInterruption(attempt) == attempt - 1
MayHandBack(c) == client[c].doubts
HandBack(c) ==
  /\ client[c].lives /\ MayHandBack(c) /\ ~HasRuns(c)
  /\ job.state = Running /\ job.by = c /\ ~Locked
  /\ job' = [job EXCEPT !.state = Waiting, !.attempt = AfterInterruption(@)]
  /\ client' = [client EXCEPT ![c].doubts = FALSE]
  /\ ghost' = [ghost EXCEPT !.owner = 0]
  /\ UNCHANGED <<ckpt, rows, runs>>

(* Any living client frees the job of one that fell silent [PostgresClientStore.RESCUE]. *)
SeemsDead(c) == client[c].known /\ (client[c].late \/ ~KeepTime)
MayRescue == ~Locked
Rescue(c) ==
  /\ client[c].lives
  /\ job.state = Running
  /\ SeemsDead(job.by)
  /\ MayRescue
  /\ LET gaveUp == job.rescues + 1 >= MaxAttempts IN
     job' = [job EXCEPT !.rescues = @ + 1,
                        !.state = IF gaveUp THEN "discarded" ELSE Waiting,
                        !.attempt = IF gaveUp THEN @ ELSE AfterCrash(@)]
  /\ ghost' = [ghost EXCEPT !.owner = 0]
  /\ UNCHANGED <<ckpt, rows, client, runs>>

(* A leader of River for Go takes the job because of attempted_at alone, whoever works it; so does
   ours for clients that it does not know [PostgresUpkeepStore.RESCUE]. This counts as a failure. *)
RescueByClock ==
  /\ job.state = Running
  /\ MayRescue
  /\ job' = [job EXCEPT !.rescues = @ + 1,
                        !.state = IF job.attempt >= MaxAttempts THEN "discarded" ELSE Waiting]
  /\ ghost' = [ghost EXCEPT !.owner = 0, !.failures = @ + 1]
  /\ UNCHANGED <<ckpt, rows, client, runs>>

(* [RENEW] *)
Note(n, at) == <<runs[n].at, at>>
Renew(n) ==
  /\ IsThere(n) /\ runs[n].phase \in {"works", "ends"}
  /\ ghost.renewals < MaxRenewals
  /\ Held(n) /\ ~Locked
  /\ job' = [job EXCEPT !.at = NextAt, !.renewed = Note(n, NextAt)]
  /\ ghost' = [Blame(n, TRUE) EXCEPT !.renewals = @ + 1]
  /\ UNCHANGED <<ckpt, rows, client, runs>>

----------------------------------------------------------------------------
(* The worker *)

Finished(n, s) == runs[n].pos[s] = Last

(* The code of a step begins when the mark of the one before it is durable [StepLedger.begin]. *)
MayBegin(n, s) == \A before \in Steps : before = s - 1 => runs[n].pend[before].v # Last

IsAt(n, s) ==
  /\ Works(n) /\ runs[n].tx = NoTx /\ runs[n].unsure = 0
  /\ ~Finished(n, s) /\ runs[n].seq < MaxWrites
  /\ \A before \in Steps : before < s => Finished(n, before)
  /\ MayBegin(n, s)

(* The next item of a step, its checkpoint buffered. *)
Advance(n, s) ==
  /\ IsAt(n, s)
  /\ LET v == runs[n].pos[s] + 1
         seq == runs[n].seq + 1 IN
     /\ runs' = [runs EXCEPT ![n].pos[s] = v, ![n].seq = seq,
                             ![n].pend[s] = [v |-> v, seq |-> seq]]
     /\ ghost' = [ghost EXCEPT !.done[s] = @ \cup {v}]
  /\ UNCHANGED <<job, ckpt, rows, client>>

(* The next item in a transaction of the worker, with its checkpoint, not committed yet
   [WRITE_TX]. What was buffered for this step before is durable by then [StepCursor.requireRow].
   A run that does not hold the job is told, and its transaction is aborted. *)
MayOpenTx(n, s) == runs[n].pend[s] = NoWrite
OpenTx(n, s) ==
  /\ IsAt(n, s) /\ MayOpenTx(n, s)
  /\ ~LockedAlone
  /\ IF Held(n)
       THEN LET seq == runs[n].seq + 1 IN
            runs' = [runs EXCEPT ![n].seq = seq,
                       ![n].tx = [kind |-> "write", s |-> s, v |-> runs[n].pos[s] + 1, seq |-> seq]]
       ELSE runs' = [runs EXCEPT ![n] = Gone]
  /\ UNCHANGED <<job, ckpt, rows, client, ghost>>

(* The worker completes its job in a transaction of its own [COMPLETE_TX]. *)
OpenCompletion(n) ==
  /\ Works(n) /\ runs[n].tx = NoTx /\ runs[n].unsure = 0
  /\ \A s \in Steps : Finished(n, s) /\ MayBegin(n, s)
  /\ ~Locked
  /\ IF Held(n)
       THEN runs' = [runs EXCEPT ![n].tx = [NoTx EXCEPT !.kind = "complete"]]
       ELSE runs' = [runs EXCEPT ![n] = Gone]
  /\ UNCHANGED <<job, ckpt, rows, client, ghost>>

(* After its transaction a run does not believe its memory: it asks the database (R3). *)
AfterTx(n) ==
  IF runs[n].phase = "dead" THEN Gone
  ELSE [runs[n] EXCEPT !.tx = NoTx, !.unsure = runs[n].tx.s]

CommitWrite(n) ==
  /\ HasTx(n) /\ runs[n].tx.kind = "write"
  /\ LET tx == runs[n].tx IN
     /\ ckpt' = [ckpt EXCEPT ![tx.s] = [v |-> tx.v, at |-> runs[n].at, seq |-> tx.seq]]
     /\ rows' = [rows EXCEPT ![tx.s][tx.v] = @ + 1]
  /\ runs' = [runs EXCEPT ![n] = AfterTx(n)]
  /\ ghost' = Blame(n, TRUE)
  /\ UNCHANGED <<job, client>>

CommitCompletion(n) ==
  /\ HasTx(n) /\ runs[n].tx.kind = "complete"
  /\ job' = [job EXCEPT !.state = "completed"]
  /\ ckpt' = [s \in Steps |-> NoCheckpoint]
  /\ runs' = [runs EXCEPT ![n] = Gone]
  /\ ghost' = [Blame(n, TRUE) EXCEPT !.owner = 0]
  /\ UNCHANGED <<rows, client>>

RollBack(n) ==
  /\ HasTx(n)
  /\ runs' = [runs EXCEPT ![n] = AfterTx(n)]
  /\ UNCHANGED <<job, ckpt, rows, client, ghost>>

(* [READ] *)
ReadBack(n) ==
  /\ Works(n) /\ runs[n].unsure # 0
  /\ runs' = [runs EXCEPT ![n].unsure = 0, ![n].pos[runs[n].unsure] = ckpt[runs[n].unsure].v]
  /\ UNCHANGED <<job, ckpt, rows, client, ghost>>

----------------------------------------------------------------------------
(* The flush of buffered checkpoints. Its statement may arrive late: after newer checkpoints, after
   the end of the attempt, after the loss of the job. *)

TakeFlush(n) ==
  /\ Works(n) /\ runs[n].fly = Nothing /\ runs[n].pend # Nothing
  /\ runs' = [runs EXCEPT ![n].fly = runs[n].pend]
  /\ UNCHANGED <<job, ckpt, rows, client, ghost>>

(* What a transaction of the worker holds is passed over. *)
Writable(n) == {s \in Steps : ~(HasTx(n) /\ runs[n].tx.s = s)}

(* What is forgotten, because the database has it. If the answer is lost, nothing is. *)
Acknowledged(n, heard) ==
  [s \in Steps |->
    IF heard /\ s \in Writable(n) /\ runs[n].pend[s].seq = runs[n].fly[s].seq
      THEN NoWrite ELSE runs[n].pend[s]]

(* [PostgresCheckpointStore.WRITE] *)
Flush(n, heard) ==
  /\ IsThere(n) /\ runs[n].fly # Nothing
  /\ IF Held(n)
       THEN /\ ckpt' = IF LockedAlone THEN ckpt ELSE Written(n, runs[n].fly, Writable(n))
            /\ runs' = [runs EXCEPT
                 ![n] = IF @.phase = "over" THEN Gone ELSE [@ EXCEPT !.fly = Nothing],
                 ![n].pend = IF LockedAlone THEN @ ELSE Acknowledged(n, heard)]
            /\ ghost' = Blame(n, ckpt' # ckpt)
       ELSE /\ runs' = [runs EXCEPT
                 ![n] = IF @.phase = "works" /\ @.tx = NoTx THEN Gone
                        ELSE IF @.phase = "over" THEN Gone ELSE [@ EXCEPT !.fly = Nothing]]
            /\ UNCHANGED <<ckpt, ghost>>
  /\ UNCHANGED <<job, rows, client>>

(* A client that has no answer sends again what is pending by now; the statement that it waited for
   may still arrive. *)
Resend(n) ==
  /\ Works(n) /\ runs[n].fly # Nothing /\ runs[n].pend # Nothing
  /\ Held(n) /\ ~Locked
  /\ ckpt' = Written(n, runs[n].pend, Steps)
  /\ runs' = [runs EXCEPT ![n].pend = Nothing]
  /\ ghost' = Blame(n, ckpt' # ckpt)
  /\ UNCHANGED <<job, rows, client>>

----------------------------------------------------------------------------
(* The end of an attempt *)

(* The worker has returned or failed, or was interrupted. *)
End(n) ==
  /\ Works(n)
  /\ runs' = [runs EXCEPT ![n].phase = "ends", ![n].unsure = 0, ![n].seq = 0]
  /\ UNCHANGED <<job, ckpt, rows, client, ghost>>

MayFinish(n) == Held(n)

(* The outcome, with the checkpoints that are not durable yet [COMPLETE, FINISH]: "back" is an
   interruption or a snooze, which give the attempt back. It is sent until the row is not locked
   any more. If the job is somebody else's by then, it is dropped. *)
Outcomes(n) ==
  {"fail", "back"} \cup (IF \A s \in Steps : Finished(n, s) THEN {"complete"} ELSE {})
Finish(n, how) ==
  /\ IsThere(n) /\ runs[n].phase = "ends" /\ how \in Outcomes(n)
  /\ ~Locked
  /\ runs' = [runs EXCEPT ![n] =
       IF @.fly = Nothing THEN Gone ELSE [Emptied(n) EXCEPT !.phase = "over", !.fly = runs[n].fly]]
  /\ IF ~MayFinish(n)
       THEN UNCHANGED <<job, ckpt, ghost>>
       ELSE /\ job' = [job EXCEPT
                 !.state = CASE how = "complete" -> "completed"
                             [] how = "fail" /\ job.attempt >= MaxAttempts -> "discarded"
                             [] OTHER -> Waiting,
                 !.attempt = IF how = "back" THEN AfterInterruption(@) ELSE @]
            /\ ckpt' = IF how = "complete" THEN [s \in Steps |-> NoCheckpoint]
                       ELSE Written(n, runs[n].pend, Steps)
            /\ ghost' = [Blame(n, TRUE) EXCEPT
                 !.owner = 0, !.failures = IF how = "fail" THEN @ + 1 ELSE @]
  /\ UNCHANGED <<rows, client>>

----------------------------------------------------------------------------
Next ==
  \/ \E c \in Clients :
       Beat(c) \/ FallSilent(c) \/ Die(c) \/ SignOff(c) \/ Claim(c) \/ Rescue(c)
       \/ ClaimUnheard(c) \/ HandBack(c)
  \/ RescueByClock
  \/ \E n \in Claims :
       \/ Renew(n)
       \/ \E s \in Steps : Advance(n, s) \/ OpenTx(n, s)
       \/ OpenCompletion(n) \/ CommitWrite(n) \/ CommitCompletion(n) \/ RollBack(n) \/ ReadBack(n)
       \/ TakeFlush(n) \/ Resend(n) \/ \E heard \in BOOLEAN : Flush(n, heard)
       \/ End(n) \/ \E how \in {"complete", "fail", "back"} : Finish(n, how)

Symmetry == Permutations(Clients)

Spec == Init /\ [][Next]_vars

----------------------------------------------------------------------------
(* The invariants *)

IsDone(s, v) == v \in ghost.done[s] \/ rows[s][v] > 0

(* A running job is worked by a living client whose claim holds, or its client will be seen to be
   dead, or it will be handed back by a client that looks for it. *)
NoLostJob ==
  job.state = Running =>
    \/ \E n \in Claims :
         IsThere(n) /\ runs[n].phase \in {"works", "ends"} /\ client[runs[n].by].lives /\ Held(n)
    \/ client[job.by].known /\ ~client[job.by].lives
    \/ client[job.by].lives /\ MayHandBack(job.by)

(* A run whose claim is over has changed neither a checkpoint nor the job. *)
StaleRunWritesNothing == ~ghost.stale

(* A checkpoint never goes back, until the job is completed. *)
CheckpointsGoForward ==
  [][\A s \in Steps : ckpt'[s].v >= ckpt[s].v \/ job'.state = "completed"]_vars

(* What a checkpoint says is done, is done; in the worker's rows too, if they belong to it. *)
NoCheckpointAhead == \A s \in Steps : \A v \in 1 .. ckpt[s].v : IsDone(s, v)

(* And the other way round: rows that are committed are known to the checkpoint. *)
NoRowsAhead ==
  job.state # "completed" => \A s \in Steps : \A v \in 1 .. Last : rows[s][v] > 0 => ckpt[s].v >= v

(* The effect of an item in a transaction happens once. *)
ExactlyOnce == \A s \in Steps : \A v \in 1 .. Last : rows[s][v] <= 1

(* Whoever holds the job knows all that is durable, so that nothing durable is run again. *)
NothingDurableRunsAgain ==
  \A n \in Claims :
    Current(n) /\ Works(n) /\ runs[n].tx = NoTx /\ runs[n].unsure = 0 =>
      \A s \in Steps : runs[n].pos[s] >= ckpt[s].v

(* No code of a step has run before the step ahead of it was durably finished. *)
StepsInOrder ==
  job.state # "completed" =>
    \A s \in Steps : \A before \in Steps :
      (before < s /\ \E v \in 1 .. Last : IsDone(s, v)) => ckpt[before].v = Last

(* A completed job has done everything. *)
CompletedIsDone == job.state = "completed" => \A s \in Steps : \A v \in 1 .. Last : IsDone(s, v)

(* Only failures use up attempts. *)
AttemptsAreFailures ==
  job.state # "discarded" =>
    job.attempt = ghost.failures + (IF job.state = Waiting THEN 0 ELSE 1)

(* Nobody gives a job up before its time. *)
DiscardedForCause ==
  job.state = "discarded" => ghost.failures >= MaxAttempts \/ job.rescues >= MaxAttempts
=============================================================================
