package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.JobStore;
import java.util.List;

/** Claims single jobs by their ids, apart from the queues, and works them without a slot. */
record OneClaim(
    String clientId, JobStore jobs, ClaimRegister register, Lease lease, Executor executor) {

  /**
   * Announces the claim of a job, so that a stop that begins now waits for its answer.
   *
   * @throws StoreUnavailableException if the client may not claim now
   */
  ClaimRegister.Sending send(long jobId) {
    if (!lease.isValid()) {
      throw new StoreUnavailableException(
          "job %d cannot be worked now: client %s could not send its heartbeat [CAIRN-505]"
              .formatted(jobId, clientId),
          null);
    }
    return register.prepare();
  }

  /**
   * Claims the job and starts it; false if it cannot be claimed.
   *
   * @param leased the number of the lease before the claim was announced
   */
  boolean work(long jobId, ClaimRegister.Sending sending, int leased) {
    List<ClaimedJob> claimed = jobs.claimNow(jobId, clientId, sending::begin).stream().toList();
    List<HeldClaim> held = sending.answered(claimed.stream().map(ClaimedJob::claim).toList());
    if (!lease.isStill(leased)) {
      held.forEach(each -> each.interrupt(InterruptionReason.LEASE_LOST));
    }
    executor.executeApart(held, claimed);
    return !claimed.isEmpty();
  }
}
