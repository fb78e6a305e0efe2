package dev.cairn.cli.demo;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.dashboard.Dashboard;
import dev.cairn.dashboard.DashboardServer;
import java.io.IOException;
import java.io.InputStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard of the demo, if one was asked for.
 *
 * @param asked whether it was
 * @param waits whether somebody can press Enter at the end
 */
record DemoDashboard(boolean asked, boolean waits) {
  private static final int CONNECTIONS = 5;

  /** A dashboard that is shown, or none. */
  final class Open implements AutoCloseable {
    private final Display display;
    private final @Nullable HikariDataSource pool;
    private final @Nullable DashboardServer server;

    private Open(
        Display display, @Nullable HikariDataSource pool, @Nullable DashboardServer server) {
      this.display = display;
      this.pool = pool;
      this.server = server;
    }

    /** Lets the user look around, as long as there is one. */
    void awaitTheUser() throws IOException {
      if (server != null && waits) {
        display.line("The dashboard stays until you press Enter.");
        readLine(System.in);
      }
    }

    @Override
    public void close() {
      if (server != null) {
        server.close();
      }
      if (pool != null) {
        pool.close();
      }
    }
  }

  Open open(DataSource dataSource, Display display) throws IOException {
    if (!asked) {
      return new Open(display, null, null);
    }
    var config = new HikariConfig();
    config.setDataSource(dataSource);
    config.setMaximumPoolSize(CONNECTIONS);
    var pool = new HikariDataSource(config);
    try {
      DashboardServer server =
          DashboardServer.local(Dashboard.builder(pool).title("Cairn demo"), 0);
      display.line("Watch it in the dashboard: " + server.link());
      return new Open(display, pool, server);
    } catch (IOException e) {
      pool.close();
      throw e;
    }
  }

  private static void readLine(InputStream in) throws IOException {
    int read = in.read();
    while (read >= 0 && read != '\n') {
      read = in.read();
    }
  }
}
