package dev.cairn.chaos.fleet;

import dev.cairn.chaos.fleet.Target.Encryption;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A monitor of pg_auto_failover and two servers with synchronous replication, on ports of the
 * loopback address. When the primary dies, the monitor has the other one promoted. Clients are
 * directed to the server that reports itself as the primary, as by a proxy that checks the health
 * of both. Everything except {@link #target} is used by one thread.
 */
public final class AutoFailover implements AutoCloseable {
  private static final Duration WAIT_MAX = Duration.ofSeconds(90);
  private static final long INTERVAL_MILLIS = 200;
  private static final String HOST = "127.0.0.1";

  /** The name of the database, and of the superuser that uses it. */
  private static final String NAME = "cairn";

  private static final String OF_MONITOR = "pg_auto_failover";
  private static final boolean AS_ROOT = "root".equals(System.getProperty("user.name"));

  /** Kills a keeper and its server when its input ends: on demand, or with this JVM. */
  private static final String GUARD =
      """
      data=$1; shift
      setsid "$@" & read -r end
      server=$(head -n 1 "$data/postmaster.pid")
      kill -KILL "-$!"
      kill -KILL "$server"
      """;

  /** Without these settings, the monitor takes half a minute to find that a server is dead. */
  private static final Map<String, String> SOON =
      Map.of(
          "health_check_period", "1s",
          "health_check_timeout", "1s",
          "health_check_retry_delay", "500ms",
          "node_considered_unhealthy_timeout", "3s",
          "primary_demote_timeout", "3s",
          "startup_grace_period", "1s");

  private static final String IN_ORDER =
      """
      SELECT count(*) FROM pgautofailover.node
      WHERE reportedstate = goalstate AND reportedstate::text IN ('primary', 'secondary')
      """;

  private final Path logs;
  private final Path folder;
  private final Path programs;
  private final Node monitor;
  private final List<Node> servers;
  private volatile Node primary;
  private volatile boolean over;

  private AutoFailover(Path logs) throws IOException {
    this.logs = logs;
    this.folder = Files.createDirectory(logs.resolve("auto-failover"));
    Files.createDirectory(sockets());
    this.programs = programs().orElseThrow();
    this.monitor = new Node("monitor", freePort());
    this.servers = List.of(new Node("one", freePort()), new Node("two", freePort()));
    this.primary = servers.getFirst();
  }

  /** Whether this machine has pg_auto_failover for one of its PostgreSQL versions. */
  public static boolean isPossible() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.of(path.split(File.pathSeparator))
            .anyMatch(each -> Files.isExecutable(Path.of(each, "pg_autoctl")))
        && programs().isPresent();
  }

  /** The programs of the newest PostgreSQL that has the extension, where Debian keeps them. */
  private static Optional<Path> programs() {
    return Stream.of("18", "17", "16", "15", "14")
        .map(version -> Path.of("/usr/lib/postgresql", version))
        .filter(version -> Files.exists(version.resolve("lib/pgautofailover.so")))
        .map(version -> version.resolve("bin"))
        .findFirst();
  }

  /**
   * Starts the monitor and both servers, and waits until one follows the other.
   *
   * @param logs the folder for the logs of the programs, and for a folder with all other files
   */
  public static AutoFailover start(Path logs) throws IOException, InterruptedException {
    var started = new AutoFailover(logs);
    try {
      started.startAll();
      Thread.ofPlatform().name("health-check").daemon(true).start(started::checkHealth);
      return started;
    } catch (Throwable e) {
      started.close();
      throw e;
    }
  }

  private void startAll() throws IOException, InterruptedException {
    monitor.launch("create", "monitor", "--hostname", HOST, "--auth", "trust", "--no-ssl", "--run");
    await("the monitor does not start", this::hurryUp);
    for (Node server : servers) {
      server.launch(
          "create",
          "postgres",
          "--name",
          server.name,
          "--hostname",
          HOST,
          "--pghost",
          HOST,
          "--listen",
          HOST,
          "--dbname",
          NAME,
          "--username",
          NAME,
          "--auth",
          "trust",
          "--no-ssl",
          "--monitor",
          "postgres://autoctl_node@%s:%d/%s".formatted(HOST, monitor.port, OF_MONITOR),
          "--run");
      if (server.equals(primary)) {
        await("the first server does not start", () -> prepare(server));
      }
    }
    awaitPair();
  }

  private boolean hurryUp() throws SQLException {
    Sql superuser = monitor.sql(OF_MONITOR, AS_ROOT ? "nobody" : System.getProperty("user.name"));
    superuser.number("SELECT count(*) FROM pgautofailover.formation");
    for (var setting : SOON.entrySet()) {
      superuser.execute(
          "ALTER SYSTEM SET pgautofailover.%s = '%s'"
              .formatted(setting.getKey(), setting.getValue()));
    }
    superuser.execute("SELECT pg_reload_conf()");
    return true;
  }

  private boolean prepare(Node server) throws SQLException {
    server
        .sql()
        .execute(
            // For recovery, the server starts without the options of its keeper.
            "ALTER SYSTEM SET unix_socket_directories = '%s'".formatted(sockets()),
            // As connections.md recommends.
            "ALTER ROLE %s SET idle_in_transaction_session_timeout = '3s'".formatted(NAME));
    return true;
  }

  /** Waits until one server follows the other. */
  public void awaitPair() throws IOException, InterruptedException {
    await(
        "no server follows the other",
        () -> {
          // Copying a server begins with a checkpoint, which would take long without this one.
          primary.sql().execute("CHECKPOINT");
          return monitor.sql(OF_MONITOR, "autoctl_node").number(IN_ORDER) == servers.size();
        });
  }

  /** The server that last reported itself as the primary. */
  public Target target() {
    return primary.target(NAME, NAME);
  }

  /**
   * Kills the primary and its keeper with {@code kill -9}, waits until the other server is the
   * primary, and starts the first one again, which then follows.
   */
  public void failOver() throws IOException, InterruptedException {
    Node crashed = primary;
    crashed.kill();
    await("no server takes over", () -> !primary.equals(crashed));
    crashed.launch("run");
  }

  private void checkHealth() {
    try {
      while (!over) {
        for (Node server : servers) {
          if (server.isPrimary()) {
            primary = server;
          }
        }
        TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void await(String complaint, Condition condition)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + WAIT_MAX.toNanos();
    while (!condition.holdsNow()) {
      if (System.nanoTime() - end > 0) {
        throw new IOException(
            "pg_auto_failover: %s within %s: see its logs in %s"
                .formatted(complaint, WAIT_MAX, logs));
      }
      TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
    }
  }

  private Path sockets() {
    return folder.resolve("sockets");
  }

  @Override
  public void close() throws IOException {
    over = true;
    for (Node server : servers) {
      server.kill();
    }
    monitor.kill();
    List<Path> all;
    try (var files = Files.walk(folder)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Something to wait for. */
  private interface Condition {
    boolean holds() throws SQLException;

    default boolean holdsNow() {
      try {
        return holds();
      } catch (SQLException e) {
        return false;
      }
    }
  }

  /** A server with its keeper. */
  private final class Node {
    private final String name;
    private final int port;
    private @Nullable Process guard;

    private Node(String name, int port) {
      this.name = name;
      this.port = port;
    }

    private Target target(String database, String user) {
      return new Target(HOST, port, database, user, "", Encryption.NEVER);
    }

    private Sql sql(String database, String user) {
      return new Sql(target(database, user).direct());
    }

    private Sql sql() {
      return sql(NAME, NAME);
    }

    private boolean isPrimary() {
      try {
        return sql().number("SELECT CASE WHEN pg_is_in_recovery() THEN 0 ELSE 1 END") == 1;
      } catch (SQLException e) {
        return false;
      }
    }

    private void launch(String... command) throws IOException {
      String data = folder.resolve(name).toString();
      var words = new ArrayList<>(List.of("sh", "-c", GUARD, "auto-failover-guard", data));
      if (AS_ROOT) {
        // PostgreSQL refuses to run as root; the files still belong to root.
        words.addAll(List.of("unshare", "-U"));
      }
      words.add("pg_autoctl");
      words.addAll(Arrays.asList(command));
      words.addAll(List.of("--pgdata", data));
      if (!command[0].equals("run")) {
        words.addAll(
            List.of(
                "--pgport",
                Integer.toString(port),
                "--pgctl",
                programs.resolve("pg_ctl").toString()));
      }
      var builder = new ProcessBuilder(words).redirectErrorStream(true);
      setEnvironment(builder.environment());
      guard =
          builder
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(
                      logs.resolve("auto-failover-%s.log".formatted(name)).toFile()))
              .start();
    }

    private void setEnvironment(Map<String, String> variables) {
      variables.keySet().removeIf(each -> each.startsWith("PG"));
      variables.put("HOME", folder.toString());
      for (String each : List.of("CONFIG", "DATA")) {
        variables.put("XDG_%s_HOME".formatted(each), folder.resolve(each).toString());
      }
      variables.put("XDG_RUNTIME_DIR", sockets().toString());
      variables.put("PG_REGRESS_SOCK_DIR", sockets().toString());
      variables.put("LC_ALL", "C");
      variables.merge(
          "PATH", programs.toString(), (path, ours) -> ours + File.pathSeparator + path);
    }

    private void kill() throws IOException {
      Process running = guard;
      if (running != null) {
        guard = null;
        running.getOutputStream().close();
        running.onExit().join();
      }
    }
  }
}
