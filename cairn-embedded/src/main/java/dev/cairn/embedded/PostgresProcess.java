package dev.cairn.embedded;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * PostgreSQL's own programs over one data directory.
 *
 * @param home where the programs are
 * @param scratch a folder for what is not data
 */
record PostgresProcess(Path home, Path scratch, Path data, ServerUser user) {
  static final String HOST = "127.0.0.1";
  static final String SUPERUSER = "postgres";

  /**
   * Who is let in, whatever the data directory says: it may come from a time when everybody was.
   */
  private static final String RULES =
      """
      local all         all              scram-sha-256
      local replication all              scram-sha-256
      host  all         all 127.0.0.1/32 scram-sha-256
      host  replication all 127.0.0.1/32 scram-sha-256
      """;

  private static final String WAIT_SECONDS = "60";
  private static final int LOG_LINES = 8;

  /** Makes the data directory, if there is none yet, and sets the superuser's password. */
  void prepare(Password password) throws IOException {
    prepareScratch();
    if (!Files.exists(data)) {
      Files.createDirectories(data.toAbsolutePath().getParent());
      Folders.createPrivateFolders(data);
    }
    user.own(data);
    if (Files.exists(data.resolve("PG_VERSION"))) {
      changePassword(password);
    } else {
      initialize(password);
    }
  }

  private void prepareScratch() throws IOException {
    if (user.isAnother()) {
      // The folder stays ours: in one of theirs they could exchange the files that we write to.
      Folders.letThrough(scratch);
    }
    user.own(Folders.createPrivateFile(log()));
    user.own(Files.writeString(Folders.createPrivateFile(rules()), RULES));
  }

  /**
   * Makes the data directory of a standby.
   *
   * @param primary the data directory of its primary
   * @param connection to the primary, of a superuser
   * @param settings what the standby needs to reach the primary
   */
  void prepareStandby(Path primary, Connection connection, String settings)
      throws IOException, SQLException {
    prepareScratch();
    Folders.createPrivateFolders(data);
    new BaseBackup(primary, data).take(connection);
    Folders.createPrivateFile(data.resolve("standby.signal"));
    // The last one holds, whatever the primary's own file says.
    Files.writeString(data.resolve("postgresql.auto.conf"), settings, StandardOpenOption.APPEND);
    user.ownAll(data);
  }

  /** Makes a standby a primary, and waits until it is one. */
  void promote() throws IOException {
    run(List.of(program("pg_ctl"), "promote", "-D", data.toString(), "-w", "-t", WAIT_SECONDS));
  }

  void start(int port, Map<String, String> settings) throws IOException {
    var options = new ArrayList<>(List.of("-p", Integer.toString(port), "-h", HOST));
    settings.forEach((name, value) -> options.addAll(List.of("-c", name + "=" + value)));
    // The last one holds.
    options.addAll(List.of("-c", "hba_file=" + quoted(rules())));
    run(
        List.of(
            program("pg_ctl"),
            "start",
            "-D",
            data.toString(),
            "-l",
            log().toString(),
            "-w",
            "-t",
            WAIT_SECONDS,
            "-o",
            String.join(" ", options)));
  }

  /** Does nothing if it does not run, as after a crash. */
  void stop() throws IOException {
    if (Files.exists(data.resolve("postmaster.pid"))) {
      stop("fast");
    }
  }

  /** Ends all its processes at once, without finishing anything. */
  void crash() throws IOException {
    stop("immediate");
  }

  private void stop(String mode) throws IOException {
    run(
        List.of(
            program("pg_ctl"),
            "stop",
            "-D",
            data.toString(),
            "-m",
            mode,
            "-w",
            "-t",
            WAIT_SECONDS));
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void initialize(Password password) throws IOException {
    Path file = Folders.createPrivateFile(scratch.resolve("verifier"));
    try {
      user.own(Files.writeString(file, password.verifier()));
      run(
          List.of(
              program("initdb"),
              "-D",
              data.toString(),
              "-U",
              SUPERUSER,
              "-A",
              "scram-sha-256",
              "--pwfile",
              file.toString(),
              "-E",
              "UTF8",
              "--locale=C",
              "--no-sync"));
    } finally {
      Files.delete(file);
    }
  }

  /** In a data directory that has the password of an earlier process. Nobody can connect yet. */
  private void changePassword(Password password) throws IOException {
    run(
        List.of(
            program("postgres"),
            "--single",
            "-D",
            data.toString(),
            "-c",
            "log_statement=none",
            "-c",
            "log_min_error_statement=panic",
            "-c",
            "log_min_duration_statement=-1",
            "postgres"),
        "ALTER ROLE %s PASSWORD '%s'%n".formatted(SUPERUSER, password.verifier()));
  }

  /** What all programs have to say. */
  private Path log() {
    return scratch.resolve("server.log");
  }

  private Path rules() {
    return scratch.resolve("pg_hba.conf");
  }

  private String program(String name) {
    return home.resolve("bin").resolve(name).toString();
  }

  /** A path in the options that pg_ctl hands to a shell. */
  private static String quoted(Path path) {
    return File.separatorChar == '/'
        ? ServerUser.quoted(path.toString())
        : '"' + path.toString() + '"';
  }

  private void run(List<String> words) throws IOException {
    run(words, "");
  }

  private void run(List<String> words, String input) throws IOException {
    ProcessBuilder command = user.process(words);
    command.directory(home.toFile());
    command.environment().put("LC_ALL", "C");
    command.redirectErrorStream(true).redirectOutput(Redirect.appendTo(log().toFile()));
    Process process = command.start();
    try (OutputStream standardInput = process.getOutputStream()) {
      standardInput.write(input.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // It ended before it had read this; what it printed says why.
    }
    if (exitValue(process) != 0) {
      throw new IOException(lastLines());
    }
  }

  private static int exitValue(Process process) throws IOException {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private String lastLines() throws IOException {
    List<String> lines = Files.readAllLines(log());
    return String.join(" | ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
  }
}
