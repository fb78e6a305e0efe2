package dev.cairn.chaos.fleet;

import dev.cairn.chaos.proxy.Proxy;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * PgBouncer in transaction mode, on a port of the loopback address. Its console does not accept the
 * JDBC driver, so it is controlled by signals. Used by one thread at a time.
 */
public final class PgBouncer implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(20);
  private static final long INTERVAL_MILLIS = 50;

  /**
   * Writes its first line into the file of users, which contains the password. Passes signals on.
   * When its input ends, on demand or with this JVM, or when Ctrl-C reaches it too, it kills the
   * program and deletes the file.
   */
  private static final String GUARD =
      """
      umask 077; file=$1; shift; trap : HUP INT TERM
      IFS= read -r users; rm -f "$file"; printf '%s\\n' "$users" >"$file"
      "$@" & while read -r signal; do kill "-$signal" $!; done; kill -KILL $!; rm -f "$file"
      """;

  private final Target target;
  private final Path folder;
  private final int port;

  /** Two ways to the same server. A change of the address makes PgBouncer reconnect. */
  private final List<Proxy> ways;

  private int way;
  private Process guard;
  private BufferedWriter signals;

  private PgBouncer(Target target, Path folder, List<Proxy> ways) throws IOException {
    this.target = target;
    this.folder = folder;
    this.ways = ways;
    this.port = freePort();
    writeSettings();
    guard = launch();
    signals = guard.outputWriter(StandardCharsets.UTF_8);
  }

  /** The path of the program, if this machine has it. */
  public static Optional<Path> program() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(Stream.of(path.split(File.pathSeparator)), Stream.of("/usr/sbin"))
        .map(folder -> Path.of(folder, "pgbouncer"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts PgBouncer, and waits until it accepts connections.
   *
   * @param target supplies the server, for each connection
   * @param folder the folder for the settings and the log
   */
  public static PgBouncer start(Supplier<Target> target, Path folder)
      throws IOException, InterruptedException {
    var ways = new ArrayList<Proxy>();
    for (int i = 0; i < 2; i++) {
      ways.add(Proxy.start(() -> target.get().address()));
    }
    PgBouncer pooler;
    try {
      pooler = new PgBouncer(target.get(), folder, List.copyOf(ways));
    } catch (Throwable e) {
      for (Proxy way : ways) {
        way.close();
      }
      throw e;
    }
    try {
      pooler.await(true);
    } catch (Throwable e) {
      pooler.close();
      throw e;
    }
    return pooler;
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Kills PgBouncer with {@code kill -9}. */
  public void kill() throws IOException, InterruptedException {
    signals.close();
    guard.waitFor();
  }

  /** Stops PgBouncer after its open transactions have ended. */
  public void stop() throws IOException, InterruptedException {
    signal("INT");
    await(false);
    kill();
  }

  /** Starts PgBouncer again after it has ended. */
  public void startAgain() throws IOException, InterruptedException {
    guard = launch();
    signals = guard.outputWriter(StandardCharsets.UTF_8);
    await(true);
  }

  /** Makes PgBouncer replace each connection to the server after its transaction has ended. */
  public void reconnect() throws IOException {
    way = 1 - way;
    writeSettings();
    signal("HUP");
  }

  /** Pauses PgBouncer: open transactions end, and no other begins. */
  public void pause() throws IOException {
    signal("USR1");
  }

  /** Resumes PgBouncer after a pause. */
  public void resume() throws IOException {
    signal("USR2");
  }

  @Override
  public void close() throws IOException {
    signals.close();
    for (Proxy each : ways) {
      each.close();
    }
    // The guard deletes it too, but perhaps only after this folder is to be deleted.
    Files.deleteIfExists(users());
    Files.deleteIfExists(settings());
  }

  private void signal(String signal) throws IOException {
    signals.write(signal);
    signals.newLine();
    signals.flush();
  }

  private Process launch() throws IOException {
    var words = new ArrayList<>(List.of("sh", "-c", GUARD, "pgbouncer-guard", users().toString()));
    if ("root".equals(System.getProperty("user.name"))) {
      // PgBouncer refuses to run as root.
      words.addAll(List.of("unshare", "-U"));
    }
    words.add(
        program().orElseThrow(() -> new IOException("there is no pgbouncer here")).toString());
    words.add(settings().toString());
    Process started =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedWriter users = started.outputWriter(StandardCharsets.UTF_8);
    users.write("%s %s%n".formatted(quoted(target.user()), quoted(target.password())));
    users.flush();
    return started;
  }

  private void await(boolean listening) throws IOException, InterruptedException {
    long end = System.nanoTime() + START_MAX.toNanos();
    while (isListening() != listening) {
      if (System.nanoTime() - end > 0) {
        throw new IOException(
            "pgbouncer does not %s: see its log in %s"
                .formatted(listening ? "start" : "stop", folder));
      }
      TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
    }
  }

  private boolean isListening() {
    try (var socket = new Socket()) {
      socket.connect(address(), (int) START_MAX.toMillis());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void writeSettings() throws IOException {
    Files.writeString(
        settings(),
        """
        [databases]
        %s = host=127.0.0.1 port=%d
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = scram-sha-256
        auth_file = %s
        pool_mode = transaction
        max_client_conn = 500
        default_pool_size = 40
        ignore_startup_parameters = extra_float_digits, options, search_path
        server_tls_sslmode = disable
        server_login_retry = 1
        logfile = %s
        """
            .formatted(
                target.database(),
                ways.get(way).port(),
                port,
                users(),
                folder.resolve("pgbouncer.log")));
  }

  private Path settings() {
    return folder.resolve("pgbouncer.ini");
  }

  private Path users() {
    return folder.resolve("pgbouncer.users");
  }

  private static String quoted(String text) {
    return '"' + text.replace("\"", "\"\"") + '"';
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
