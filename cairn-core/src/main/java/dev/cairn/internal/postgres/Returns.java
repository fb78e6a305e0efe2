package dev.cairn.internal.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Gives connections back to their pool, on virtual threads one at a time.
 *
 * <p>In HikariCP's pool, whoever returns a connection while somebody waits for one tries again and
 * again to hand it over. If a virtual thread waits, it needs a carrier to take the connection. On
 * few cores, many virtual threads that hand over keep all carriers busy for ever, and nobody goes
 * on (HikariCP's issue 2398; seen with version 7.1 on two cores, with a pool of 80). One alone
 * leaves the carriers free.
 *
 * <p>Connections that the application takes by itself are not known here. Thread-safe.
 */
final class Returns {
  /** To give a connection back takes microseconds. If it hangs, it must not hold up the others. */
  private static final long PATIENCE_MILLIS = 100;

  private final Semaphore turn = new Semaphore(1, true);

  void close(Connection connection) throws SQLException {
    boolean hasTurn = false;
    try {
      hasTurn = Thread.currentThread().isVirtual() && awaitTurn();
    } finally {
      // Also after an Error while it waited: the pool would lose the connection.
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
