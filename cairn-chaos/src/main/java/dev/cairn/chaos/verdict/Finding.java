package dev.cairn.chaos.verdict;

/**
 * A broken promise.
 *
 * @param promise the promise
 * @param jobId the job; 0 if the finding is not about a job
 * @param text the observation
 */
public record Finding(Promise promise, long jobId, String text) {
  @Override
  public String toString() {
    return jobId == 0
        ? "%s: %s".formatted(promise, text)
        : "%s: job %d: %s".formatted(promise, jobId, text);
  }
}
