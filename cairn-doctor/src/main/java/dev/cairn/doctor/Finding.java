package dev.cairn.doctor;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What a check found. May get further components.
 *
 * @param check its name, such as {@code queues}
 * @param what one sentence. It may contain names from the database, such as those of queues and
 *     clients, which are any text: show it as text
 * @param todo what to do, often a command to copy; null if there is nothing to do
 * @param failure why the check failed, or null if it did not. Its message may contain the address
 *     of the server, its roles and its databases: it is for logs and operators, and {@code what} is
 *     for everybody
 */
public record Finding(
    Level level, String check, String what, @Nullable String todo, @Nullable Throwable failure) {
  private static final int CAUSES_MAX = 20;

  /** What a check found that did not fail. */
  public Finding(Level level, String check, String what, @Nullable String todo) {
    this(level, check, what, todo, null);
  }

  static Finding ok(String check, String what) {
    return new Finding(Level.OK, check, what, null);
  }

  static Finding note(String check, String what, @Nullable String todo) {
    return new Finding(Level.NOTE, check, what, todo);
  }

  static Finding warning(String check, String what, String todo) {
    return new Finding(Level.WARNING, check, what, todo);
  }

  static Finding problem(String check, String what, String todo) {
    return new Finding(Level.PROBLEM, check, what, todo);
  }

  /**
   * That a check failed.
   *
   * @param what gets the failure's SQLSTATE behind it
   */
  static Finding failed(Level level, String check, String what, String todo, Throwable failure) {
    String state = state(failure);
    String sort = state.isEmpty() ? failure.getClass().getSimpleName() : "SQLSTATE " + state;
    return new Finding(level, check, "%s (%s)".formatted(what, sort), todo, failure);
  }

  /** Of the first cause that has one; empty if none has. */
  static String state(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < CAUSES_MAX; i++) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        return sql.getSQLState();
      }
      cause = cause.getCause();
    }
    return "";
  }

  /** {@link #what()} and the message of the {@link #failure()}, for operators. */
  public String inFull() {
    return failure == null || failure.getMessage() == null
        ? what
        : what + ": " + failure.getMessage();
  }
}
