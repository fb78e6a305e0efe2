package dev.cairn;

/**
 * Thrown by a worker to cancel its job: the job ends in state {@code cancelled} with the reason as
 * its last error, and is not retried.
 */
public final class JobCancelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public JobCancelException(String reason) {
    super(reason);
  }
}
