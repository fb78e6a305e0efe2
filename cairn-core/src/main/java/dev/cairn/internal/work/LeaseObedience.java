package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.claims.ClaimRegister;

/**
 * Other clients consider a client dead after its lease has ended: it must stop its jobs and claim
 * none.
 */
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
