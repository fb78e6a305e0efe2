------------------------------- MODULE Claims -------------------------------
(***************************************************************************)
(* What a client knows of its claims: which are on their way, which it     *)
(* holds, which it has lost. One job, a few clients, and statements whose  *)
(* answers come late or never. The checkpoints are in Cairn.tla, the time  *)
(* is in Lease.tla.                                                        *)
(*                                                                         *)
(* A claim is a number here. In the database it is attempted_at, or the    *)
(* note that a renewal leaves, and the last of attempted_by.               *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS
  Clients,    \* processes that work jobs
  Fetchers,   \* of each client: each has one claim statement under way at most
  MaxClaims,  \* how often the job may be claimed
  Lapses,     \* whether clients may lose their lease, and jobs to each other
  Fails,      \* whether connections break before the answer to a claim comes
  Looks,      \* whether clients search for orphans
  Renews,     \* whether claims are renewed
  ByClock,    \* whether a leader may take the job because it runs for long, whoever works it
  StepsBack,  \* whether the database may lose its last commits, once, while the clients live on
  Nobody

VARIABLES
  job,    \* the row in river_job
  db,     \* how the row of each client in cairn_client looks to the others
  proc,   \* the clients: whether they live, and whether their lease holds
  sent,   \* their claim statements
  lost,   \* claim statements that their client takes for failed, and that the server may still do
  runs,   \* the register of each client: the claims that it knows, by their number
  look,   \* each client's search for jobs that run under its name and that it does not know
  takes,  \* from whom a client is about to take jobs, because it seems dead
  ghost   \* what an onlooker knows

vars == <<job, db, proc, sent, lost, runs, look, takes, ghost>>

Claims == 1 .. MaxClaims
Gone == [phase |-> "gone"]
NoStatement == [s |-> "none", n |-> 0, late |-> FALSE]
NoLook == [at |-> "idle", found |-> 0, suspect |-> 0, awaits |-> {}]
NoPast == [is |-> "none"]

Lives(c) == proc[c].lives
Leased(c) == proc[c].lease
IsThere(n) == runs[n].phase # "gone"
Register(c) == {n \in Claims : IsThere(n) /\ runs[n].by = c}
Held(n) == job.state = "running" /\ job.claim = n

Init ==
  /\ job = [state |-> "waiting", claim |-> 0, by |-> Nobody, renewed |-> FALSE]
  /\ db = [c \in Clients |-> "alive"]
  /\ proc = [c \in Clients |-> [lives |-> TRUE, lease |-> TRUE, doubts |-> FALSE]]
  /\ sent = [c \in Clients |-> [f \in Fetchers |-> NoStatement]]
  /\ lost = [c \in Clients |-> "none"]
  /\ runs = [n \in Claims |-> Gone]
  /\ look = [c \in Clients |-> NoLook]
  /\ takes = [c \in Clients |-> Nobody]
  /\ ghost = [claims |-> 0, taken |-> {}, twice |-> FALSE, dropped |-> FALSE, robbed |-> FALSE,
              past |-> NoPast]

----------------------------------------------------------------------------
(* The lease. A client trusts it until some time after the beginning of its last confirmed beat, the
   others until the same time after that beat was written: so they take it for dead only when it
   does so itself. *)

(* What a client has begun under a lease ends with it. It notices that its lease is over, or, if it
   slept meanwhile, that it gets another one: the job may have been taken in between. *)
AllLate(c) ==
  /\ runs' = [n \in Claims |-> IF n \in Register(c) THEN [runs[n] EXCEPT !.late = TRUE] ELSE runs[n]]
  /\ sent' = [sent EXCEPT ![c] = [f \in Fetchers |->
                IF @[f].s = "none" THEN @[f] ELSE [@[f] EXCEPT !.late = TRUE]]]
NewLease(c) == IF Leased(c) THEN UNCHANGED <<runs, sent>> ELSE AllLate(c)

Lapse(c) ==
  /\ Lapses /\ Lives(c) /\ Leased(c)
  /\ proc' = [proc EXCEPT ![c].lease = FALSE]
  /\ UNCHANGED <<job, db, sent, lost, runs, look, takes, ghost>>

NoticeLapse(c) ==
  /\ Lives(c) /\ ~Leased(c)
  /\ AllLate(c)
  /\ UNCHANGED <<job, db, proc, lost, look, takes, ghost>>

(* [BEAT]. If its answer is lost the others trust the client, and it does not trust itself. *)
Beat(c, heard) ==
  /\ Lives(c)
  /\ db' = [db EXCEPT ![c] = "alive"]
  /\ ghost' = [ghost EXCEPT !.taken = IF db[c] = "dead" THEN @ \ {c} ELSE @]
  /\ IF heard
       THEN proc' = [proc EXCEPT ![c].lease = TRUE] /\ NewLease(c)
       ELSE UNCHANGED <<proc, runs, sent>>
  /\ UNCHANGED <<job, lost, look, takes>>

MaySeemDead(c) == ~(Lives(c) /\ Leased(c))
FallSilent(c) ==
  /\ db[c] = "alive" /\ MaySeemDead(c)
  /\ db' = [db EXCEPT ![c] = "dead"]
  /\ UNCHANGED <<job, proc, sent, lost, runs, look, takes, ghost>>

Forgotten(c) ==
  /\ runs' = [n \in Claims |-> IF n \in Register(c) THEN Gone ELSE runs[n]]
  /\ sent' = [sent EXCEPT ![c] = [f \in Fetchers |-> NoStatement]]
  /\ look' = [look EXCEPT ![c] = NoLook]
  /\ proc' = [proc EXCEPT ![c] = [lives |-> FALSE, lease |-> FALSE, doubts |-> FALSE]]

(* What the server has of a dead client's statements it may still do. *)
UnderWay(s) == IF s \in {"sent", "checked"} THEN s ELSE "none"
Die(c) ==
  /\ Lives(c)
  /\ Forgotten(c)
  /\ \E f \in Fetchers : lost' = [lost EXCEPT ![c] =
       IF Fails /\ UnderWay(sent[c][f].s) # "none" THEN UnderWay(sent[c][f].s) ELSE @]
  /\ UNCHANGED <<job, db, takes, ghost>>

(* A client stops in good order when its register is empty. It declares itself dead; its row stays,
   so that a job that unexpectedly still runs under its name is freed. *)
MaySignOff(c) == Register(c) = {} /\ \A f \in Fetchers : sent[c][f].s = "none"
MayForget(c) == ~proc[c].doubts
AfterSignOff == "off"
SignOff(c) ==
  /\ Lives(c) /\ MaySignOff(c) /\ MayForget(c)
  /\ Forgotten(c)
  /\ db' = [db EXCEPT ![c] = IF @ = "none" THEN @ ELSE AfterSignOff]
  /\ ghost' = [ghost EXCEPT !.dropped = @ \/ \E n \in Register(c) : Held(n)]
  /\ UNCHANGED <<job, lost, takes>>

----------------------------------------------------------------------------
(* Claims *)

MaySend(c) == Leased(c)
SendClaim(c, f) ==
  /\ Lives(c) /\ sent[c][f].s = "none" /\ MaySend(c)
  /\ sent' = [sent EXCEPT ![c][f] = [NoStatement EXCEPT !.s = "sent"]]
  /\ UNCHANGED <<job, db, proc, lost, runs, look, takes, ghost>>

(* [CLAIM] sees the clients and the jobs as they are when it begins, and locks the job later. *)
MayClaim(c) == db[c] = "alive"
Check(c) == IF job.state = "waiting" /\ MayClaim(c) /\ ghost.claims < MaxClaims
                 THEN "checked" ELSE "none"
Claimed(c) == [state |-> "running", claim |-> ghost.claims + 1, by |-> c, renewed |-> FALSE]
Commits == job.state = "waiting" /\ ghost.claims < MaxClaims

ClaimBegins(c, f) ==
  /\ sent[c][f].s = "sent"
  /\ sent' = [sent EXCEPT ![c][f] =
       IF Check(c) = "none" THEN NoStatement ELSE [@ EXCEPT !.s = "checked"]]
  /\ look' = [look EXCEPT ![c].awaits = IF Check(c) = "none" THEN @ \ {f} ELSE @]
  /\ UNCHANGED <<job, db, proc, lost, runs, takes, ghost>>

ClaimCommits(c, f) ==
  /\ sent[c][f].s = "checked"
  /\ IF Commits
       THEN /\ job' = Claimed(c)
            /\ ghost' = [ghost EXCEPT !.claims = @ + 1]
            /\ sent' = [sent EXCEPT ![c][f].s = "done", ![c][f].n = ghost.claims + 1]
            /\ UNCHANGED look
       ELSE /\ sent' = [sent EXCEPT ![c][f] = NoStatement]
            /\ look' = [look EXCEPT ![c].awaits = @ \ {f}]
            /\ UNCHANGED <<job, ghost>>
  /\ UNCHANGED <<db, proc, lost, runs, takes>>

(* The answer comes. A newer claim of a job ends an older one, in whatever order the answers come; a
   claim whose lease is over is handed back as soon as it is there. *)
Older(c, n) == {m \in Register(c) : m < n}
IsOutdated(c, n) == \E m \in Register(c) : m > n
IsLate(c, f) == sent[c][f].late \/ ~Leased(c)
Answer(c, f) ==
  /\ sent[c][f].s = "done"
  /\ LET n == sent[c][f].n IN
     /\ runs' = [m \in Claims |->
          IF m = n /\ ~IsOutdated(c, n) THEN [phase |-> "works", by |-> c, late |-> IsLate(c, f)]
          ELSE IF m \in Older(c, n) THEN Gone ELSE runs[m]]
     /\ ghost' = [ghost EXCEPT !.dropped = @ \/ \E m \in Older(c, n) : Held(m) /\ ~ghost.robbed]
  /\ sent' = [sent EXCEPT ![c][f] = NoStatement]
  /\ look' = [look EXCEPT ![c].awaits = @ \ {f}]
  /\ UNCHANGED <<job, db, proc, lost, takes>>

(* The connection breaks, or the client waits no longer. The statement may be done all the same. *)
Fail(c, f) ==
  /\ Fails /\ sent[c][f].s # "none" /\ lost[c] = "none"
  /\ lost' = [lost EXCEPT ![c] = UnderWay(sent[c][f].s)]
  /\ sent' = [sent EXCEPT ![c][f] = NoStatement]
  /\ look' = [look EXCEPT ![c].at = IF @ = "asked" THEN "asked before" ELSE @,
                          ![c].awaits = @ \ {f}]
  /\ proc' = [proc EXCEPT ![c].doubts = TRUE]
  /\ UNCHANGED <<job, db, runs, takes, ghost>>

LostBegins(c) ==
  /\ lost[c] = "sent"
  /\ lost' = [lost EXCEPT ![c] = Check(c)]
  /\ UNCHANGED <<job, db, proc, sent, runs, look, takes, ghost>>

LostCommits(c) ==
  /\ lost[c] = "checked"
  /\ lost' = [lost EXCEPT ![c] = "none"]
  /\ IF Commits
       THEN job' = Claimed(c) /\ ghost' = [ghost EXCEPT !.claims = @ + 1]
       ELSE UNCHANGED <<job, ghost>>
  /\ UNCHANGED <<db, proc, sent, runs, look, takes>>

LostEnds(c) ==
  /\ lost[c] # "none"
  /\ lost' = [lost EXCEPT ![c] = "none"]
  /\ UNCHANGED <<job, db, proc, sent, runs, look, takes, ghost>>

(* [RENEW] *)
Renew(n) ==
  /\ Renews /\ IsThere(n) /\ Held(n)
  /\ job' = [job EXCEPT !.renewed = TRUE]
  /\ UNCHANGED <<db, proc, sent, lost, runs, look, takes, ghost>>

----------------------------------------------------------------------------
(* The end of a run *)

End(n) ==
  /\ runs[n].phase = "works"
  /\ runs' = [runs EXCEPT ![n].phase = "ends"]
  /\ UNCHANGED <<job, db, proc, sent, lost, look, takes, ghost>>

(* The outcome is written, or refused because the claim does not hold [FINISH]. Whoever was
   interrupted gives the job back. *)
Outcomes(n) == IF runs[n].late THEN {"waiting"} ELSE {"waiting", "completed"}
Finish(n, how) ==
  /\ runs[n].phase = "ends" /\ how \in Outcomes(n)
  /\ job' = IF Held(n) THEN [job EXCEPT !.state = how] ELSE job
  /\ runs' = [runs EXCEPT ![n] = Gone]
  /\ UNCHANGED <<db, proc, sent, lost, look, takes, ghost>>

(* A client asks how its claims stand [INSPECT], and forgets those that are lost. *)
HasLost(n) == ~Held(n)
Tell(n) ==
  /\ IsThere(n) /\ HasLost(n)
  /\ runs' = [runs EXCEPT ![n] = Gone]
  /\ ghost' = [ghost EXCEPT !.dropped = @ \/ Held(n)]
  /\ UNCHANGED <<job, db, proc, sent, lost, look, takes>>

----------------------------------------------------------------------------
(* The search for orphans: jobs that run under the name of a client under a claim that it does not
   know. It asks, and looks into its register when the answer is there. A claim that is not in there
   may be on its way still: so it has to be found once more, when all statements that were under way
   have ended. (The real one also takes a copy of the register before it asks. That spares it some
   suspicions; the rule holds without.) *)

(* The claim that the row names: not what attempted_at says after a renewal. *)
Named == job.claim
Known(c) == Register(c)
MayLook(c) == TRUE

LookAsks(c) ==
  /\ Looks /\ Lives(c) /\ look[c].at = "idle" /\ MayLook(c)
  /\ look' = [look EXCEPT ![c].at = "asked",
                          ![c].found = IF job.state = "running" /\ job.by = c THEN Named ELSE 0]
  /\ UNCHANGED <<job, db, proc, sent, lost, runs, takes, ghost>>

Awaited(c) == {f \in Fetchers : sent[c][f].s # "none"}
IsConfirmed(c) == look[c].found = look[c].suspect /\ look[c].awaits = {}
LookEnds(c) ==
  /\ look[c].at \in {"asked", "asked before"}
  /\ LET found == look[c].found
         isOrphan == found # 0 /\ found \notin Known(c) IN
     /\ look' = [look EXCEPT ![c] =
          IF ~isOrphan THEN NoLook
          ELSE IF IsConfirmed(c) THEN [NoLook EXCEPT !.at = "hands back", !.suspect = found]
          ELSE IF found = look[c].suspect THEN [@ EXCEPT !.at = "idle", !.found = 0]
          ELSE [NoLook EXCEPT !.suspect = found, !.awaits = Awaited(c)]]
     /\ proc' = [proc EXCEPT ![c].doubts = @ /\ (isOrphan \/ look[c].at = "asked before")]
  /\ UNCHANGED <<job, db, sent, lost, runs, takes, ghost>>

(* As an interruption of that claim, if it holds [FINISH]. *)
HandBack(c) ==
  /\ look[c].at = "hands back"
  /\ job' = IF job.state = "running" /\ job.by = c /\ Named = look[c].suspect
              THEN [job EXCEPT !.state = "waiting"] ELSE job
  /\ look' = [look EXCEPT ![c] = NoLook]
  /\ UNCHANGED <<db, proc, sent, lost, runs, takes, ghost>>

----------------------------------------------------------------------------
(* Rescue. Whoever does it sees that a client is dead; the statement comes to its row some time later,
   locks it, and looks again, so that no beat comes in between. *)

MayRescue(c, d) == Leased(c) /\ c # d
SeesDead(c, d) ==
  /\ Lives(c) /\ takes[c] = Nobody /\ MayRescue(c, d)
  /\ db[d] \in {"dead", "off"}
  /\ takes' = [takes EXCEPT ![c] = d]
  /\ UNCHANGED <<job, db, proc, sent, lost, runs, look, ghost>>

IsStillDead(d) == db[d] \in {"dead", "off"}
Rescue(c) ==
  /\ takes[c] # Nobody
  /\ takes' = [takes EXCEPT ![c] = Nobody]
  /\ LET d == takes[c] IN
     IF job.state = "running" /\ job.by = d /\ IsStillDead(d)
       THEN /\ job' = [job EXCEPT !.state = "waiting"]
            /\ ghost' = [ghost EXCEPT !.taken = IF db[d] = "off" THEN @ ELSE @ \cup {d},
                                      !.twice = @ \/ d \in ghost.taken]
       ELSE UNCHANGED <<job, ghost>>
  /\ UNCHANGED <<db, proc, sent, lost, runs, look>>

RescueByClock ==
  /\ ByClock /\ job.state = "running"
  /\ job' = [job EXCEPT !.state = "waiting"]
  /\ ghost' = [ghost EXCEPT !.robbed = TRUE]
  /\ UNCHANGED <<db, proc, sent, lost, runs, look, takes>>

----------------------------------------------------------------------------
(* The database steps back, as in Cairn.tla. *)

Remember ==
  /\ StepsBack /\ ghost.past = NoPast
  /\ ghost' = [ghost EXCEPT !.past = [is |-> "kept", job |-> job, db |-> db, taken |-> ghost.taken]]
  /\ UNCHANGED <<job, db, proc, sent, lost, runs, look, takes>>

(* Statements that had begun are gone with their connections; the beats that are lost may make a
   client seem dead, or unknown if it had not registered by then. *)
Back(s) == IF s = "checked" THEN "sent" ELSE s
StepBack(dead, unknown) ==
  /\ ghost.past.is = "kept"
  /\ LET past == ghost.past IN
     /\ ~(past.job.state = "running" /\ past.job.by \in unknown)
     /\ job' = past.job
     /\ db' = [c \in Clients |->
          IF c \in unknown THEN "none"
          ELSE IF c \in dead /\ past.db[c] = "alive" THEN "dead" ELSE past.db[c]]
     /\ ghost' = [ghost EXCEPT !.past = [is |-> "used"], !.robbed = TRUE,
          !.taken = past.taken \ {c \in dead : past.db[c] = "alive"}]
  /\ sent' = [c \in Clients |-> [f \in Fetchers |-> [sent[c][f] EXCEPT !.s = Back(@)]]]
  /\ lost' = [c \in Clients |-> Back(lost[c])]
  /\ UNCHANGED <<proc, runs, look, takes>>

(* After that a claim may hold whose writes are gone: the next one is refused, and the run ends. *)
Refuse(n) ==
  /\ IsThere(n) /\ ghost.past.is = "used"
  /\ runs' = [runs EXCEPT ![n] = Gone]
  /\ UNCHANGED <<job, db, proc, sent, lost, look, takes, ghost>>

----------------------------------------------------------------------------
Next ==
  \/ \E c \in Clients :
       \/ Lapse(c) \/ NoticeLapse(c) \/ FallSilent(c) \/ Die(c) \/ SignOff(c)
       \/ \E heard \in BOOLEAN : Beat(c, heard)
       \/ \E f \in Fetchers :
            SendClaim(c, f) \/ ClaimBegins(c, f) \/ ClaimCommits(c, f) \/ Answer(c, f) \/ Fail(c, f)
       \/ LostBegins(c) \/ LostCommits(c) \/ LostEnds(c)
       \/ LookAsks(c) \/ LookEnds(c) \/ HandBack(c)
       \/ Rescue(c) \/ \E d \in Clients : SeesDead(c, d)
  \/ RescueByClock
  \/ Remember \/ \E dead, unknown \in SUBSET Clients : StepBack(dead, unknown)
  \/ \E n \in Claims :
       Renew(n) \/ End(n) \/ Tell(n) \/ Refuse(n) \/ \E how \in {"waiting", "completed"} : Finish(n, how)

(* Nothing that comes after the end of the job matters, unless the end may be lost. *)
Matters == job.state # "completed" \/ ghost.past.is = "kept"

Symmetry == Permutations(Clients) \cup Permutations(Fetchers)

Spec == Init /\ [][Next]_vars

(* For what happens in the end: the server does what it was sent, and a client asks, reads the answers
   and hands back. *)
FairSpec ==
  /\ Spec
  /\ \A c \in Clients :
       /\ WF_vars(LookAsks(c)) /\ WF_vars(LookEnds(c)) /\ WF_vars(HandBack(c))
       /\ \A f \in Fetchers :
            WF_vars(ClaimBegins(c, f)) /\ WF_vars(ClaimCommits(c, f)) /\ WF_vars(Answer(c, f))

----------------------------------------------------------------------------
(* The invariants *)

(* A running job is worked, or its claim's answer is on its way, or its client looks for it; or its
   client is dead and registered, so that another will rescue it. *)
NoLostJob ==
  job.state = "running" =>
    LET c == job.by IN
    IF Lives(c)
      THEN \/ job.claim \in Register(c)
           \/ \E f \in Fetchers : sent[c][f].s = "done" /\ sent[c][f].n = job.claim
           \/ MayLook(c)
      ELSE db[c] # "none"

(* Whoever works a job, and has held its lease all the time, holds the job. A leader that goes by the
   clock may take it from anybody, and so may a database that steps back. *)
WhoWorksHolds ==
  ~ghost.robbed =>
    \A n \in Claims :
      IsThere(n) /\ ~runs[n].late /\ Lives(runs[n].by) /\ Leased(runs[n].by) => Held(n)

(* No client works a job twice at the same time. *)
OneRunPerClient == \A c \in Clients : Cardinality(Register(c)) <= 1

(* No run is told that it has lost its job while it holds it, and so no outcome is dropped. *)
NothingIsDropped == ~ghost.dropped

(* A client hands back what it does not know, unless it dies before that. *)
IsOrphan(c) ==
  Lives(c) /\ job.state = "running" /\ job.by = c /\ job.claim \notin Register(c)
OrphansAreFound == \A c \in Clients : IsOrphan(c) ~> ~IsOrphan(c)

(* A job is taken from a client at most once for each time that the client falls silent. *)
OneRescuePerDeath == ~ghost.twice
=============================================================================
