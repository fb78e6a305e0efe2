----------------------------- MODULE CairnTrace -----------------------------
(***************************************************************************)
(* What the real statements did, held against the model. ReplayTest writes *)
(* the module Traces: of each trace the events, and what the tables showed *)
(* after each. An event that the model does not allow, or after which it   *)
(* shows something else, is a deadlock of this specification.              *)
(***************************************************************************)
EXTENDS CairnMutants, Sequences, Traces

VARIABLES trace, step

Seen ==
  <<job.state, job.by, job.at, job.renewed, job.attempt, job.rescues,
    [s \in Steps |-> <<ckpt[s].v, ckpt[s].at, ckpt[s].seq>>],
    rows,
    {c \in Clients : client[c].known},
    {c \in Clients : client[c].known /\ client[c].late},
    {n \in Claims : IsThere(n)}>>

(* Statements that pass over a locked or changed row did nothing, exactly when the model says so. *)
Try(happened, enabled, Action) ==
  IF happened THEN Action ELSE ~enabled /\ UNCHANGED vars

Does(e) ==
  \/ e.act = "beat" /\ Beat(e.c)
  \/ e.act = "silence" /\ FallSilent(e.c)
  \/ e.act = "die" /\ Die(e.c)
  \/ e.act = "sign off" /\ SignOff(e.c)
  \/ e.act = "claim" /\ Try(e.ok, ENABLED Claim(e.c), Claim(e.c))
  \/ e.act = "claim unheard" /\ Try(e.ok, ENABLED ClaimUnheard(e.c), ClaimUnheard(e.c))
  \/ e.act = "hand back" /\ Try(e.ok, ENABLED HandBack(e.c), HandBack(e.c))
  \/ e.act = "rescue" /\ Try(e.ok, ENABLED Rescue(e.c), Rescue(e.c))
  \/ e.act = "rescue by clock" /\ Try(e.ok, ENABLED RescueByClock, RescueByClock)
  \/ e.act = "renew" /\ Try(e.ok, ENABLED Renew(e.n), Renew(e.n))
  \/ e.act = "advance" /\ Advance(e.n, e.s)
  \/ e.act = "open tx" /\ OpenTx(e.n, e.s)
  \/ e.act = "open completion" /\ OpenCompletion(e.n)
  \/ e.act = "commit" /\ (CommitWrite(e.n) \/ CommitCompletion(e.n))
  \/ e.act = "roll back" /\ RollBack(e.n)
  \/ e.act = "read back" /\ ReadBack(e.n)
  \/ e.act = "take flush" /\ TakeFlush(e.n)
  \/ e.act = "flush" /\ Flush({e.n}, e.ok)
  \/ e.act = "resend" /\ Try(e.ok, ENABLED Resend(e.n), Resend(e.n))
  \/ e.act = "end" /\ End(e.n)
  \/ e.act = "finish" /\ Try(e.ok, ENABLED Finish(e.n, e.how), Finish(e.n, e.how))

TraceInit == Init /\ trace \in DOMAIN Traces /\ step = 0

TraceNext ==
  /\ trace' = trace
  /\ IF step = Len(Traces[trace])
       THEN UNCHANGED <<vars, step>>
       ELSE LET e == Traces[trace][step + 1] IN
            /\ step' = step + 1
            /\ Does(e)
            /\ Seen' = e.seen

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, trace, step>>
=============================================================================
