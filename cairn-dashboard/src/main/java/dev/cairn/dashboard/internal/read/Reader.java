package dev.cairn.dashboard.internal.read;

import dev.cairn.dashboard.internal.read.TimelyDataSource.NoConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Reads the database, each time in one snapshot: a transaction that may only read, and whose
 * statements are ended after five seconds. A server that is silent for longer is given up. While it
 * is slow, only a few reads are under way at a time, because they have connections of the
 * application, whose jobs need them. Thread-safe.
 *
 * <p>Every statement here has a bound that does not depend on how many jobs there are. Tables are
 * read by an index, because the table of jobs may be huge and statistics may be old.
 */
public final class Reader {
  static final int TIMEOUT_MS = 5_000;

  /** More than a statement may take. */
  private static final int SILENCE_MS_MAX = 15_000;

  private static final int READS_MAX = 3;
  private static final int WAIT_MS_MAX = 2_000;

  /** A little longer than the next attempt takes. */
  private static final Duration RECENT = Duration.ofSeconds(20);

  private static final Pattern SCHEMA = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,45}");

  private static final String BEGIN =
      "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;"
          + "SET LOCAL statement_timeout = 5000;"
          + "SET LOCAL lock_timeout = 2000;"
          + "SET LOCAL enable_seqscan = off;"
          + "SET LOCAL jit = off;"
          + "SET LOCAL plan_cache_mode = force_custom_plan";

  private final DataSource dataSource;
  private final AtomicReference<@Nullable String> schema;
  private final int silenceMsMax;
  private final Semaphore places = new Semaphore(READS_MAX, true);

  /** When the data source has given no connection in time; null if it never was so. */
  private volatile @Nullable Long withoutConnection;

  /**
   * @param schema null for the connection's current schema
   */
  public Reader(DataSource dataSource, @Nullable String schema) {
    this(dataSource, schema, SILENCE_MS_MAX);
  }

  /** For tests: with another time that the server may be silent. */
  Reader(DataSource dataSource, @Nullable String schema, int silenceMsMax) {
    this.silenceMsMax = silenceMsMax;
    this.dataSource = dataSource;
    this.schema = new AtomicReference<>(schema == null ? null : checked(schema));
  }

  private static String checked(String schema) {
    if (!SCHEMA.matcher(schema).matches()) {
      throw new IllegalArgumentException(
          "invalid schema name '%s': use letters, digits and underscores".formatted(schema));
    }
    return schema;
  }

  /** Reads in a snapshot. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    T read(Snapshot snapshot) throws SQLException;
  }

  /**
   * Reads everything that {@code work} asks for as of one moment.
   *
   * @throws Busy if others read for too long
   */
  public <T extends @Nullable Object> T read(Work<T> work) {
    takePlace();
    try (Connection connection = dataSource.getConnection()) {
      withoutConnection = null;
      return Borrowed.<T>within(connection, silenceMsMax, borrowed -> snapshot(borrowed, work));
    } catch (NoConnection e) {
      withoutConnection = System.nanoTime();
      throw new FailedRead(e, schema.get());
    } catch (SQLException e) {
      throw new FailedRead(e, schema.get());
    } finally {
      places.release();
    }
  }

  private void takePlace() {
    try {
      if (!places.tryAcquire(WAIT_MS_MAX, TimeUnit.MILLISECONDS)) {
        throw new Busy(isWithoutConnection());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Busy(false);
    }
  }

  /** Whoever waits behind those that wait for a connection should know what these will be told. */
  private boolean isWithoutConnection() {
    Long last = withoutConnection;
    return last != null && System.nanoTime() - last < RECENT.toNanos();
  }

  private <T extends @Nullable Object> T snapshot(Connection connection, Work<T> work)
      throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(BEGIN);
    }
    T result = work.read(new Snapshot(connection, schema(connection)));
    connection.rollback();
    return result;
  }

  /** Statements within the transaction of the caller, with its limits. */
  public Snapshot in(Connection connection) throws SQLException {
    return new Snapshot(connection, schema(connection));
  }

  /** The schema's name; asks the database if it is not known yet. */
  public String schema() {
    return read(Snapshot::schema);
  }

  private String schema(Connection connection) throws SQLException {
    String known = schema.get();
    if (known != null) {
      return known;
    }
    String current = connection.getSchema();
    if (current == null) {
      throw new SQLException("the connection has no current schema", "3F000");
    }
    schema.set(checked(current));
    return current;
  }

  /** Too many others are under way. */
  public static final class Busy extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean withoutConnection;

    Busy(boolean withoutConnection) {
      super(
          "%d other reads of the dashboard are under way, and none has ended within %d ms [CAIRN-530]"
              .formatted(READS_MAX, WAIT_MS_MAX));
      this.withoutConnection = withoutConnection;
    }

    /** Whether the data source has given no connection in time lately. */
    public boolean withoutConnection() {
      return withoutConnection;
    }
  }

  /** A statement that failed. */
  public static final class FailedRead extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String schema;

    FailedRead(SQLException cause, @Nullable String schema) {
      super(cause.getMessage(), cause);
      this.schema = schema;
    }

    /** That was read; null if it is not known. */
    public @Nullable String schema() {
      return schema;
    }
  }
}
