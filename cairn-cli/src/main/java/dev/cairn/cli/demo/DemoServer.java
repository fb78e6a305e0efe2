package dev.cairn.cli.demo;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The demo's PostgreSQL. It can have a standby, for which each COMMIT waits, and which takes its
 * place. Used by one thread; the port may be asked for by others.
 */
final class DemoServer implements AutoCloseable {
  private static final Duration STREAMING_MAX = Duration.ofSeconds(60);
  private static final long POLL_MS = 50;

  private EmbeddedDatabase primary;
  private @Nullable EmbeddedDatabase standby;
  private volatile FreshDatabase database;
  private int standbys;

  /**
   * A worker may be frozen or cut off right before its COMMIT, and must not hold the lock of its
   * job then. Longer than any pause within a transaction of the demo.
   */
  private static final ServerOptions OPTIONS =
      ServerOptions.defaults().withSetting("idle_in_transaction_session_timeout", "5s");

  private DemoServer(EmbeddedDatabase primary) {
    this.primary = primary;
    this.database = primary.newDatabase();
  }

  static DemoServer start() {
    return new DemoServer(EmbeddedDatabase.start(OPTIONS));
  }

  String version() {
    return primary.serverVersion();
  }

  /** Where the database is now. */
  FreshDatabase database() {
    return database;
  }

  /** The port of the server that is the primary now. */
  int port() {
    return database.port();
  }

  /** Starts a standby, and waits until no COMMIT returns before the standby has it. */
  void addStandby() throws SQLException, InterruptedException {
    String name = "standby_" + ++standbys;
    standby = primary.standby(name, port());
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER SYSTEM SET synchronous_standby_names = '%s'".formatted(name));
      statement.execute("SELECT pg_reload_conf()");
      long until = System.nanoTime() + STREAMING_MAX.toNanos();
      while (!isSynchronous(statement)) {
        if (System.nanoTime() - until > 0) {
          throw new IllegalStateException(
              "the standby does not stream within %d s [CAIRN-905]"
                  .formatted(STREAMING_MAX.toSeconds()));
        }
        Thread.sleep(POLL_MS);
      }
    }
  }

  private static boolean isSynchronous(Statement statement) throws SQLException {
    try (ResultSet rows =
        statement.executeQuery(
            """
            SELECT EXISTS (
              SELECT FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync')
            """)) {
      rows.next();
      return rows.getBoolean(1);
    }
  }

  /** The primary crashes, and the standby takes its place. This does not redirect connections. */
  void failOver() {
    EmbeddedDatabase next = standby;
    if (next == null) {
      throw new IllegalStateException("there is no standby");
    }
    EmbeddedDatabase crashed = primary;
    crashed.crash();
    next.promote();
    primary = next;
    standby = null;
    database = next.database(database.name());
    crashed.close();
  }

  @Override
  public void close() {
    try {
      if (standby != null) {
        standby.close();
      }
    } finally {
      primary.close();
    }
  }
}
