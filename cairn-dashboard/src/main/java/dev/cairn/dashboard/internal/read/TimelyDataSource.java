package dev.cairn.dashboard.internal.read;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The data source of the application, which gives a connection in time or fails. Thread-safe.
 *
 * <p>Without a pool, and without timeouts of the driver, a connection to a host that has vanished
 * may be waited for for ever, and who waits keeps the place of others. So each attempt has a thread
 * of its own, which can be given up: then it is interrupted, which ends the waiting for a pool and,
 * on a virtual thread, for a socket. Nobody uses its connection yet, so nothing can break.
 */
public final class TimelyDataSource implements DataSource {
  private static final org.slf4j.Logger log = LoggerFactory.getLogger(TimelyDataSource.class);

  /** As long as a server may be silent. */
  private static final int WAIT_MS_MAX = 15_000;

  /** Under way at a time, also those that do not end though they were given up. */
  static final int ATTEMPTS_MAX = 16;

  private final DataSource dataSource;
  private final int waitMsMax;
  private final Semaphore attempts = new Semaphore(ATTEMPTS_MAX);
  private final AtomicInteger lost = new AtomicInteger();

  public TimelyDataSource(DataSource dataSource) {
    this(dataSource, WAIT_MS_MAX);
  }

  /** For tests: with another time. */
  TimelyDataSource(DataSource dataSource, int waitMsMax) {
    this.dataSource = dataSource;
    this.waitMsMax = waitMsMax;
  }

  /** Gives a connection, or throws. */
  @FunctionalInterface
  private interface Source {
    Connection connection() throws SQLException;
  }

  /** There was no connection in time. */
  public static final class NoConnection extends SQLException {
    private static final long serialVersionUID = 1L;

    private NoConnection(int waitMsMax) {
      super(
          "the data source of the dashboard gave no connection within %d ms [CAIRN-530]"
              .formatted(waitMsMax),
          "08001");
    }
  }

  @Override
  public Connection getConnection() throws SQLException {
    return inTime(dataSource::getConnection);
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return inTime(() -> dataSource.getConnection(user, password));
  }

  private Connection inTime(Source source) throws SQLException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMsMax);
    try {
      if (lost.get() >= ATTEMPTS_MAX || !attempts.tryAcquire(waitMsMax, TimeUnit.MILLISECONDS)) {
        throw new NoConnection(waitMsMax);
      }
      return new Attempt(source).start().result(end);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("the wait for a connection was interrupted", "08001", e);
    }
  }

  /** How many attempts were given up and have not ended; for tests. */
  int lost() {
    return lost.get();
  }

  /** The wait for one connection. Its thread has a permit until it ends. */
  private final class Attempt {
    private final Source source;
    private final CompletableFuture<Connection> outcome = new CompletableFuture<>();
    private final Thread thread =
        Thread.ofVirtual().name("cairn-dashboard-connection").unstarted(this::run);

    Attempt(Source source) {
      this.source = source;
    }

    Attempt start() {
      boolean starts = false;
      try {
        thread.start();
        starts = true;
        return this;
      } finally {
        if (!starts) {
          attempts.release();
        }
      }
    }

    private void run() {
      boolean inTime = false;
      try {
        Connection connection = source.connection();
        inTime = outcome.complete(connection);
        if (!inTime) {
          close(connection);
        }
      } catch (Throwable e) {
        // A data source may throw anything, and whoever waits needs to know it.
        inTime = outcome.completeExceptionally(e);
        log.debug("An attempt to connect has failed", e);
      } finally {
        if (!inTime) {
          lost.decrementAndGet();
        }
        attempts.release();
      }
    }

    Connection result(long end) throws SQLException, InterruptedException {
      try {
        return outcome.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        if (givesUp()) {
          throw new NoConnection(waitMsMax);
        }
        return result(System.nanoTime() + TimeUnit.SECONDS.toNanos(1));
      } catch (InterruptedException e) {
        if (!givesUp() && outcome.state() == Future.State.SUCCESS) {
          close(outcome.resultNow());
        }
        throw e;
      } catch (ExecutionException e) {
        throw thrown(e.getCause());
      }
    }

    /** Whether it was still under way. */
    private boolean givesUp() {
      boolean isLost = outcome.cancel(false);
      if (isLost) {
        lost.incrementAndGet();
        thread.interrupt();
      }
      return isLost;
    }

    private static void close(Connection connection) {
      try {
        connection.close();
      } catch (SQLException e) {
        log.debug("A connection that nobody waited for could not be closed", e);
      }
    }

    private static SQLException thrown(@Nullable Throwable cause) {
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      if (cause instanceof Error failure) {
        throw failure;
      }
      return cause instanceof SQLException failure
          ? failure
          : new SQLException("the data source has failed", cause);
    }
  }

  @Override
  public PrintWriter getLogWriter() throws SQLException {
    return dataSource.getLogWriter();
  }

  @Override
  public void setLogWriter(PrintWriter out) throws SQLException {
    dataSource.setLogWriter(out);
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    dataSource.setLoginTimeout(seconds);
  }

  @Override
  public int getLoginTimeout() throws SQLException {
    return dataSource.getLoginTimeout();
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    return dataSource.getParentLogger();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return type.isInstance(dataSource) ? type.cast(dataSource) : dataSource.unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return type.isInstance(dataSource) || dataSource.isWrapperFor(type);
  }
}
