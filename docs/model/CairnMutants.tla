---------------------------- MODULE CairnMutants ----------------------------
(***************************************************************************)
(* Cairn with one rule broken. ModelTest puts each of these definitions in *)
(* the place of one of Cairn's, and the search must find what goes wrong.  *)
(***************************************************************************)
EXTENDS Cairn

(* The fence does without attempted_at. *)
HeldByNameAlone(n) == job.state = Running /\ job.by = runs[n].by

(* The fence does without attempted_by and attempted_at: the job runs, whoever runs it (as in River). *)
HeldByState(n) == job.state = Running

(* A rescue does not fence: the old claim holds although the job waits. *)
HeldAlsoWhileWaiting(n) ==
  job.state \in {Running, Waiting} /\ job.by = runs[n].by /\ SameTime(n)

(* A completion ignores the claim. *)
FinishIfRunning(n) == job.state = Running

(* attempted_at is what a clock says that stands still. *)
ClockStandsStill == 1

(* Sequence numbers are ignored. *)
AlwaysNewer(at, seq, old) == TRUE

(* The checkpoint of a transaction is written outside of it. *)
OpenTxWithoutItsCheckpoint(n, s) ==
  /\ IsAt(n, s) /\ MayOpenTx(n, s) /\ ~LockedAlone /\ Held(n)
  /\ LET seq == runs[n].seq + 1
         v == runs[n].pos[s] + 1 IN
     /\ runs' = [runs EXCEPT ![n].seq = seq,
                             ![n].tx = [kind |-> "write", s |-> s, v |-> v, seq |-> seq]]
     /\ ckpt' = [ckpt EXCEPT ![s] = [v |-> v, at |-> runs[n].at, seq |-> seq]]
  /\ UNCHANGED <<job, rows, client, ghost>>

(* The checkpoint follows after the commit, buffered. *)
CommitRowsAlone(n) ==
  /\ HasTx(n) /\ runs[n].tx.kind = "write" /\ runs[n].phase # "dead"
  /\ LET tx == runs[n].tx IN
     /\ rows' = [rows EXCEPT ![tx.s][tx.v] = @ + 1]
     /\ runs' = [runs EXCEPT ![n].tx = NoTx, ![n].pos[tx.s] = tx.v,
                             ![n].pend[tx.s] = [v |-> tx.v, seq |-> tx.seq]]
  /\ UNCHANGED <<job, ckpt, client, ghost>>

(* The same for an item that is set aside, in quarantine, by a statement of its own: what the run
   relies on is more than its checkpoints. *)
SetAsideAlone(n) == CommitRowsAlone(n)

(* A transaction's checkpoint takes no lock on the job's row, or a rescue does not look at it. *)
NoLock == FALSE
AlwaysRescue == TRUE

(* Memory does not follow commit: after a rollback the run goes on as if it had committed. *)
MemoryRunsAhead(n) ==
  IF runs[n].phase = "dead" THEN Gone
  ELSE [runs[n] EXCEPT !.tx = NoTx, !.pos[runs[n].tx.s] = runs[n].tx.v]

(* What was buffered before a transaction is not made durable first. *)
AlwaysOpenTx(n, s) == TRUE

(* A step begins although the mark of the one before it is still buffered. *)
AlwaysBegin(n, s) == TRUE

(* An attempt does not load what is saved. *)
FromZero == [s \in Steps |-> 0]

(* A renewal sets attempted_at and leaves no note. *)
NoNote(n, at) == <<0, 0>>

(* A client signs off while it has jobs; and its row goes with it. *)
AlwaysForget(c) == TRUE
IsForgotten == FALSE

(* Nobody looks for jobs that run under a claim that was not heard of; or only after a claim has
   failed; or a claim passes for known if the client has any run of the job. *)
NeverHandBack(c) == FALSE
OnlyInDoubt(c) == client[c].doubts
KnowsTheJob(c) == HasRuns(c)

(* A statement for some runs joins them with the jobs that are held, by the job's id: what it has for
   a stale run is written with what it has for the run that holds the job. *)
SavesByJob(n, together) == \E m \in together : Held(m) /\ Follows(m, runs[m].named)

(* The same in the statement of outcomes. *)
CarriedByJob(n) ==
  [s \in Steps |->
    LET others == {m \in Claims : IsThere(m) /\ runs[m].phase = "ends" /\ runs[m].by = runs[n].by
                                  /\ runs[m].pend[s].seq > runs[n].pend[s].seq} IN
    IF others = {} THEN runs[n].pend[s] ELSE runs[CHOOSE m \in others : TRUE].pend[s]]

(* A client asks how its claims stand, and knows the answers by the job's id. *)
HasLostByJob(n) == \E m \in Claims : IsKnown(runs[n].by, m) /\ ~Held(m)

(* A claim does not ask whether others know the client, and take it for living. *)
Anybody(c) == TRUE

(* Writes do not name what they follow; or the last one alone, of whatever step. *)
FollowsAnything(n, sure) == TRUE
FollowsTheLast(n, sure) ==
  (\A s \in Steps : sure[s] = 0)
  \/ \E s \in Steps : /\ ckpt[s].at = runs[n].at
                      /\ \A known \in Steps : sure[known] <= ckpt[s].seq

(* Checkpoints, outcomes, or those of a transaction alone are not asked what they follow. *)
SavesIfHeld(n, together) == Held(n)
FinishIfHeld(n) == Held(n)

(* Whether an outcome was refused is seen by the claim that the row names alone. *)
RefusedIfLost(n) == ~Held(n)

(* What is loaded, or read back, is not fenced. *)
AlwaysRead(n) == TRUE

(* attempted_at is one more than before, also after a step back: the new server has a clock that
   stands before the claims that were lost. *)
AfterTheRow == job.at + 1

(* A crash, or an interruption, uses up an attempt. *)
UsedUp(attempt) == attempt
=============================================================================
