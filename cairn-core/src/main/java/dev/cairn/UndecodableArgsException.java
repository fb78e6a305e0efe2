package dev.cairn;

import org.jspecify.annotations.Nullable;

/**
 * A job's arguments do not fit the type of its worker. Fails the attempt like any error: the job is
 * retried by its policy, so a corrected worker still finds it.
 */
public class UndecodableArgsException extends CairnException {
  private static final long serialVersionUID = 1L;

  public UndecodableArgsException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
