package dev.cairn.internal.work;

import dev.cairn.Job;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.store.ClaimedJob;

/**
 * A claimed job and its slot.
 *
 * @param held the claim of the same job
 * @param slot released when the worker has returned and the outcome is queued for writing
 */
record Assignment(HeldClaim held, ClaimedJob claimed, Slot slot) {
  long jobId() {
    return held.claim().jobId();
  }

  /** The job as the worker sees it, with decoded arguments. */
  <A> Job<A> job(A args) {
    return new Job<>(
        claimed.claim().jobId(),
        claimed.kind(),
        args,
        claimed.attempt(),
        claimed.maxAttempts(),
        claimed.failures(),
        claimed.priority(),
        claimed.queue(),
        claimed.tags(),
        claimed.metadata(),
        claimed.createdAt(),
        claimed.scheduledAt(),
        claimed.claim().attemptedAt());
  }

  /** The job and the attempt, for messages. */
  String describe() {
    return "job " + jobId() + " (" + claimed.kind() + "), attempt " + claimed.attempt();
  }
}
