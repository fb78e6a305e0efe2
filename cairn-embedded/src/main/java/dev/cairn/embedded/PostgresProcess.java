package dev.cairn.embedded;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private static final String WAIT_SECONDS = "60";
  private static final int LOG_LINES = 8;

  /** Makes the data directory, if there is none yet. */
  void prepare() throws IOException {
    Folders.openToAll(scratch);
    user.own(scratch);
    user.own(Files.createFile(log()));
    user.own(Files.createDirectories(data));
    if (!Files.exists(data.resolve("PG_VERSION"))) {
      initialize();
    }
  }

  void start(int port, Map<String, String> settings) throws IOException {
    var options = new ArrayList<>(List.of("-p", Integer.toString(port), "-h", HOST));
    settings.forEach((name, value) -> options.addAll(List.of("-c", name + "=" + value)));
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

  void stop() throws IOException {
    run(
        List.of(
            program("pg_ctl"),
            "stop",
            "-D",
            data.toString(),
            "-m",
            "fast",
            "-w",
            "-t",
            WAIT_SECONDS));
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void initialize() throws IOException {
    run(
        List.of(
            program("initdb"),
            "-D",
            data.toString(),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync"));
  }

  /** What all programs have to say. */
  private Path log() {
    return scratch.resolve("server.log");
  }

  private String program(String name) {
    return home.resolve("bin").resolve(name).toString();
  }

  private void run(List<String> words) throws IOException {
    var command = new ProcessBuilder(user.command(words));
    command.directory(home.toFile());
    command.environment().put("LC_ALL", "C");
    command.redirectErrorStream(true).redirectOutput(Redirect.appendTo(log().toFile()));
    Process process = command.start();
    process.getOutputStream().close();
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
