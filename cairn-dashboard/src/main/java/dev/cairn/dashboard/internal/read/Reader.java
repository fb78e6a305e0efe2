package dev.cairn.dashboard.internal.read;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Reads the database, each time in one snapshot: a transaction that may only read, and whose
 * statements are ended after five seconds. Thread-safe.
 *
 * <p>Every statement here has a bound that does not depend on how many jobs there are. Tables are
 * read by an index, because the table of jobs may be huge and statistics may be old.
 */
public final class Reader {
  static final int TIMEOUT_MS = 5_000;

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

  /**
   * @param schema null for the connection's current schema
   */
  public Reader(DataSource dataSource, @Nullable String schema) {
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

  /** Reads everything that {@code work} asks for as of one moment. */
  public <T extends @Nullable Object> T read(Work<T> work) {
    try (Connection connection = dataSource.getConnection()) {
      boolean autoCommit = connection.getAutoCommit();
      connection.setAutoCommit(false);
      try {
        try (var statement = connection.createStatement()) {
          statement.execute(BEGIN);
        }
        T result = work.read(new Snapshot(connection, schema(connection)));
        connection.rollback();
        connection.setAutoCommit(autoCommit);
        return result;
      } catch (Throwable e) {
        end(connection, autoCommit, e);
        throw e;
      }
    } catch (SQLException e) {
      throw new FailedRead(e, schema.get());
    }
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

  private static void end(Connection connection, boolean autoCommit, Throwable cause) {
    try {
      connection.rollback();
      connection.setAutoCommit(autoCommit);
    } catch (SQLException e) {
      cause.addSuppressed(e);
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
