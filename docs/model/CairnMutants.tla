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

(* A client signs off while it has jobs. *)
AlwaysForget(c) == TRUE

(* Nobody looks for jobs whose claim was not heard of. *)
NeverHandBack(c) == FALSE

(* A crash, or an interruption, uses up an attempt. *)
UsedUp(attempt) == attempt
=============================================================================
