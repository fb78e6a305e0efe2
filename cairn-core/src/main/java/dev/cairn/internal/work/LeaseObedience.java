package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.claims.ClaimRegister;

/**
 * Stops the running jobs of a client whose lease has ended, because other clients may consider it
 * dead. When the lease is valid again, makes all queues claim again.
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
