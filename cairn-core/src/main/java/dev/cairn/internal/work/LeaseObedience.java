package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.claims.ClaimRegister;

/** Past its lease a client is as good as dead to the others: it must not act as if it lived. */
record LeaseObedience(ClaimRegister register, Deadlines deadlines, WorkedQueues queues)
    implements Heartbeat.Listener {
  @Override
  public void leaseLapsed() {
    register.interruptAll(InterruptionReason.LEASE_LOST);
    deadlines.lookNow();
  }

  @Override
  public void leaseRegained() {
    queues.wakeAll();
  }
}
