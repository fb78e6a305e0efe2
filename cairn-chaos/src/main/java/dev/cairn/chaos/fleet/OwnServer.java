package dev.cairn.chaos.fleet;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A PostgreSQL server of our own, which may be stopped and started under the fleet. */
public final class OwnServer implements AutoCloseable {
  private static final String WAIT_SECONDS = "60";

  private final EmbeddedDatabase server;
  private final FreshDatabase database;
  private final Path programs;
  private final Path data;
  private final Path log;

  private OwnServer(
      EmbeddedDatabase server, FreshDatabase database, Path programs, Path data, Path folder) {
    this.server = server;
    this.database = database;
    this.programs = programs;
    this.data = data;
    this.log = folder.resolve("pg_ctl.log");
  }

  /**
   * Starts a server with the settings that operators are advised to use.
   *
   * @param folder for what its programs print
   */
  public static OwnServer start(Path folder) throws SQLException {
    EmbeddedDatabase server =
        EmbeddedDatabase.start(
            ServerOptions.defaults()
                .withSetting("max_connections", "150")
                .withSetting("wal_level", "replica")
                .withSetting("deadlock_timeout", "200ms")
                // What connections.md advises: a process that stands still must not hold its locks.
                .withSetting("idle_in_transaction_session_timeout", "3s"));
    try {
      FreshDatabase database = server.newDatabase();
      var sql = new Sql(database.dataSource());
      Path programs = Path.of(sql.text("SELECT setting FROM pg_config WHERE name = 'BINDIR'"));
      Path data = Path.of(sql.text("SHOW data_directory"));
      return new OwnServer(server, database, programs, data, folder);
    } catch (SQLException e) {
      server.close();
      throw e;
    }
  }

  /** Where it is. */
  public Target target() {
    return new Target(
        database.host(),
        database.port(),
        database.name(),
        database.user(),
        database.password(),
        false);
  }

  /** Restarts it: {@code immediate} as if it had crashed, {@code fast} in good order. */
  public void restart(String mode) throws IOException, InterruptedException {
    run("pg_ctl", "restart", "-D", data.toString(), "-m", mode, "-w", "-t", WAIT_SECONDS);
  }

  private void run(String program, String... arguments) throws IOException, InterruptedException {
    var words = new ArrayList<String>();
    if ("root".equals(System.getProperty("user.name"))) {
      // PostgreSQL refuses to be root; the files stay root's.
      words.addAll(List.of("unshare", "-U"));
    }
    words.add(programs.resolve(program).toString());
    words.addAll(List.of(arguments));
    var builder = new ProcessBuilder(words).directory(data.toFile());
    builder.environment().put("LC_ALL", "C");
    int code =
        builder
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start()
            .waitFor();
    if (code != 0) {
      throw new IOException("%s ended with %d: see %s".formatted(program, code, log));
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
