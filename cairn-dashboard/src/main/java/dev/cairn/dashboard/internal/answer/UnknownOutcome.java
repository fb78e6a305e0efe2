package dev.cairn.dashboard.internal.answer;

import java.sql.SQLException;

/** The connection broke during a commit: nobody knows whether the change was made. */
public final class UnknownOutcome extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnknownOutcome(SQLException cause) {
    super(cause.getMessage(), cause);
  }
}
