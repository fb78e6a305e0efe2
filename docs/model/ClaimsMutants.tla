---------------------------- MODULE ClaimsMutants ----------------------------
(***************************************************************************)
(* Claims with rules broken, one or several. ModelTest puts each of these  *)
(* definitions in the place of one of Claims'.                             *)
(***************************************************************************)
EXTENDS Claims

Always(c) == TRUE
AlwaysWith(c, d) == TRUE
Never(c) == FALSE

(* Other clients may take one for dead that still trusts its lease. *)
AnybodySeemsDead(c) == TRUE

(* A client that gets a new lease goes on with what it began under the old one; or with claims whose
   statement was under way, if the answer comes after that. *)
AsBefore(c) == UNCHANGED <<runs, sent>>
LateOnArrival(c, f) == ~Leased(c)
NeverLate(c, f) == FALSE
NotNoticed(c) == FALSE

(* A newer claim of a job does not end the older run of this client; or only if it comes later. *)
NoneIsOlder(c, n) == {}
NeverOutdated(c, n) == FALSE

(* A client that asks how its claims stand knows the answers by the job's id. *)
HasLostByJob(n) == \E m \in Register(runs[n].by) : ~Held(m)

(* A client knows those of its jobs that run, and not those whose outcome waits to be written. *)
KnownToRun(c) == {n \in Register(c) : runs[n].phase = "works"}

(* An orphan is handed back when it is found; or when it is found twice, whatever is under way. *)
FoundOnce(c) == TRUE
FoundTwice(c) == look[c].found = look[c].suspect

(* It is handed back only when no statement is under way at all. *)
FoundAtRest(c) == look[c].found = look[c].suspect /\ Awaited(c) = {}

(* A claim is compared with attempted_at alone, which a renewal has changed. *)
ByItsTimeAlone == IF job.renewed THEN MaxClaims + 1 ELSE job.claim

(* A client looks for orphans only after a claim has failed. *)
OnlyInDoubt(c) == proc[c].doubts

(* The row of a client that signs off goes with it. *)
IsDeleted == "none"

(* A rescue trusts what was seen before it had the lock of the client's row. *)
WasDead(d) == TRUE

(* Stricter than Cairn: a claim holds its client's row from the beginning of its statement on, and
   a rescue passes over rows that are held. *)
IsDeadAndAtRest(d) ==
  db[d] \in {"dead", "off"} /\ lost[d] # "checked" /\ \A f \in Fetchers : sent[d][f].s # "checked"
=============================================================================
