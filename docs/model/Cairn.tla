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
  StepsBack,    \* whether the database may lose its last commits, once, while the clients live on
  Branches,     \* whether the steps are worked side by side, and not one after the other
  Nobody

ASSUME /\ Steps = 1 .. Cardinality(Steps)
       /\ Last > 0 /\ MaxAttempts > 0

VARIABLES
  job,     \* the row in river_job
  ckpt,    \* the rows in cairn_checkpoint, one for each step
  rows,    \* how often the worker's rows of an item are committed
  client,  \* the rows in cairn_client, and whether the process lives
  runs,    \* the memory of the attempts, by the number of their claim
  ghost    \* what an onlooker knows; no action reads it but for the clock and the step back

vars == <<job, ckpt, rows, client, runs, ghost>>

----------------------------------------------------------------------------
(* Values *)

Waiting == "waiting"       \* available, retryable or scheduled
Running == "running"
Final == {"completed", "discarded"}

NoWrite == [v |-> 0, seq |-> 0]
Nothing == [s \in Steps |-> NoWrite]
NoTx == [kind |-> "none", s |-> 0, v |-> 0, seq |-> 0]
NoneSure == [s \in Steps |-> 0]
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

(* What the run relies on is still there: of each step, the last write of this run that it knows to
   be durable. Every write and every outcome names these, and is refused like one of a run that does
   not hold the job if the database has lost one of them. *)
Follows(n, sure) ==
  \A s \in Steps : sure[s] > 0 => ckpt[s].at = runs[n].at /\ ckpt[s].seq >= sure[s]

MayWrite(n) == Held(n) /\ Follows(n, runs[n].sure)

(* attempted_at is a time, and no two claims or renewals of a job have the same: it grows even if
   the clock does not. A database that steps back does not turn the clock back. *)
NextAt == ghost.claims + ghost.renewals + 1

(* An older write of a run never replaces a newer one of the same run [WRITE, FINISH]. What another
   run has left is older in any case, since this one holds the job, whatever a clock has said. *)
IsNewer(at, seq, old) == old.at # at \/ old.seq <= seq

Row(n, write) == [v |-> write.v, at |-> runs[n].at, seq |-> write.seq]
Written(n, writes, names) ==
  [s \in Steps |->
    IF s \in names /\ writes[s].seq > 0 /\ IsNewer(runs[n].at, writes[s].seq, ckpt[s])
      THEN Row(n, writes[s])
      ELSE ckpt[s]]

(* A run learns that a write of its own is durable. It matters only where the database steps back. *)
Learned(n, s, seq) ==
  IF StepsBack /\ seq > runs[n].sure[s] THEN seq ELSE runs[n].sure[s]

(* What is remembered of writes by runs that did not hold the job. *)
Blame(n, changes) ==
  [ghost EXCEPT !.stale = @ \/ (changes /\ ~Current(n))]

(* A run of which only the claim is left. *)
Emptied(n) ==
  [runs[n] EXCEPT !.unsure = 0, !.pos = [s \in Steps |-> 0], !.pend = Nothing, !.fly = Nothing,
                  !.seq = 0, !.tx = NoTx, !.sure = NoneSure, !.named = NoneSure]

(* The run is over for its client; only a statement that is on its way may still arrive. *)
LetGo(n) ==
  IF runs[n].fly = Nothing THEN Gone
  ELSE [Emptied(n) EXCEPT !.phase = "over", !.fly = runs[n].fly, !.named = runs[n].named]

NoCheckpoint == [v |-> 0, at |-> 0, seq |-> 0]
NoPast == [is |-> "none"]

----------------------------------------------------------------------------
Init ==
  /\ job = [state |-> Waiting, at |-> 0, by |-> Nobody, renewed |-> <<0, 0>>,
            attempt |-> 0, rescues |-> 0]
  /\ ckpt = [s \in Steps |-> NoCheckpoint]
  /\ rows = [s \in Steps |-> [v \in 1 .. Last |-> 0]]
  /\ client = [c \in Clients |-> [lives |-> TRUE, known |-> TRUE, late |-> FALSE, doubts |-> FALSE]]
  /\ runs = [n \in Claims |-> Gone]
  /\ ghost = [owner |-> 0, claims |-> 0, renewals |-> 0, failures |-> 0, stale |-> FALSE,
              done |-> [s \in Steps |-> {}], past |-> NoPast]

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

(* A client stops in good order: it declares itself dead [FORGET]. Its row stays, so that a job that
   unexpectedly still runs under its name is rescued at once. *)
IsKnown(c, n) == IsThere(n) /\ runs[n].phase # "over" /\ runs[n].by = c
HasRuns(c) == \E n \in Claims : IsKnown(c, n)
MayForget(c) == ~HasRuns(c) /\ ~client[c].doubts
StaysKnown == TRUE
SignOff(c) ==
  /\ client[c].lives /\ MayForget(c)
  /\ client' = [client EXCEPT ![c] = [lives |-> FALSE, known |-> @.known /\ StaysKnown,
                                     late |-> @.known /\ StaysKnown /\ KeepTime,
                                     doubts |-> FALSE]]
  /\ runs' = [n \in Claims |-> IF IsThere(n) /\ runs[n].by = c THEN Gone ELSE runs[n]]
  /\ UNCHANGED <<job, ckpt, rows, ghost>>

----------------------------------------------------------------------------
(* Claims, rescues *)

AfterCrash(attempt) == attempt - 1
Resumed == [s \in Steps |-> ckpt[s].v]

NewRun(c, at) ==
  [phase |-> IF StepsBack THEN "loads" ELSE "works", by |-> c, at |-> at, unsure |-> 0,
   pos |-> IF StepsBack THEN NoneSure ELSE Resumed,
   pend |-> Nothing, fly |-> Nothing, seq |-> 0, tx |-> NoTx,
   sure |-> NoneSure, named |-> NoneSure]

(* Only a client that the others know, and take for living, can claim: the statement checks it. *)
MayClaim(c) == client[c].known /\ ~client[c].late

(* [CLAIM], and the run loads what is saved [LOAD]; some time later, where that may matter. *)
Claim(c) ==
  /\ client[c].lives /\ MayClaim(c)
  /\ job.state = Waiting /\ ~Locked
  /\ ghost.claims < MaxClaims
  /\ LET n == ghost.claims + 1 IN
     /\ job' = [job EXCEPT !.state = Running, !.at = NextAt, !.by = c, !.attempt = @ + 1]
     /\ runs' = [runs EXCEPT ![n] = NewRun(c, NextAt)]
     /\ ghost' = [ghost EXCEPT !.owner = n, !.claims = n]
  /\ UNCHANGED <<ckpt, rows, client>>

MayLoad(n) == Held(n)
Load(n) ==
  /\ IsThere(n) /\ runs[n].phase = "loads"
  /\ runs' = [runs EXCEPT ![n] = IF MayLoad(n) THEN [@ EXCEPT !.phase = "works", !.pos = Resumed]
                                 ELSE Gone]
  /\ UNCHANGED <<job, ckpt, rows, client, ghost>>

(* A claim is committed, but the connection breaks before the client hears of it. It knows that the
   claim may have happened. *)
ClaimUnheard(c) ==
  /\ AnswersGetLost
  /\ client[c].lives /\ MayClaim(c)
  /\ job.state = Waiting /\ ~Locked
  /\ ghost.claims < MaxClaims
  /\ job' = [job EXCEPT !.state = Running, !.at = NextAt, !.by = c, !.attempt = @ + 1]
  /\ client' = [client EXCEPT ![c].doubts = TRUE]
  /\ ghost' = [ghost EXCEPT !.owner = ghost.claims + 1, !.claims = @ + 1]
  /\ UNCHANGED <<ckpt, rows, runs>>

(* A client looks for jobs that run under its name and not under a claim that it knows, and hands
   them back as if they were interrupted. How it makes sure is in Claims.tla. *)
AfterInterruption(attempt) == attempt - 1
Knows(c) == \E n \in Claims : IsKnown(c, n) /\ Held(n)
MayHandBack(c) == TRUE
HandBack(c) ==
  /\ client[c].lives /\ MayHandBack(c) /\ ~Knows(c)
  /\ job.state = Running /\ job.by = c /\ ~Locked
  /\ job' = [job EXCEPT !.state = Waiting, !.attempt = AfterInterruption(@)]
  /\ client' = [client EXCEPT ![c].doubts = FALSE]
  /\ ghost' = [ghost EXCEPT !.owner = 0]
  /\ UNCHANGED <<ckpt, rows, runs>>

(* A client asks how its claims stand [INSPECT]. Whoever has lost the job is told so, and its outcome
   is dropped. *)
HasLost(n) == ~Held(n)
Tell(n) ==
  /\ IsThere(n) /\ runs[n].phase \in {"loads", "works", "ends"} /\ runs[n].tx = NoTx
  /\ HasLost(n)
  /\ runs' = [runs EXCEPT ![n] = LetGo(n)]
  /\ UNCHANGED <<job, ckpt, rows, client, ghost>>

(* Any living client frees the job of one that fell silent [PostgresClientStore.RESCUE]. *)
SeemsDead(c) == client[c].known /\ (client[c].late \/ ~KeepTime)
MayRescue == ~Locked
Rescue(c) ==
  /\ client[c].lives
  /\ job.state = Running
  /\ SeemsDead(job.by)
  /\ MayRescue
  /\ \E gaveUp \in BOOLEAN :
     (* Deaths count in a row without progress, which the model leaves out. *)
     /\ gaveUp => job.rescues + 1 >= MaxAttempts
     /\ job' = [job EXCEPT !.rescues = @ + 1,
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
  /\ MayClaim(runs[n].by)
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
  /\ Works(n) /\ ~Finished(n, s) /\ runs[n].seq < MaxWrites
  /\ IF Branches
       THEN runs[n].tx.s # s /\ runs[n].unsure # s
       ELSE /\ runs[n].tx = NoTx /\ runs[n].unsure = 0
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
  /\ IsAt(n, s) /\ MayOpenTx(n, s) /\ runs[n].tx = NoTx /\ runs[n].unsure = 0
  /\ ~LockedAlone
  /\ IF MayWrite(n)
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
  /\ IF MayWrite(n)
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

(* [READ]. It is refused like a write: a run that does not hold the job may see another one's
   checkpoints, and hold the job once more when the database steps back. *)
MayRead(n) == MayWrite(n)
ReadBack(n) ==
  /\ Works(n) /\ runs[n].unsure # 0
  /\ LET s == runs[n].unsure IN
     IF MayRead(n)
       THEN runs' = [runs EXCEPT ![n].unsure = 0, ![n].pos[s] = ckpt[s].v,
                                 ![n].sure[s] = IF ckpt[s].at = runs[n].at
                                                  THEN Learned(n, s, ckpt[s].seq) ELSE @]
       ELSE runs' = [runs EXCEPT ![n] = LetGo(n)]
  /\ UNCHANGED <<job, ckpt, rows, client, ghost>>

----------------------------------------------------------------------------
(* The flush of buffered checkpoints. Its statement may arrive late: after newer checkpoints, after
   the end of the attempt, after the loss of the job. *)

TakeFlush(n) ==
  /\ Works(n) /\ runs[n].fly = Nothing /\ runs[n].pend # Nothing
  /\ runs' = [runs EXCEPT ![n].fly = runs[n].pend, ![n].named = runs[n].sure]
  /\ UNCHANGED <<job, ckpt, rows, client, ghost>>

(* What a transaction of the worker holds is passed over. *)
Writable(n) == {s \in Steps : ~(HasTx(n) /\ runs[n].tx.s = s)}

(* What is forgotten, because the database has it. If the answer is lost, nothing is. *)
Acknowledged(n, s) == s \in Writable(n) /\ runs[n].fly[s].seq > 0
AfterFlush(n, heard) ==
  IF runs[n].phase = "over" THEN Gone
  ELSE [runs[n] EXCEPT
    !.fly = Nothing, !.named = NoneSure,
    !.pend = [s \in Steps |->
      IF heard /\ Acknowledged(n, s) /\ runs[n].pend[s].seq = runs[n].fly[s].seq
        THEN NoWrite ELSE runs[n].pend[s]],
    !.sure = [s \in Steps |->
      IF heard /\ Acknowledged(n, s) THEN Learned(n, s, runs[n].fly[s].seq) ELSE runs[n].sure[s]]]
AfterRefusal(n) ==
  CASE runs[n].phase = "works" /\ runs[n].tx = NoTx -> Gone
    [] runs[n].phase = "over" -> Gone
    [] OTHER -> [runs[n] EXCEPT !.fly = Nothing, !.named = NoneSure]

(* Whether the statement writes what this run has sent, among others: each claim stands for itself. *)
Saves(n, together) == Held(n) /\ Follows(n, runs[n].named)

(* What the statement leaves of a step: the newest of what is there and of what it writes. *)
Newest(s, saved) ==
  LET sent == {n \in saved : s \in Writable(n) /\ runs[n].fly[s].seq > 0
                              /\ IsNewer(runs[n].at, runs[n].fly[s].seq, ckpt[s])} IN
  IF sent = {} THEN ckpt[s]
  ELSE LET last == CHOOSE n \in sent : \A m \in sent : runs[m].at <= runs[n].at IN
       Row(last, runs[last].fly[s])

(* One statement for the checkpoints of some runs of one client, also where they are runs of the
   same job [PostgresCheckpointStore.WRITE]. *)
Flush(together, heard) ==
  /\ together # {}
  /\ \A n \in together : IsThere(n) /\ runs[n].fly # Nothing
  /\ \A n, m \in together : runs[n].by = runs[m].by
  /\ LET saved == {n \in together : Saves(n, together)} IN
     /\ ckpt' = IF LockedAlone THEN ckpt ELSE [s \in Steps |-> Newest(s, saved)]
     /\ runs' = [n \in Claims |->
          IF n \notin together THEN runs[n]
          ELSE IF n \in saved THEN AfterFlush(n, heard /\ ~LockedAlone) ELSE AfterRefusal(n)]
     /\ ghost' = [ghost EXCEPT !.stale = @ \/ \E n \in saved : ~Current(n) /\ ckpt' # ckpt]
  /\ UNCHANGED <<job, rows, client>>

(* A client that has no answer sends again what is pending by now; the statement that it waited for
   may still arrive. *)
Resend(n) ==
  /\ Works(n) /\ runs[n].fly # Nothing /\ runs[n].pend # Nothing
  /\ MayWrite(n) /\ ~Locked
  /\ ckpt' = Written(n, runs[n].pend, Steps)
  /\ runs' = [runs EXCEPT
       ![n].pend = Nothing,
       ![n].sure = [s \in Steps |-> Learned(n, s, runs[n].pend[s].seq)]]
  /\ ghost' = Blame(n, ckpt' # ckpt)
  /\ UNCHANGED <<job, rows, client>>

----------------------------------------------------------------------------
(* The end of an attempt *)

(* The worker has returned or failed, or was interrupted. *)
End(n) ==
  /\ Works(n)
  /\ runs' = [runs EXCEPT ![n].phase = "ends", ![n].unsure = 0, ![n].seq = 0]
  /\ UNCHANGED <<job, ckpt, rows, client, ghost>>

MayFinish(n) == MayWrite(n)

(* An outcome that is not written has found its row locked, and is sent again; or it is refused, and
   dropped. It is refused also where the row names the claim, if what it follows is gone. *)
IsRefused(n) == ~MayFinish(n)

(* The outcome, with the checkpoints that are not durable yet [COMPLETE, FINISH]: "back" is an
   interruption or a snooze, which give the attempt back. *)
Outcomes(n) ==
  {"fail", "back"} \cup (IF \A s \in Steps : Finished(n, s) THEN {"complete"} ELSE {})

(* The checkpoints that go with it, if outcomes of other runs are in the same statement. *)
Carried(n) == runs[n].pend

Finish(n, how) ==
  /\ IsThere(n) /\ runs[n].phase = "ends" /\ how \in Outcomes(n)
  /\ ~Locked /\ (MayFinish(n) \/ IsRefused(n))
  /\ runs' = [runs EXCEPT ![n] = LetGo(n)]
  /\ IF ~MayFinish(n)
       THEN UNCHANGED <<job, ckpt, ghost>>
       ELSE /\ job' = [job EXCEPT
                 !.state = CASE how = "complete" -> "completed"
                             [] how = "fail" /\ job.attempt >= MaxAttempts -> "discarded"
                             [] OTHER -> Waiting,
                 !.attempt = IF how = "back" THEN AfterInterruption(@) ELSE @]
            /\ ckpt' = IF how = "complete" THEN [s \in Steps |-> NoCheckpoint]
                       ELSE Written(n, Carried(n), Steps)
            /\ ghost' = [Blame(n, TRUE) EXCEPT
                 !.stale = @ \/ ~Current(n) \/ Carried(n) # runs[n].pend,
                 !.owner = 0, !.failures = IF how = "fail" THEN @ + 1 ELSE @]
  /\ UNCHANGED <<rows, client>>

----------------------------------------------------------------------------
(* The database steps back: an asynchronous standby is promoted, a backup is restored, or the server
   crashes and had not flushed all commits. What was committed after some moment is lost, the jobs
   with their checkpoints, the worker's rows and the clients. The clients go on. *)

(* The moment. One is enough: that of the state to which the database will go back. *)
Remember ==
  /\ StepsBack /\ ghost.past = NoPast
  /\ ghost' = [ghost EXCEPT !.past =
       [is |-> "kept", job |-> job, ckpt |-> ckpt, rows |-> rows, owner |-> ghost.owner,
        known |-> {c \in Clients : client[c].known}, failures |-> ghost.failures]]
  /\ UNCHANGED <<job, ckpt, rows, client, runs>>

(* Open transactions are lost. A client that had not registered by then is unknown again. *)
StepBack(unknown) ==
  /\ ghost.past.is = "kept"
  /\ LET past == ghost.past IN
     /\ ~(past.job.state = Running /\ past.job.by \in unknown)
     /\ job' = past.job /\ ckpt' = past.ckpt /\ rows' = past.rows
     /\ client' = [c \in Clients |->
          [client[c] EXCEPT !.known = c \in past.known \ unknown]]
     /\ ghost' = [ghost EXCEPT !.owner = past.owner, !.failures = past.failures,
                               !.past = [is |-> "used"]]
  /\ runs' = [n \in Claims |-> IF HasTx(n) THEN AfterTx(n) ELSE runs[n]]

----------------------------------------------------------------------------
Next ==
  \/ \E c \in Clients :
       Beat(c) \/ FallSilent(c) \/ Die(c) \/ SignOff(c) \/ Claim(c) \/ Rescue(c)
       \/ ClaimUnheard(c) \/ HandBack(c)
  \/ RescueByClock
  \/ Remember \/ \E unknown \in SUBSET Clients : StepBack(unknown)
  \/ \E together \in SUBSET Claims, heard \in BOOLEAN : Flush(together, heard)
  \/ \E n \in Claims :
       \/ Load(n) \/ Renew(n) \/ Tell(n)
       \/ \E s \in Steps : Advance(n, s) \/ OpenTx(n, s)
       \/ OpenCompletion(n) \/ CommitWrite(n) \/ CommitCompletion(n) \/ RollBack(n) \/ ReadBack(n)
       \/ TakeFlush(n) \/ Resend(n)
       \/ End(n) \/ \E how \in {"complete", "fail", "back"} : Finish(n, how)

Symmetry == Permutations(Clients)

Spec == Init /\ [][Next]_vars

----------------------------------------------------------------------------
(* The invariants. After a step back they speak of what the database knows by then: rows are lost
   together with their checkpoints, what the worker did elsewhere is not. *)

SteppedBack == ghost.past.is = "used"
IsDone(s, v) == v \in ghost.done[s] \/ rows[s][v] > 0

(* A running job is worked by a living client whose claim holds, and its outcome will be settled; or
   its client will be seen to be dead; or it will be handed back by a client that looks for it. *)
NoLostJob ==
  job.state = Running =>
    IF ~client[job.by].lives THEN client[job.by].known
    ELSE IF ~Knows(job.by) THEN MayHandBack(job.by)
    ELSE \A n \in Claims :
           IsKnown(job.by, n) /\ Held(n) /\ runs[n].phase = "ends" => MayFinish(n) \/ IsRefused(n)

(* A claim that nobody has taken away holds, also when it was renewed. *)
ClaimsHold ==
  \A n \in Claims : job.state = Running /\ Current(n) /\ IsThere(n) => Held(n)

(* A run whose claim is over has changed neither a checkpoint nor the job. *)
StaleRunWritesNothing == ~ghost.stale

(* A checkpoint never goes back, until the job is completed. *)
CheckpointsGoForward ==
  [][\A s \in Steps :
       ckpt'[s].v >= ckpt[s].v \/ job'.state = "completed" \/ SteppedBack # SteppedBack']_vars

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

(* No code of a step has run before the step ahead of it was durably finished, nor is anything
   durable of it. *)
IsSeen(s) ==
  ckpt[s].v > 0 \/ \E v \in 1 .. Last : rows[s][v] > 0 \/ (v \in ghost.done[s] /\ ~SteppedBack)
StepsInOrder ==
  job.state # "completed" /\ ~Branches =>
    \A s \in Steps : \A before \in Steps : before < s /\ IsSeen(s) => ckpt[before].v = Last

(* A run that holds its job is refused only if the database has stepped back. *)
OnlyLossIsRefused ==
  \A n \in Claims : IsThere(n) /\ Held(n) /\ ~SteppedBack =>
    Follows(n, runs[n].sure) /\ Follows(n, runs[n].named)

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
