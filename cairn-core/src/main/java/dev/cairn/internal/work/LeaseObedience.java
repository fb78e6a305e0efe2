package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.claims.ClaimRegister;

/**
 * Stops the jobs of a client whose lease has ended, and keeps the client from claiming jobs,
 * because other clients may consider it dead.
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
