package dev.cairn.internal.postgres;

import dev.cairn.SchemaException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The schema of a client. If none was configured, it is the current schema of the client's own
 * connections, which is read once. Thread-safe.
 */
final class CurrentSchema {
  /** How long callers wait for an answer on another connection, counted from the question. */
  private static final long PATIENCE_NANOS = Duration.ofMillis(500).toNanos();

  /** The same, if the caller's connection must not be asked. */
  private static final long LONG_PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();

  private static final long WAIT_NANOS = Duration.ofMillis(50).toNanos();

  private final Runnable asking;
  private volatile @Nullable SchemaName known;
  private @Nullable Question question;

  /** A question that a thread of its own asks. */
  private record Question(CompletableFuture<@Nullable Void> answered, long askedNanos) {}

  /**
   * @param configured the schema's name; null for the current schema of the connections
   * @param asking calls {@link #readOn} with a connection of the client
   */
  CurrentSchema(@Nullable String configured, Runnable asking) {
    this.known = configured == null ? null : new SchemaName(configured);
    this.asking = asking;
  }

  /** The schema if it is known; null if it has to be read. */
  @Nullable SchemaName known() {
    return known;
  }

  /** The schema. If it is not known, it is read on this connection, which is the client's own. */
  SchemaName readOn(Connection own) throws SQLException {
    SchemaName found = known;
    if (found == null) {
      found = current(own);
      known = found;
    }
    return found;
  }

  /**
   * The schema, for a statement on the caller's connection. That may be the last connection of its
   * pool, so the caller waits only a moment until another thread has asked on another connection.
   * After that, the caller's connection tells, unless the caller has changed its search path: then
   * it may lead to the tables of another client. Its answer is not kept.
   *
   * @throws SchemaException if the search path of the connection was changed, and no other
   *     connection could be asked
   */
  SchemaName besides(Connection callers) throws SQLException {
    SchemaName found = known;
    if (found != null) {
      return found;
    }
    awaitAnswer(PATIENCE_NANOS);
    if (known == null && hasOwnPath(callers)) {
      return readElsewhere();
    }
    found = known;
    return found == null ? current(callers) : found;
  }

  private SchemaName readElsewhere() {
    Throwable failure = awaitAnswer(LONG_PATIENCE_NANOS);
    SchemaName found = known;
    if (found == null && failure instanceof InterruptedException) {
      throw new SchemaException(
          "interrupted while the schema of the client was read on another connection [CAIRN-602]",
          failure);
    }
    if (found == null) {
      throw new SchemaException(
          "The schema of the client is not known yet, no other connection could be asked in time, and the connection has a search_path of its own: name the schema with schema(...) [CAIRN-602]",
          failure);
    }
    return found;
  }

  /**
   * Waits in many short waits: if this process gets no processor during one of them, the thread
   * that asks has the rest of the time to continue. Returns why there is no answer; null if there
   * is one.
   */
  private @Nullable Throwable awaitAnswer(long patienceNanos) {
    Question asked = question();
    long rest = asked.askedNanos() + patienceNanos - System.nanoTime();
    @Nullable Throwable failure;
    do {
      failure = awaitAnswer(asked, Math.clamp(rest, 0, WAIT_NANOS));
      rest -= WAIT_NANOS;
    } while (failure instanceof TimeoutException && rest > 0);
    return failure;
  }

  private static @Nullable Throwable awaitAnswer(Question asked, long nanos) {
    try {
      asked.answered().get(nanos, TimeUnit.NANOSECONDS);
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e;
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (TimeoutException e) {
      return e;
    }
  }

  /** Whether the search path of a connection was set after it was opened. */
  private static boolean hasOwnPath(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                """
                SELECT setting IS DISTINCT FROM reset_val FROM pg_catalog.pg_settings
                WHERE name = 'search_path'
                """)) {
      return row.next() && row.getBoolean(1);
    }
  }

  /** The present question. There is one at a time, because each needs a connection. */
  private synchronized Question question() {
    Question present = question;
    if (present == null || present.answered().isCompletedExceptionally()) {
      present = new Question(new CompletableFuture<>(), System.nanoTime());
      question = present;
      ask(present.answered());
    }
    return present;
  }

  private void ask(CompletableFuture<@Nullable Void> answered) {
    try {
      Thread thread =
          Thread.ofPlatform()
              .name("cairn-schema")
              .daemon(true)
              .inheritInheritableThreadLocals(false)
              .unstarted(() -> {
                try {
                  asking.run();
                  answered.complete(null);
                } catch (Throwable e) {
                  answered.completeExceptionally(e);
                }
              });
      thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
      thread.start();
    } catch (Throwable e) {
      // Without a thread, the caller's connection tells.
      answered.completeExceptionally(e);
    }
  }

  private static SchemaName current(Connection connection) throws SQLException {
    String name = connection.getSchema();
    if (name == null) {
      throw new SchemaException(
          "The connection has no current schema: name one with schema(...), or set search_path [CAIRN-602]");
    }
    return new SchemaName(name);
  }
}
