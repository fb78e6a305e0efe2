package dev.cairn.cli;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.CairnException;
import dev.cairn.dashboard.Dashboard;
import dev.cairn.dashboard.DashboardBuilder;
import dev.cairn.dashboard.DashboardServer;
import java.awt.AWTError;
import java.awt.Desktop;
import java.io.IOException;
import java.net.BindException;
import java.net.URI;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./cairn dashboard}: shows the jobs of a schema in a browser of this machine. */
@Command(
    name = "dashboard",
    description = {
      "Show the jobs of a schema in a browser.",
      "The server listens on this machine only. The printed address contains a secret and works once: it "
          + "lets in the browser that opens it first.",
      "Press Enter for a new address, for example for another browser. In the background of a "
          + "shell, the keyboard is not read."
    },
    sortOptions = false,
    footer = {"", "Runs until it is ended with Ctrl-C."})
public final class DashboardCommand implements Callable<Integer> {
  /** Longer than any statement of the dashboard may take. */
  private static final int SILENCE_MAX_SECONDS = 60;

  private static final int CONNECTIONS = 5;
  private static final int CONNECT_MS = 5_000;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // set by picocli
  private DatabaseOptions database;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "7070",
      description = "Where to listen; 0 for any free port (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(names = "--open", description = "Open the address in the browser of this machine.")
  private boolean open;

  /** Created by picocli. */
  public DashboardCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (port < 0 || port > 65_535) {
      throw new ParameterException(spec.commandLine(), "--port must be 0 to 65535");
    }
    DataSource dataSource = database.migratedDataSource();
    try (var pool = pool(dataSource);
        DashboardServer server = start(pool)) {
      URI link = server.link();
      Output out = Output.of(spec);
      out.line("The dashboard is at " + link);
      boolean reads = Keyboard.mayBeRead();
      out.line("The address works once." + (reads ? " Press Enter for a new one." : ""));
      out.flush();
      if (reads) {
        Thread.ofPlatform()
            .daemon()
            .name("cairn-dashboard-enter")
            .start(() -> giveNewLinks(server, out));
      }
      if (open) {
        browse(link);
      }
      var ended = new CountDownLatch(1);
      Runtime.getRuntime().addShutdownHook(new Thread(server::close, "cairn-dashboard-stop"));
      ended.await();
      return 0;
    }
  }

  private DashboardServer start(HikariDataSource pool) throws IOException {
    DashboardBuilder dashboard = Dashboard.builder(pool).measureAlways();
    if (database.schema() != null) {
      dashboard.schema(database.schema());
    }
    try {
      return DashboardServer.local(dashboard, port);
    } catch (BindException e) {
      throw new CairnException(
          "port %d is taken: name another one with --port, or 0 for any free one [CAIRN-901]"
              .formatted(port),
          e);
    }
  }

  /** Survives a restart of the database, and a host that vanishes while it is asked. */
  private static HikariDataSource pool(DataSource dataSource) {
    if (dataSource instanceof PGSimpleDataSource driver && driver.getSocketTimeout() == 0) {
      driver.setSocketTimeout(SILENCE_MAX_SECONDS);
    }
    var config = new HikariConfig();
    config.setDataSource(dataSource);
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(0);
    config.setConnectionTimeout(CONNECT_MS);
    return new HikariDataSource(config);
  }

  /** Runs until there is no more input, for example without a terminal. */
  private static void giveNewLinks(DashboardServer server, Output out) {
    try {
      for (int read = System.in.read(); read >= 0; read = System.in.read()) {
        if (read == '\n') {
          out.line("The dashboard is at " + server.link());
          out.flush();
        }
      }
    } catch (IOException e) {
      out.line("The keyboard cannot be read, so there are no new addresses.");
    }
  }

  private void browse(URI link) {
    try {
      Desktop.getDesktop().browse(link);
    } catch (IOException
        | UnsupportedOperationException // also where there is no screen
        | LinkageError // a Java without the libraries of windows
        | AWTError e) {
      Output.errorsOf(spec).line("No browser could be opened: open the address yourself.");
    }
  }
}
