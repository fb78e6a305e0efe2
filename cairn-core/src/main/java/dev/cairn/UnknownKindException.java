package dev.cairn;

/**
 * A kind of job has no worker in this client. Thrown when a client with workers inserts such a job.
 * Recorded on the job when a client claims such a job, without using up an attempt.
 */
public class UnknownKindException extends UncountedFailureException {
  private static final long serialVersionUID = 1L;

  public UnknownKindException(String message) {
    super(message);
  }
}
