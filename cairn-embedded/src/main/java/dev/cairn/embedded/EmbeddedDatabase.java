package dev.cairn.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server of our own, run as a child process, also by root. Thread-safe.
 *
 * <p>It listens on the loopback address only, and lets in only who knows its password, which is
 * random and known to this process alone. It ends with {@link #close()}, and after this JVM
 * whatever ended that, and leaves nothing behind but the unpacked binaries: some 60 MB in the
 * user's own cache, {@code XDG_CACHE_HOME} or the usual place of the platform, used again next
 * time. Without such a place they are unpacked for each server and deleted with it.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  private static final int STARTS = 3;
  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

  private final PostgresProcess server;
  private final Map<String, String> settings;
  private final int port;
  private final Password password;
  private final ExitGuard guard;
  private final boolean shared;
  private final String version;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddedDatabase(
      PostgresProcess server,
      Map<String, String> settings,
      int port,
      Password password,
      ExitGuard guard,
      boolean shared) {
    this.server = server;
    this.settings = settings;
    this.port = port;
    this.password = password;
    this.guard = guard;
    this.shared = shared;
    this.version = ask("SHOW server_version");
  }

  /** Starts a server with {@link ServerOptions#defaults()}. */
  public static EmbeddedDatabase start() {
    return start(ServerOptions.defaults());
  }

  /**
   * Starts a server; takes about a second.
   *
   * @throws EmbeddedDatabaseException if it does not come up, among others because no PostgreSQL
   *     for this platform is on the classpath
   */
  public static EmbeddedDatabase start(ServerOptions options) {
    return start(options, false);
  }

  /**
   * The one server of this JVM, started by the first call and ended with the JVM; {@link #close()}
   * has no effect on it. Made for tests: it may lose data when the machine crashes ({@code fsync}
   * and {@code synchronous_commit} off), has room for 300 connections, and its time zone,
   * Asia/Kathmandu, is one in which a mistake with time zones shows.
   */
  public static EmbeddedDatabase shared() {
    return Shared.server();
  }

  /** The version of the server, for example {@code 18.6}. */
  public String serverVersion() {
    return version;
  }

  /** Creates an empty database with a name that no other has. */
  public FreshDatabase newDatabase() {
    return create("");
  }

  /**
   * Creates a copy of another database of this server, with a name that no other has. A copy of a
   * database that is migrated once is there sooner than a new one is migrated.
   *
   * @param original nobody may be connected to it
   * @throws EmbeddedDatabaseException if somebody is
   */
  public FreshDatabase copyOf(FreshDatabase original) {
    check(original.name());
    return create(" TEMPLATE " + original.name());
  }

  private FreshDatabase create(String options) {
    String name = "cairn_" + UUID.randomUUID().toString().replace("-", "").substring(0, 16);
    run("CREATE DATABASE " + name + options);
    return named(name);
  }

  /**
   * The database with this name, created if there is none: the way back to what a kept data
   * directory holds.
   *
   * @param name lower-case letters, digits and underscores
   */
  public FreshDatabase database(String name) {
    check(name);
    if (ask("SELECT count(*) FROM pg_database WHERE datname = '" + name + "'").equals("0")) {
      run("CREATE DATABASE " + name);
    }
    return named(name);
  }

  /**
   * Starts a streaming standby of this server, which can be read from; takes some seconds. It has
   * the settings and the password of this server, and ends with its own {@link #close()}. It is
   * asynchronous until this server's {@code synchronous_standby_names} names it.
   *
   * <p>This server keeps what the standby has not received yet, without a limit, in a replication
   * slot of this name.
   *
   * @param standbyName lower-case letters, digits and underscores; no two standbys of a server may
   *     share one
   * @param primaryPort the port of the loopback address at which the standby reaches this server:
   *     that of this server, or of a proxy
   * @throws EmbeddedDatabaseException if it does not come up
   */
  public EmbeddedDatabase standby(String standbyName, int primaryPort) {
    check(standbyName);
    try {
      Path scratch = Files.createTempDirectory("cairn-postgres-").toRealPath();
      var standby =
          new PostgresProcess(server.home(), scratch, scratch.resolve("data"), server.user());
      ExitGuard standbyGuard =
          ExitGuard.over(standby.data(), scratch, standby.user(), () -> end(standby));
      try (Connection connection = named("postgres").dataSource().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(
            "SELECT pg_create_physical_replication_slot('%s', true)".formatted(standbyName));
        standby.prepareStandby(
            server.data(), connection, standbySettings(standbyName, primaryPort));
      }
      int itsPort = startOnPort(standby, ServerOptions.of(settings));
      return new EmbeddedDatabase(standby, settings, itsPort, password, standbyGuard, false);
    } catch (IOException e) {
      throw doesNotStart(e);
    } catch (SQLException e) {
      throw failed("refused a statement", e);
    }
  }

  private String standbySettings(String standbyName, int primaryPort) {
    return """
    primary_conninfo = 'host=%s port=%d user=%s password=%s application_name=%s sslmode=disable'
    primary_slot_name = '%s'
    wal_retrieve_retry_interval = '200ms'
    """
        .formatted(
            PostgresProcess.HOST,
            primaryPort,
            PostgresProcess.SUPERUSER,
            password.text(),
            standbyName,
            standbyName);
  }

  /**
   * Makes this standby a primary, on a timeline of its own, and returns when it can be written to.
   * It does not care what becomes of the server that it was a standby of.
   *
   * @throws EmbeddedDatabaseException if it is no standby
   */
  public void promote() {
    try {
      server.promote();
    } catch (IOException e) {
      throw failed("cannot be promoted", e);
    }
  }

  /**
   * Ends the server as a crash would: it finishes nothing, and tells no client. For tests of what
   * comes after that. Its data stays until {@link #close()}.
   *
   * @throws EmbeddedDatabaseException if it does not end
   */
  public void crash() {
    try {
      server.crash();
    } catch (IOException e) {
      throw failed("does not crash", e);
    }
  }

  /** Stops the server and deletes its data, unless they were given a directory to stay in. */
  @Override
  public void close() {
    if (!shared && closed.compareAndSet(false, true)) {
      end(server);
      guard.release();
    }
  }

  private static void check(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name '%s' must be lower-case letters, digits and underscores".formatted(name));
    }
  }

  private static EmbeddedDatabase start(ServerOptions options, boolean shared) {
    try {
      Path scratch = Files.createTempDirectory("cairn-postgres-").toRealPath();
      return start(options, shared, scratch, ServerUser.of(scratch));
    } catch (IOException e) {
      throw doesNotStart(e);
    }
  }

  /** For tests, which choose the user. */
  static EmbeddedDatabase start(
      ServerOptions options, boolean shared, Path scratch, ServerUser user) {
    Path kept = options.dataDirectory();
    Path data = kept == null ? scratch.resolve("data") : kept.toAbsolutePath();
    Password password = Password.random();
    try {
      var server = new PostgresProcess(programs(user, scratch), scratch, data, user);
      ExitGuard guard = ExitGuard.over(data, scratch, user, () -> end(server));
      server.prepare(password);
      int port = startOnPort(server, options);
      return new EmbeddedDatabase(server, options.settings(), port, password, guard, shared);
    } catch (IOException e) {
      throw doesNotStart(e);
    }
  }

  private static Path programs(ServerUser user, Path scratch) throws IOException {
    try {
      return BinariesCache.of(user, scratch).home(Binaries.ofThisPlatform().archive(), scratch);
    } catch (IOException | EmbeddedDatabaseException e) {
      // Nobody watches over it yet.
      Folders.delete(scratch);
      throw e;
    }
  }

  private static EmbeddedDatabaseException doesNotStart(IOException e) {
    return new EmbeddedDatabaseException(
        "embedded PostgreSQL does not start: %s [CAIRN-801]".formatted(e.getMessage()), e);
  }

  private static EmbeddedDatabaseException failed(String what, Exception e) {
    return new EmbeddedDatabaseException(
        "embedded PostgreSQL %s: %s [CAIRN-805]".formatted(what, e.getMessage()), e);
  }

  /** Between our search for a free port and PostgreSQL's use of it, somebody may take it. */
  private static int startOnPort(PostgresProcess server, ServerOptions options) throws IOException {
    for (int tries = options.port() == 0 ? STARTS : 1; ; tries--) {
      int port = options.port() == 0 ? PostgresProcess.freePort() : options.port();
      try {
        server.start(port, options.settings());
        return port;
      } catch (IOException e) {
        boolean taken = String.valueOf(e.getMessage()).contains("could not bind");
        if (!taken || tries == 1) {
          throw e;
        }
      }
    }
  }

  private static void end(PostgresProcess server) {
    try {
      server.stop();
      Folders.delete(server.scratch());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "embedded PostgreSQL does not stop: %s [CAIRN-805]".formatted(e.getMessage()), e);
    }
  }

  private FreshDatabase named(String name) {
    return new FreshDatabase(
        PostgresProcess.HOST, port, name, PostgresProcess.SUPERUSER, password.text());
  }

  private void run(String sql) {
    try (Connection connection = named("postgres").dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw failed("refused a statement", e);
    }
  }

  private String ask(String sql) {
    try (Connection connection = named("postgres").dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException e) {
      throw failed("refused a statement", e);
    }
  }

  /** Keeps the server of this JVM. A failed start is tried again by the next caller. */
  private static final class Shared {
    private static final ServerOptions OPTIONS =
        ServerOptions.defaults()
            .withSetting("fsync", "off")
            .withSetting("synchronous_commit", "off")
            .withSetting("full_page_writes", "off")
            .withSetting("max_connections", "300")
            .withSetting("timezone", "Asia/Kathmandu");
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static @Nullable EmbeddedDatabase server;

    static EmbeddedDatabase server() {
      LOCK.lock();
      try {
        if (server == null) {
          server = start(OPTIONS, true);
        }
        return server;
      } finally {
        LOCK.unlock();
      }
    }
  }
}
