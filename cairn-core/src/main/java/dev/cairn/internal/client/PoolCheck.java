package dev.cairn.internal.client;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Connections;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Says so soon after the start if the pool has no room for the client: it would otherwise show in
 * nothing but time-outs, each of something else. The heartbeat keeps one connection for itself, and
 * listening another one.
 */
final class PoolCheck {
  private static final Log log = Log.of(PoolCheck.class);
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
  private final Connections connections;
  private final int kept;

  PoolCheck(Connections connections, boolean pollOnly) {
    this.connections = connections;
    this.kept = pollOnly ? 1 : 2;
  }

  /** Looks, on threads of its own. */
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
          // Listening may begin a moment later, so there has to be room for it as well.
          if (probe(kept)) {
            found.countDown();
          }
        });
    try {
      if (!found.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        log.error(
            "The connection pool has given no further connection for {}: Cairn keeps {} of them to"
                + " itself, and needs some more for its statements and for those of the workers."
                + " Make the pool larger, five connections more than the workers need",
            PATIENCE,
            kept);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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
