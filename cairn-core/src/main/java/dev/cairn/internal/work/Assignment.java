package dev.cairn.internal.work;

import dev.cairn.Job;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.store.ClaimedJob;

/**
 * A claimed job and the slot that it was assigned.
 *
 * @param held the claim of the same job
 * @param slot given back when the worker has returned and the outcome is on its way
 */
record Assignment(HeldClaim held, ClaimedJob claimed, Slot slot) {
  long jobId() {
    return held.claim().jobId();
  }

  /** What the worker is given, its arguments decoded. */
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

  /** Names the job and the attempt in messages. */
  String describe() {
    return "job %d (%s), attempt %d".formatted(jobId(), claimed.kind(), claimed.attempt());
  }
}
