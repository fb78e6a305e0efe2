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
 * Runs PostgreSQL's programs on one data directory.
 *
 * @param home the folder of the programs
 * @param scratch a folder for all other files, such as the log
 */
record PostgresProcess(Path home, Path scratch, Path data, ServerUser user) {
  static final String HOST = "127.0.0.1";
  static final String SUPERUSER = "postgres";

  /**
   * The rules for logins. They replace those of the data directory, because an older one may admit
   * everybody.
   */
  private static final String RULES =
      """
      local all         all              scram-sha-256
      local replication all              scram-sha-256
      host  all         all 127.0.0.1/32 scram-sha-256
      host  replication all 127.0.0.1/32 scram-sha-256
      """;

  /** A slow disk may take minutes to write everything at the end, or to read it after a crash. */
  private static final String WAIT_SECONDS = "300";

  private static final int LOG_LINES = 8;

  /** Creates the data directory if it is missing, and sets the superuser's password. */
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
      // The folder stays ours: in a folder of theirs they could replace the files that we write.
      Folders.letThrough(scratch);
    }
    user.own(Folders.createPrivateFile(log()));
    user.own(Files.writeString(Folders.createPrivateFile(rules()), RULES));
  }

  /**
   * Creates the data directory of a standby.
   *
   * @param primary the data directory of its primary
   * @param connection a superuser's connection to the primary
   * @param settings the settings with which the standby reaches the primary
   */
  void prepareStandby(Path primary, Connection connection, String settings)
      throws IOException, SQLException {
    prepareScratch();
    Folders.createPrivateFolders(data);
    new BaseBackup(primary, data).take(connection);
    Folders.createPrivateFile(data.resolve("standby.signal"));
    // The last value counts, and replaces that of the primary's own file.
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
    // The last value counts.
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

  /**
   * Stops the server. Does nothing if it does not run, as after a crash, or if the server that uses
   * the data directory was started by somebody else. A server with temporary data does not write
   * them to the disk first, which can take minutes and serves nobody.
   */
  void stop() throws IOException {
    if (Files.exists(data.resolve("postmaster.pid")) && isOurs()) {
      stop(isTemporary() ? "immediate" : "fast");
    }
  }

  /**
   * Whether the data are deleted with the server: nobody needs them after a crash of the machine.
   */
  private boolean isTemporary() {
    return data.startsWith(scratch);
  }

  /** The options of our server name our folder, which nobody else has. */
  private boolean isOurs() throws IOException {
    Path options = data.resolve("postmaster.opts");
    return Files.exists(options)
        && new String(Files.readAllBytes(options), StandardCharsets.ISO_8859_1)
            .contains(String.valueOf(scratch.getFileName()));
  }

  /** Ends all processes of the server at once, as in a crash. */
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

  /** Not the loopback address of Java, which is another one if the JVM prefers IPv6. */
  static InetAddress address() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, address())) {
      return socket.getLocalPort();
    }
  }

  private void initialize(Password password) throws IOException {
    Path file = Folders.createPrivateFile(scratch.resolve("verifier"));
    try {
      user.own(Files.writeString(file, password.verifier()));
      var command =
          new ArrayList<>(
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
                  "--locale=C"));
      if (isTemporary()) {
        command.add("--no-sync");
      }
      run(command);
    } finally {
      Files.delete(file);
    }
  }

  /**
   * Replaces the password of an earlier process in a data directory, before anybody can connect.
   */
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

  /** The output of all programs. */
  private Path log() {
    return scratch.resolve("server.log");
  }

  private Path rules() {
    return scratch.resolve("pg_hba.conf");
  }

  private String program(String name) {
    return home.resolve("bin").resolve(name).toString();
  }

  /** Quotes a path for the options that pg_ctl passes to a shell. */
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
      // The program ended before it had read its input. Its output says why.
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
