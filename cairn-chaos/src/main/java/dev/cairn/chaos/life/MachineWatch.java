package dev.cairn.chaos.life;

import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/**
 * Measures how late the machine is: how much later than planned a thread runs, and how long a query
 * takes that never has to wait. If this comes near the heartbeat timeout, the client cannot be
 * judged.
 */
final class MachineWatch implements AutoCloseable {
  private static final long INTERVAL_MILLIS = 50;

  private final LifeDatabase database;
  private final Thread thread;
  private volatile boolean closed;
  private volatile long worstNanos;

  /** When the thread is to run next, or was to run if it is late. */
  private volatile long dueNanos = System.nanoTime();

  MachineWatch(LifeDatabase database) {
    this.database = database;
    this.thread = Thread.ofPlatform().name("machine-watch").daemon(true).start(this::watch);
  }

  private void watch() {
    try {
      while (!closed) {
        long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
        dueNanos = due;
        TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
        database.number("SELECT 1");
        worstNanos = Math.max(worstNanos, System.nanoTime() - due);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      // The database of a judge fails only when it is closed.
      closed = true;
    }
  }

  /** The longest lateness so far, including one that has not ended. */
  long worstMillis() {
    long now = closed ? 0 : System.nanoTime() - dueNanos;
    return TimeUnit.NANOSECONDS.toMillis(Math.max(worstNanos, now));
  }

  @Override
  public void close() {
    worstNanos = Math.max(worstNanos, System.nanoTime() - dueNanos);
    closed = true;
    thread.interrupt();
  }
}
