package dev.cairn.testing.internal;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What becomes of a call to the database. */
public sealed interface Misbehaviour {
  /**
   * The call blocks, as on a network that swallows everything, until its disturbance ends, its
   * connection is aborted, or the connection's network timeout passes. Then the connection is
   * broken, and the call throws SQLSTATE 08006. A connection that waits for notifications hears
   * none any more instead, without an error, and only its next statement blocks.
   *
   * @param executed whether the database has executed the call before
   */
  record Hangs(boolean executed) implements Misbehaviour {}

  /** The call is executed at once, and its answer is held back. */
  record AnswersLate(Duration delay) implements Misbehaviour {}

  /** The call is executed; then the connection breaks, and the call throws SQLSTATE 08006. */
  record LosesAnswer() implements Misbehaviour {}

  /** The connection breaks before the call is executed, which throws SQLSTATE 08006. */
  record LosesStatement() implements Misbehaviour {}

  /** The call is executed and answered; then the connection breaks, which its next call notices. */
  record Cuts() implements Misbehaviour {}

  /**
   * The call is not executed and fails. If the state is one of the server's, the server raises it,
   * so that a transaction is aborted by it; if it is one of a lost connection, it is lost.
   *
   * @param sqlState null for none, as pools do when they time out
   */
  record Fails(@Nullable String sqlState) implements Misbehaviour {}

  /**
   * The call throws an {@code Error} or a {@code RuntimeException}; the connection stays usable.
   *
   * @param executed whether the database has executed the call before
   */
  record Throws(Supplier<? extends Throwable> failure, boolean executed) implements Misbehaviour {}
}
