package dev.cairn.internal.client;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Connections;
import dev.cairn.internal.store.Connections.Pooling;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Warns soon after the start if the pool is too small for the client, or if a pooler behind it
 * shares its connections. Otherwise only timeouts and failed statements in other places would show
 * the problem. The heartbeat keeps one connection, and listening another one.
 */
final class PoolCheck {
  private static final Log log = Log.of(PoolCheck.class);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration WAIT = Duration.ofMillis(50);

  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
  private final Connections connections;
  private final boolean pollOnly;
  private final int kept;

  PoolCheck(Connections connections, boolean pollOnly) {
    this.connections = connections;
    this.pollOnly = pollOnly;
    this.kept = pollOnly ? 1 : 2;
  }

  /** Runs the checks, on threads of their own. */
  void begin() {
    start("cairn-pool-check", this::look);
  }

  private void start(String name, Runnable body) {
    Thread thread =
        Thread.ofVirtual().name(name).inheritInheritableThreadLocals(false).unstarted(body);
    thread.setContextClassLoader(loader);
    thread.start();
  }

  private void look() {
    var found = new CountDownLatch(1);
    start(
        "cairn-pool-probe",
        () -> {
          // Listening may begin a moment later, and needs a connection of its own.
          if (probe(kept)) {
            found.countDown();
            lookAtConnections();
          }
        });
    try {
      if (!isFoundIn(found, PATIENCE)) {
        log.error(
            "The connection pool has provided no connection for {}. Cairn keeps {} connections, "
                + "and needs more for its statements and for those of the workers. Make the pool five "
                + "connections larger than the workers need [CAIRN-609]",
            PATIENCE,
            kept);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits in many short waits. If this process is suspended or gets no processor during one of
   * them, the probe has the rest of the time to continue.
   */
  private static boolean isFoundIn(CountDownLatch found, Duration patience)
      throws InterruptedException {
    for (long waits = patience.dividedBy(WAIT); waits > 0; waits--) {
      if (found.await(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Checks for a pooler, because prepared statements and listening need a session of their own.
   * Also checks for an isolation level at which the claims of several clients make each other fail.
   */
  void lookAtConnections() {
    Pooling pooling;
    try {
      pooling = connections.pooling();
    } catch (Throwable e) {
      log.debug("Could not find out how the connections behave", e);
      return;
    }
    if (pooling.isolates()) {
      log.warn(
          "The connections begin their transactions at a stricter isolation level than READ COMMITTED."
              + " Clients that claim from the same queue then make each other fail, and try again."
              + " Give Cairn a data source with READ COMMITTED, PostgreSQL's default [CAIRN-615]");
    }
    if (pooling.shared() && (pooling.prepares() || !pollOnly)) {
      log.warn(
          "A pooler shares the connections between transactions, as PgBouncer does in transaction"
              + " mode.{}{} [CAIRN-610]",
          pooling.prepares()
              ? " Prepared statements fail there: add prepareThreshold=0 to the JDBC URL, unless the"
                  + " pooler supports them (max_prepared_statements)."
              : "",
          pollOnly ? "" : " Notifications do not arrive there: set pollOnly() on the client.");
    }
  }

  private boolean probe(int count) {
    try {
      return connections.canHold(count);
    } catch (Throwable e) {
      // The data source is the user's, and may throw anything.
      log.debug("Could not ask the pool for {} connections", count, e);
      return false;
    }
  }
}
