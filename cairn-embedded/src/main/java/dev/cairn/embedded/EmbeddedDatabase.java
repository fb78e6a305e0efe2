package dev.cairn.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server that runs as a child process of this JVM, even if the user is root.
 * Thread-safe.
 *
 * <p>The server listens on the loopback address only, and every login needs its password, which is
 * random and known only to this process. The server ends with {@link #close()}, or when this JVM
 * ends, even by {@code kill -9} of its process group. It leaves only the unpacked programs: about
 * 60 MB in the user's own cache, {@code XDG_CACHE_HOME} or the usual place of the platform. The
 * next server uses them again. Without such a cache, the programs are unpacked for each server and
 * deleted with it.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  private static final int STARTS = 3;
  private static final int SLOT_MILLIS = 5_000;
  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

  /** duplicate_database, and unique_violation if the other one was created at the same time. */
  private static final Set<String> EXISTS = Set.of("42P04", "23505");

  private final PostgresProcess server;
  private final Map<String, String> settings;
  private final int port;
  private final Password password;
  private final ExitGuard guard;
  private final boolean shared;

  /** Run when the server has been closed. */
  private final Runnable afterwards;

  private final String version;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddedDatabase(
      PostgresProcess server,
      Map<String, String> settings,
      int port,
      Password password,
      ExitGuard guard,
      boolean shared,
      Runnable afterwards) {
    this.server = server;
    this.settings = settings;
    this.port = port;
    this.password = password;
    this.guard = guard;
    this.shared = shared;
    this.afterwards = afterwards;
    this.version = ask("SHOW server_version");
  }

  /**
   * Starts a server with {@link ServerOptions#defaults()}.
   *
   * @throws EmbeddedDatabaseException if the server does not start
   */
  public static EmbeddedDatabase start() {
    return start(ServerOptions.defaults());
  }

  /**
   * Starts a server. This takes about a second.
   *
   * @throws EmbeddedDatabaseException if the server does not start, for example because no
   *     PostgreSQL for this platform is on the classpath
   */
  public static EmbeddedDatabase start(ServerOptions options) {
    return start(options, false);
  }

  /**
   * The shared server of this JVM. The first call starts it, and it ends with the JVM; {@link
   * #close()} has no effect on it. The server is for tests: it may lose data if the machine crashes
   * ({@code fsync} and {@code synchronous_commit} are off), and accepts 300 connections. Its time
   * zone is Asia/Kathmandu, in which mistakes with time zones become visible.
   *
   * @throws EmbeddedDatabaseException if the server does not start. The next call tries again
   */
  public static EmbeddedDatabase shared() {
    return Shared.server();
  }

  /** The version of the server, for example {@code 18.6}. */
  public String serverVersion() {
    return version;
  }

  /**
   * Creates an empty database with a unique name.
   *
   * @throws EmbeddedDatabaseException if the server does not create it
   */
  public FreshDatabase newDatabase() {
    return create("");
  }

  /**
   * Creates a copy of another database of this server, with a unique name. Copying a migrated
   * database is faster than migrating a new one.
   *
   * @param original the database to copy. Nobody may be connected to it
   * @throws EmbeddedDatabaseException if somebody is connected to the original
   * @throws IllegalArgumentException if the database is one of another server
   */
  public FreshDatabase copyOf(FreshDatabase original) {
    requireOurs(original);
    return create(" TEMPLATE " + quoted(original.name()));
  }

  private FreshDatabase create(String options) {
    String name = "cairn_" + UUID.randomUUID().toString().replace("-", "").substring(0, 16);
    run("CREATE DATABASE " + quoted(name) + options);
    return named(name);
  }

  /**
   * The database with this name. It is created if it does not exist. Use this to find a database
   * again in a data directory that was kept.
   *
   * @param name lower-case letters, digits and underscores
   * @throws IllegalArgumentException if the name has other characters
   */
  public FreshDatabase database(String name) {
    check(name);
    if (ask("SELECT count(*) FROM pg_database WHERE datname = '" + name + "'").equals("0")) {
      createUnlessItExists(name);
    }
    return named(name);
  }

  /** Another thread may create it at the same time. */
  private void createUnlessItExists(String name) {
    try {
      run("CREATE DATABASE " + quoted(name));
    } catch (EmbeddedDatabaseException e) {
      if (!(e.getCause() instanceof SQLException refusal)
          || !EXISTS.contains(refusal.getSQLState())) {
        throw e;
      }
    }
  }

  /**
   * Drops a database of this server, and ends the connections to it. Does nothing if there is no
   * such database. Databases that are not dropped need disk space until the server is closed.
   *
   * @throws EmbeddedDatabaseException if the server does not drop it, for example because of a
   *     prepared transaction in it
   * @throws IllegalArgumentException if the database is one of another server
   */
  public void drop(FreshDatabase database) {
    requireOurs(database);
    run("DROP DATABASE IF EXISTS %s WITH (FORCE)".formatted(quoted(database.name())));
  }

  private void requireOurs(FreshDatabase database) {
    check(database.name());
    if (database.port() != port) {
      throw new IllegalArgumentException(
          "database %s is one of the server on port %d, and this one is on port %d"
              .formatted(database.name(), database.port(), port));
    }
  }

  /** It may be a word of SQL, such as {@code user}. */
  private static String quoted(String name) {
    return '"' + name + '"';
  }

  /**
   * Starts a streaming standby of this server, which accepts reads. This takes some seconds. The
   * standby has the settings and the password of this server, and ends with its own {@link
   * #close()}. It is asynchronous until this server's {@code synchronous_standby_names} names it.
   *
   * <p>This server keeps the WAL that the standby has not received yet in a replication slot of
   * this name, without a limit. The slot is dropped when the standby is closed, even after {@link
   * #promote()}, if this server then still runs.
   *
   * @param standbyName lower-case letters, digits and underscores; no two standbys of a server may
   *     share one
   * @param primaryPort the port on the loopback address through which the standby reaches this
   *     server: the port of this server, or of a proxy
   * @throws EmbeddedDatabaseException if the standby does not start
   * @throws IllegalArgumentException if the name has other characters
   */
  public EmbeddedDatabase standby(String standbyName, int primaryPort) {
    check(standbyName);
    try {
      Path scratch = Files.createTempDirectory("cairn-postgres-").toRealPath();
      var standby =
          new PostgresProcess(server.home(), scratch, scratch.resolve("data"), server.user());
      ExitGuard standbyGuard =
          ExitGuard.over(standby.data(), scratch, standby.user(), () -> end(standby));
      boolean hasSlot = false;
      try {
        run("SELECT pg_create_physical_replication_slot('%s', true)".formatted(standbyName));
        hasSlot = true;
        try (Connection connection = named("postgres").dataSource().getConnection()) {
          standby.prepareStandby(
              server.data(), connection, standbySettings(standbyName, primaryPort));
        }
        int itsPort = startOnPort(standby, ServerOptions.of(settings));
        return new EmbeddedDatabase(
            standby,
            settings,
            itsPort,
            password,
            standbyGuard,
            false,
            () -> dropSlotOfEnded(standbyName));
      } catch (Throwable e) {
        giveUp(standby, standbyGuard, e);
        if (hasSlot) {
          dropSlot(standbyName, e);
        }
        throw e;
      }
    } catch (IOException e) {
      throw doesNotStart(e);
    } catch (SQLException e) {
      throw failed("refused a statement", e);
    }
  }

  /** Otherwise the server would keep all WAL for a standby that never comes. */
  private void dropSlot(String standbyName, Throwable cause) {
    try {
      run("SELECT pg_drop_replication_slot('%s')".formatted(standbyName));
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  /** The standby has ended. Its connection to this server may end a moment later. */
  private void dropSlotOfEnded(String standbyName) {
    if (closed.get()) {
      return;
    }
    // A test may have frozen this server: then it accepts the connection, and never answers.
    DataSource impatient = named("postgres").dataSource(2 * SLOT_MILLIS / 1_000);
    try {
      run(
          impatient,
          """
          SELECT pg_terminate_backend(active_pid, %d) FROM pg_replication_slots
          WHERE slot_name = '%s' AND active_pid IS NOT NULL
          """
              .formatted(SLOT_MILLIS, standbyName));
      run(
          impatient,
          """
          SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
          WHERE slot_name = '%s' AND NOT active
          """
              .formatted(standbyName));
    } catch (EmbeddedDatabaseException e) {
      // This server has ended, and its slots with it, or is frozen; or somebody else has just
      // dropped the slot.
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
   * Makes this standby a primary, on a timeline of its own, and returns when it accepts writes.
   * Does not change or stop the former primary.
   *
   * @throws EmbeddedDatabaseException if this server is not a standby
   */
  public void promote() {
    try {
      server.promote();
    } catch (IOException e) {
      throw failed("cannot be promoted", e);
    }
  }

  /**
   * Ends the server as in a crash: it finishes no transaction and informs no client. For tests of
   * crashes. The data stays until {@link #close()}.
   *
   * @throws EmbeddedDatabaseException if the server does not end
   */
  public void crash() {
    try {
      server.crash();
    } catch (IOException e) {
      throw failed("does not crash", e);
    }
  }

  /**
   * Stops the server, and deletes its data unless {@link ServerOptions#withDataDirectory} names
   * their directory. Transactions in progress are rolled back.
   *
   * @throws EmbeddedDatabaseException if the server does not stop. The next call tries again, and
   *     the server ends with this JVM at the latest
   */
  @Override
  public void close() {
    if (!shared && closed.compareAndSet(false, true)) {
      try {
        end(server);
      } catch (EmbeddedDatabaseException e) {
        closed.set(false);
        throw e;
      }
      guard.release();
      afterwards.run();
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

  /** Starts a server as a given user, for tests. */
  static EmbeddedDatabase start(
      ServerOptions options, boolean shared, Path scratch, ServerUser user) {
    Path kept = options.dataDirectory();
    Path data = kept == null ? scratch.resolve("data") : kept.toAbsolutePath();
    Password password = Password.random();
    try {
      var server = new PostgresProcess(programs(user, scratch), scratch, data, user);
      ExitGuard guard = ExitGuard.over(data, scratch, user, () -> end(server));
      try {
        server.prepare(password);
        int port = startOnPort(server, options);
        return new EmbeddedDatabase(
            server, options.settings(), port, password, guard, shared, () -> {});
      } catch (Throwable e) {
        giveUp(server, guard, e);
        throw e;
      }
    } catch (IOException e) {
      throw doesNotStart(e);
    }
  }

  /** Leaves nothing of a start that failed: no process, no folder. */
  private static void giveUp(PostgresProcess server, ExitGuard guard, Throwable cause) {
    try {
      end(server);
      if (!Thread.currentThread().isInterrupted()) {
        // Otherwise the server may still be starting, and the guard ends it with this JVM.
        guard.release();
      }
    } catch (RuntimeException e) {
      // The guard tries again when this JVM ends.
      cause.addSuppressed(e);
    }
  }

  private static Path programs(ServerUser user, Path scratch) throws IOException {
    try {
      return BinariesCache.of(user, scratch).home(Binaries.ofThisPlatform().archive(), scratch);
    } catch (IOException | EmbeddedDatabaseException e) {
      // No guard ends the server yet.
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

  /** Another program may take the free port before PostgreSQL uses it, so this tries again. */
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
      throw failed("does not stop", e);
    }
  }

  private FreshDatabase named(String name) {
    return new FreshDatabase(
        PostgresProcess.HOST, port, name, PostgresProcess.SUPERUSER, password.text());
  }

  private void run(String sql) {
    run(named("postgres").dataSource(), sql);
  }

  private static void run(DataSource dataSource, String sql) {
    try (Connection connection = dataSource.getConnection();
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

  /** Holds the shared server of this JVM. If the start fails, the next caller tries again. */
  private static final class Shared {
    private static final ServerOptions OPTIONS =
        ServerOptions.forTests()
            .withSetting("synchronous_commit", "off")
            .withSetting("full_page_writes", "off")
            .withSetting("max_connections", "300")
            // It would look at each of many small databases every minute, and no test waits for it.
            .withSetting("autovacuum_naptime", "3600")
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
