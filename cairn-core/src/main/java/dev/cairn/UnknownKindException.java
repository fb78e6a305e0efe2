package dev.cairn;

/**
 * A kind of job has no worker here. Thrown when such a job is inserted by a client that has
 * workers; recorded, without using up an attempt, when such a job is claimed.
 */
public class UnknownKindException extends UncountedFailureException {
  private static final long serialVersionUID = 1L;

  public UnknownKindException(String message) {
    super(message);
  }
}
