package dev.cairn;

import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import dev.cairn.migrate.Migrator;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A fresh database for one test class, on the server that all tests of a run share.
 *
 * <pre>{@code
 * @RegisterExtension static final TestDatabase database = new TestDatabase();
 * }</pre>
 *
 * It is made and migrated when it is first asked for. Thread-safe.
 */
public final class TestDatabase implements AfterAllCallback {
  static {
    // A busy machine or a slow disk is no failure: whoever waits without a limit of its own has
    // this.
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
  }

  private static final int CONNECTIONS = 20;
  private static final String SCHEMA = "cairn_test";

  private final boolean migrated;
  private final @Nullable ServerOptions options;
  private @Nullable EmbeddedDatabase own;
  private @Nullable FreshDatabase fresh;
  private @Nullable HikariDataSource pool;

  /** With Cairn's tables in a schema of its own. */
  public TestDatabase() {
    this(true, null);
  }

  private TestDatabase(boolean migrated, @Nullable ServerOptions options) {
    this.migrated = migrated;
    this.options = options;
  }

  /** On a server of its own, for settings that only a start takes up. */
  public static TestDatabase onServerWith(ServerOptions options) {
    return new TestDatabase(true, options);
  }

  /** Without any tables, for tests of the migrations themselves. */
  public static TestDatabase empty() {
    return new TestDatabase(false, null);
  }

  /** A pool of at most 20 connections; {@link #schema()} is first in their search path. */
  public synchronized DataSource dataSource() {
    if (pool == null) {
      pool = open();
    }
    return pool;
  }

  /**
   * Another pool, all of whose connections are open. For tests with many clients: a pool opens one
   * connection after the other, so that on a busy machine the heartbeats of the last clients would
   * come too late.
   */
  public HikariDataSource fullPool(int connections) {
    var config = new HikariConfig();
    config.setDataSource(fresh().dataSource());
    config.setSchema(SCHEMA);
    config.setMaximumPoolSize(connections);
    config.setPoolName("full-pool");
    var full = new HikariDataSource(config);
    await("all connections to be open")
        .atMost(Duration.ofMinutes(2))
        .until(() -> full.getHikariPoolMXBean().getIdleConnections() == connections);
    return full;
  }

  /** By which other pools and processes find the database, and get in. */
  public synchronized FreshDatabase fresh() {
    dataSource();
    return Objects.requireNonNull(fresh);
  }

  /** Closes the idle connections. Their sessions end soon. */
  public synchronized void closeIdle() {
    if (pool != null) {
      pool.getHikariPoolMXBean().softEvictConnections();
    }
  }

  /** The schema with the tables. */
  public String schema() {
    return SCHEMA;
  }

  /** Runs one statement with its values for the question marks. */
  public int execute(String sql, @Nullable Object... values) {
    return with(sql, values, PreparedStatement::executeUpdate);
  }

  /** All rows, each by column label. */
  public List<Map<String, @Nullable Object>> query(String sql, @Nullable Object... values) {
    return with(sql, values, statement -> rows(statement.executeQuery()));
  }

  /** The first column of the one row that there must be, as text. */
  public @Nullable String text(String sql, @Nullable Object... values) {
    return with(sql, values, statement -> only(statement.executeQuery()));
  }

  /** How many clients listen for notifications: a notification that comes earlier is missed. */
  public long listening() {
    return number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE"
            + " 'LISTEN%'");
  }

  /** The first column of the one row that there must be, as a number, such as a count. */
  public long number(String sql, @Nullable Object... values) {
    String text = text(sql, values);
    if (text == null) {
      throw new IllegalStateException("null instead of a number: " + sql);
    }
    return Long.parseLong(text);
  }

  @Override
  public synchronized void afterAll(ExtensionContext context) {
    if (pool != null) {
      pool.close();
      pool = null;
    }
    if (own != null) {
      own.close();
      own = null;
    }
  }

  private HikariDataSource open() {
    if (options != null) {
      own = EmbeddedDatabase.start(options);
    }
    boolean copied = own == null && migrated;
    if (copied) {
      fresh = EmbeddedDatabase.shared().copyOf(Template.DATABASE);
    } else {
      fresh = (own == null ? EmbeddedDatabase.shared() : own).newDatabase();
      createSchema(fresh);
    }
    HikariConfig config = new HikariConfig();
    config.setDataSource(fresh.dataSource());
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(0);
    config.setSchema(SCHEMA);
    config.setPoolName("test-database");
    HikariDataSource opened = new HikariDataSource(config);
    if (migrated && !copied) {
      Migrator.of(opened).inSchema(SCHEMA).up();
    }
    return opened;
  }

  /** Migrated once for all classes of a run, and copied for each. */
  private static final class Template {
    static final FreshDatabase DATABASE = migrated();

    private static FreshDatabase migrated() {
      FreshDatabase empty = EmbeddedDatabase.shared().newDatabase();
      createSchema(empty);
      Migrator.of(empty.dataSource()).inSchema(SCHEMA).up();
      return empty;
    }
  }

  private static void createSchema(FreshDatabase empty) {
    try (Connection connection = empty.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA " + SCHEMA);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private <T extends @Nullable Object> T with(
      String sql, @Nullable Object[] values, StatementBody<T> body) {
    try (Connection connection = dataSource().getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      return body.run(statement);
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage() + " in: " + sql, e);
    }
  }

  private static List<Map<String, @Nullable Object>> rows(ResultSet rows) throws SQLException {
    ResultSetMetaData columns = rows.getMetaData();
    var all = new ArrayList<Map<String, @Nullable Object>>();
    while (rows.next()) {
      var row = new LinkedHashMap<String, @Nullable Object>();
      for (int i = 1; i <= columns.getColumnCount(); i++) {
        row.put(columns.getColumnLabel(i), rows.getObject(i));
      }
      all.add(row);
    }
    return all;
  }

  private static @Nullable String only(ResultSet rows) throws SQLException {
    if (!rows.next()) {
      throw new IllegalStateException("no row");
    }
    String text = rows.getString(1);
    if (rows.next()) {
      throw new IllegalStateException("more than one row");
    }
    return text;
  }

  @FunctionalInterface
  private interface StatementBody<T extends @Nullable Object> {
    T run(PreparedStatement statement) throws SQLException;
  }
}
