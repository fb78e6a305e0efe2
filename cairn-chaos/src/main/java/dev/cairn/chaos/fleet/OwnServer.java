package dev.cairn.chaos.fleet;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server of our own. It can be restarted while the fleet runs, and replaced by a
 * standby. Thread-safe.
 */
public final class OwnServer implements AutoCloseable {
  private static final String WAIT_SECONDS = "60";
  private static final int NOT_RUNNING = 3;
  private static final Duration RECOVERY_MAX = Duration.ofSeconds(60);
  private static final long INTERVAL_MILLIS = 200;

  /** The role of the workers, which may do no more than a worker needs. */
  private static final String ROLE = "chaos_fleet";

  private static final ServerOptions OPTIONS =
      ServerOptions.forTests()
          .withSetting("max_connections", "150")
          .withSetting("wal_level", "replica")
          .withSetting("deadlock_timeout", "200ms")
          // Otherwise, the tables of a run of minutes would grow until the first vacuum, which
          // would look like a leak.
          .withSetting("autovacuum_naptime", "5s")
          // As connections.md recommends: a process that stands still must not hold its locks.
          .withSetting("idle_in_transaction_session_timeout", "3s");

  private final Path programs;
  private final Path log;
  private final Node first;
  private final @Nullable SmallDisk disk;
  private final AtomicInteger standbys = new AtomicInteger();
  private final String password = UUID.randomUUID().toString();
  private volatile Node node;

  private OwnServer(Node node, @Nullable SmallDisk disk, Path folder) throws SQLException {
    this.first = node;
    this.disk = disk;
    this.node = node;
    this.programs = Path.of(node.sql().text("SELECT setting FROM pg_config WHERE name = 'BINDIR'"));
    this.log = folder.resolve("pg_ctl.log");
    node.sql().execute("CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(ROLE, password));
  }

  /**
   * Starts a server with the settings that the guide recommends.
   *
   * @param folder the folder for the output of its programs
   */
  public static OwnServer start(Path folder) throws SQLException {
    EmbeddedDatabase server = EmbeddedDatabase.start(OPTIONS);
    try {
      return new OwnServer(new Node(server, server.newDatabase()), null, folder);
    } catch (SQLException e) {
      server.close();
      throw e;
    }
  }

  /**
   * Starts a server with its data on a small disk, which can be filled.
   *
   * @throws IOException if this user cannot mount a disk
   */
  public static OwnServer startOnSmallDisk(Path folder)
      throws SQLException, IOException, InterruptedException {
    SmallDisk disk = SmallDisk.mount(Files.createDirectory(folder.resolve("disk")));
    try {
      EmbeddedDatabase server =
          EmbeddedDatabase.start(
              OPTIONS
                  .withDataDirectory(disk.folder().resolve("data"))
                  .withSetting("min_wal_size", "32MB")
                  .withSetting("max_wal_size", "64MB")
                  // Otherwise the server reuses old WAL files, and a full disk has no effect.
                  .withSetting("wal_recycle", "off"));
      return new OwnServer(new Node(server, server.newDatabase()), disk, folder);
    } catch (SQLException | RuntimeException e) {
      disk.close();
      throw e;
    }
  }

  /** The address of the current primary. */
  public Target target() {
    FreshDatabase database = node.database();
    return new Target(
        database.host(),
        database.port(),
        database.name(),
        database.user(),
        database.password(),
        Target.Encryption.NEVER);
  }

  /** The same database for the workers, whose role is not that of the attacks. */
  public Target workers() {
    Target all = target();
    return new Target(
        all.host(), all.port(), all.database(), ROLE, password, Target.Encryption.NEVER);
  }

  /** The role of the workers. */
  public String role() {
    return ROLE;
  }

  /** Restarts the server: {@code immediate} like a crash, {@code fast} in an orderly way. */
  public void restart(String mode) throws IOException, InterruptedException {
    control(node, "restart", "-m", mode);
  }

  /**
   * Fills the disk with the data of the server.
   *
   * @throws IllegalStateException if the data is not on a small disk, as after a failover
   */
  public void fillDisk() throws IOException {
    disk().fill();
  }

  /** Frees the disk, and waits until the server, which may have crashed, is available again. */
  public void freeDisk() throws IOException, InterruptedException {
    disk().free();
    long end = System.nanoTime() + RECOVERY_MAX.toNanos();
    while (!answers()) {
      if (System.nanoTime() - end > 0) {
        throw new IOException("the server does not recover within " + RECOVERY_MAX);
      }
      if (run(node, "status") == NOT_RUNNING) {
        control(node, "restart");
      }
      TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
    }
  }

  private boolean answers() {
    try {
      return node.sql().number("SELECT 1") == 1;
    } catch (SQLException e) {
      return false;
    }
  }

  private SmallDisk disk() {
    if (disk == null || !node.equals(first)) {
      throw new IllegalStateException("the server's data is not on a small disk");
    }
    return disk;
  }

  /**
   * Starts a standby of the server.
   *
   * @param synchronous whether COMMIT waits for the standby
   */
  public Standby standby(boolean synchronous) throws IOException, SQLException {
    return Standby.start(this, "standby_" + standbys.incrementAndGet(), synchronous);
  }

  Node node() {
    return node;
  }

  /** Directs all new connections to another server. */
  void lead(Node other) {
    node = other;
  }

  /** Starts the server again after a crash, on the same port. */
  void startAgain(Node crashed) throws IOException, InterruptedException {
    control(crashed, "restart");
  }

  private void control(Node controlled, String command, String... options)
      throws IOException, InterruptedException {
    int code = run(controlled, command, options);
    if (code != 0) {
      throw new IOException("pg_ctl %s ended with %d: see %s".formatted(command, code, log));
    }
  }

  private int run(Node controlled, String command, String... options)
      throws IOException, InterruptedException {
    var words = new ArrayList<String>();
    if ("root".equals(System.getProperty("user.name"))) {
      // PostgreSQL refuses to run as root; the files still belong to root.
      words.addAll(List.of("unshare", "-U"));
    }
    words.add(programs.resolve("pg_ctl").toString());
    words.addAll(List.of(command, "-D", controlled.data().toString(), "-w", "-t", WAIT_SECONDS));
    words.addAll(List.of(options));
    var builder = new ProcessBuilder(words).directory(controlled.data().toFile());
    builder.environment().put("LC_ALL", "C");
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start()
        .waitFor();
  }

  @Override
  public void close() throws IOException {
    node.server().close();
    if (disk != null) {
      disk.close();
    }
  }

  /** One server, with the database under attack. */
  record Node(EmbeddedDatabase server, FreshDatabase database, Path data) {
    Node(EmbeddedDatabase server, FreshDatabase database) throws SQLException {
      this(server, database, Path.of(new Sql(database.dataSource()).text("SHOW data_directory")));
    }

    int port() {
      return database.port();
    }

    Sql sql() {
      return new Sql(database.dataSource());
    }
  }
}
