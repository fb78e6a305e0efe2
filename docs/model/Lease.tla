------------------------------- MODULE Lease --------------------------------
(***************************************************************************)
(* Who may take a client for dead, when the database may be out of reach,  *)
(* or stand still, for any time. Time passes in intervals of heartbeats:   *)
(* every living client gives a sign of life in each, whenever the database *)
(* answers. What is taken from a client is in Claims.tla.                  *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS
  Clients,
  Timeout,  \* after so many intervals without a sign of life a client is dead
  Margin    \* so many intervals before that it does not trust its lease any more

ASSUME 0 <= Margin /\ Margin < Timeout

VARIABLES
  answers,  \* whether the database does
  lives,    \* the clients whose process lives
  age,      \* by client, how old its last sign of life is, as the database has it
  mine,     \* the same, as the client knows it
  steady,   \* for how long its lease has held without a break
  rescue,   \* its statement that rescues: none, on its way, or on its way and overtaken by a beat
  ghost     \* who was rescued: living ones, dead ones

vars == <<answers, lives, age, mine, steady, rescue, ghost>>

Longer(time) == IF time > Timeout THEN time ELSE time + 1
Leased(c) == mine[c] <= Timeout - Margin
IsDead(c) == age[c] > Timeout

Init ==
  /\ answers = TRUE /\ lives = Clients
  /\ age = [c \in Clients |-> 0] /\ mine = [c \in Clients |-> 0]
  /\ steady = [c \in Clients |-> 0]
  /\ rescue = [c \in Clients |-> "none"]
  /\ ghost = {}

(* An interval passes. *)
Pass ==
  /\ answers => \A c \in lives : mine[c] = 0
  /\ age' = [c \in Clients |-> Longer(age[c])]
  /\ mine' = [c \in Clients |-> IF c \in lives THEN Longer(mine[c]) ELSE 0]
  /\ steady' = [c \in Clients |->
       IF c \in lives /\ steady[c] < Timeout THEN steady[c] + 1 ELSE steady[c]]
  /\ UNCHANGED <<answers, lives, rescue, ghost>>

(* The database cannot be reached, or stands still with all that it has been sent; and is back, for
   at least as long as everybody needs for a sign of life. *)
GoOrCome ==
  /\ answers => \A c \in lives : mine[c] <= 1
  /\ answers' = ~answers
  /\ UNCHANGED <<lives, age, mine, steady, rescue, ghost>>

(* [BEAT] *)
Kept(c) == IF Leased(c) THEN steady[c] ELSE 0
Beat(c) ==
  /\ answers /\ c \in lives /\ mine[c] > 0
  /\ age' = [age EXCEPT ![c] = 0]
  /\ mine' = [mine EXCEPT ![c] = 0]
  /\ steady' = [steady EXCEPT ![c] = Kept(c)]
  /\ rescue' = [rescue EXCEPT ![c] = IF @ = "none" THEN @ ELSE "overtaken"]
  /\ UNCHANGED <<answers, lives, ghost>>

Die(c) ==
  /\ c \in lives
  /\ lives' = lives \ {c}
  /\ mine' = [mine EXCEPT ![c] = 0] /\ steady' = [steady EXCEPT ![c] = 0]
  /\ UNCHANGED <<answers, age, rescue, ghost>>

(* A client rescues when its own lease has held for a whole timeout: all others that live have given
   a sign of life by then. *)
IsSteady(c) == steady[c] = Timeout
SendRescue(c) ==
  /\ c \in lives /\ rescue[c] = "none"
  /\ Leased(c) /\ IsSteady(c)
  /\ rescue' = [rescue EXCEPT ![c] = "sent"]
  /\ UNCHANGED <<answers, lives, age, mine, steady, ghost>>

(* [RESCUE]. The statement may have waited through all that the rule above is about. So it names the
   beat that the client relied on, and does nothing if that is not the client's last one, or is too
   old by now. *)
StillMay(c) == rescue[c] = "sent" /\ age[c] <= Timeout - Margin
Rescue(c) ==
  /\ answers /\ rescue[c] # "none"
  /\ rescue' = [rescue EXCEPT ![c] = "none"]
  /\ ghost' = IF StillMay(c)
                THEN ghost \cup {IF d \in lives THEN "living" ELSE "dead" :
                                   d \in {other \in Clients \ {c} : IsDead(other)}}
                ELSE ghost
  /\ UNCHANGED <<answers, lives, age, mine, steady>>

Next == Pass \/ GoOrCome \/ \E c \in Clients : Beat(c) \/ Die(c) \/ SendRescue(c) \/ Rescue(c)

Symmetry == Permutations(Clients)

Spec == Init /\ [][Next]_vars

----------------------------------------------------------------------------
(* No outage, however long or short, has a living client's jobs taken away. *)
TheLivingKeepTheirJobs == "living" \notin ghost

(* While a client trusts its lease, nobody takes it for dead. *)
LeaseEndsFirst == \A c \in lives : Leased(c) => ~IsDead(c)

(* That a dead client's jobs are taken at all; this is to be violated. *)
TheDeadKeepTheirJobs == "dead" \notin ghost
=============================================================================
