---------------------------- MODULE LeaseMutants -----------------------------
(***************************************************************************)
(* Lease with a rule broken, as in CairnMutants.                           *)
(***************************************************************************)
EXTENDS Lease

(* Whoever has a lease rescues, also one that has just come back. *)
AlwaysSteady(c) == TRUE

(* The statement does what it was sent for, whatever has passed since then; or it asks whether its
   client is still alive, but not whether this is so by the beat that the client relied on. *)
AlwaysMay(c) == TRUE
MayIfAlive(c) == age[c] <= Timeout - Margin
MayIfNamed(c) == rescue[c] = "sent"
=============================================================================
