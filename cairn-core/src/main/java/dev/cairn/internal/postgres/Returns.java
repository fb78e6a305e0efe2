package dev.cairn.internal.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Returns connections to their pool, on virtual threads one at a time.
 *
 * <p>In HikariCP's pool, a thread that returns a connection while another thread waits for one
 * tries again and again to hand it over. If a virtual thread waits, it needs a carrier to take the
 * connection. On few cores, many virtual threads that hand over connections keep all carriers busy,
 * so that no thread ever continues (HikariCP's issue 2398; seen with version 7.1 on two cores, with
 * a pool of 80). A single thread leaves the carriers free.
 *
 * <p>Connections that the application takes itself do not pass through here. Thread-safe.
 */
final class Returns {
  /** Returning a connection takes microseconds. If it hangs, it must not delay the others. */
  private static final long PATIENCE_MILLIS = 100;

  private final Semaphore turn = new Semaphore(1, true);

  void close(Connection connection) throws SQLException {
    boolean hasTurn = false;
    try {
      hasTurn = Thread.currentThread().isVirtual() && awaitTurn();
    } finally {
      // Also after an Error during the wait: otherwise, the pool would lose the connection.
      try {
        connection.close();
      } finally {
        if (hasTurn) {
          turn.release();
        }
      }
    }
  }

  private boolean awaitTurn() {
    try {
      return turn.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
