package dev.cairn.dashboard;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobInsert;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.log.JobLog;
import dev.cairn.migrate.Migrator;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@link BrowserTest} and {@link BrowserActsTest} look at: a database with ten thousand jobs,
 * a client that works, a dashboard for whom a cookie names, and one of hostile jobs.
 */
final class BrowserWorld implements AutoCloseable {
  static final String BULK_KIND = "bulk_target";
  static final int BULK_JOBS = 8;

  /** A few discarded jobs of a kind of their own. */
  static final String TASK_KIND = "task_target";

  /** A periodic job of the client. */
  static final String NIGHTLY = "nightly/report";

  private static final String[] STATES = {
    "completed", "discarded", "cancelled", "retryable", "scheduled", "pending"
  };

  final FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
  final HikariDataSource pool = new HikariDataSource(config(database));
  private final HikariDataSource clientPool = new HikariDataSource(config(database));
  final SampleJobs samples = new SampleJobs(pool, "public");
  final SampleJobs hostile = new SampleJobs(pool, "hostile");
  final Cairn client;
  private final List<Process> workers = new ArrayList<>();
  private final Dashboard dashboard;
  private final Dashboard hostileDashboard;
  private final DashboardServer hostileServer;
  private DashboardServer server;
  private int port;

  private static HikariConfig config(FreshDatabase database) {
    var config = new HikariConfig();
    config.setDataSource(database.dataSource());
    config.setMaximumPoolSize(20);
    config.setMinimumIdle(2);
    // That the database is away is to be seen sooner than after the usual half a minute.
    config.setConnectionTimeout(5_000);
    return config;
  }

  BrowserWorld() throws Exception {
    Migrator.of(pool).inSchema("public").up();
    Migrator.of(pool).inSchema("hostile").up();
    fill();
    client =
        Cairn.builder(clientPool)
            .schema("public")
            .clientId("web-1")
            .workers(SampleWorkers.all())
            .middleware(new JobLog())
            .queue("default", 20)
            .queue("mail", 5)
            .periodicJob(nightlyReport())
            .build();
    client.start();
    dashboard = dashboard("public");
    hostileDashboard = dashboard("hostile");
    server = serve(dashboard, 0);
    hostileServer = serve(hostileDashboard, 0);
  }

  /** Runs when the client becomes leader, and six hours later. */
  private static PeriodicJob nightlyReport() {
    return PeriodicJob.of(
            NIGHTLY,
            after -> Optional.of(after.plus(Duration.ofHours(6))),
            due -> JobInsert.of(new SampleWorkers.Ping(7)))
        .durable(MissedRuns.ONCE)
        .runOnStart();
  }

  private void fill() throws Exception {
    samples.insert(9_996, STATES);
    samples.execute(
        """
        INSERT INTO {schema}.river_job (kind, queue, args, state, attempt, max_attempts, finalized_at)
        SELECT '%s', 'nobody-works-this', '{}', 'discarded', 1, 1, now() FROM generate_series(1, %d)
        """
            .formatted(BULK_KIND, BULK_JOBS));
    samples.execute(
        """
        INSERT INTO {schema}.river_job (kind, queue, args, state, attempt, max_attempts, finalized_at)
        SELECT '%s', 'nobody-works-this', '{}', 'discarded', 1, 1, now() FROM generate_series(1, 3)
        """
            .formatted(TASK_KIND));
    HostileJobs.insert(pool, "hostile");
  }

  private Dashboard dashboard(String schema) {
    return Dashboard.builder(pool)
        .schema(schema)
        .title("Shop")
        .access(request ->
            switch (request.cookie("role").orElse("")) {
              case "operator" -> Grant.operator("ada");
              case "reader" -> Grant.reader("bob");
              default -> Grant.nobody();
            })
        .build();
  }

  private static DashboardServer serve(Dashboard dashboard, int port) throws IOException {
    return DashboardServer.on(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), dashboard);
  }

  /** The dashboard once more, below a path. */
  DashboardServer serveBelow(String path) throws IOException {
    return DashboardServer.below(
        path, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), dashboard);
  }

  /** The database ends all sessions, and accepts no others, as while it restarts. */
  void closeDatabase() throws SQLException {
    administrate("ALTER DATABASE \"%s\" ALLOW_CONNECTIONS false".formatted(database.name()));
    administrate(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'"
            .formatted(database.name()));
  }

  void openDatabase() throws SQLException {
    administrate("ALTER DATABASE \"%s\" ALLOW_CONNECTIONS true".formatted(database.name()));
  }

  private static void administrate(String sql) throws SQLException {
    try (Connection connection =
            EmbeddedDatabase.shared().database("postgres").dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The address of the dashboard. */
  String url() {
    return server.link().toString();
  }

  /** The address of the dashboard of the hostile jobs. */
  String hostileUrl() {
    return hostileServer.link().toString();
  }

  void stopServer() {
    port = server.address().getPort();
    server.close();
  }

  void startServer() throws IOException {
    server = serve(dashboard, port);
  }

  /** A process that works the queue {@link SampleWorkerProcess#QUEUE}. */
  Process startWorker(String clientId) throws IOException {
    Process process = SampleWorkerProcess.start(database, clientId);
    workers.add(process);
    return process;
  }

  /** A job that walks so many items, by the client of this world. */
  long walk(String name, long items, int millis) {
    return client.insert(new SampleWorkers.Walk(name, items, millis)).job().id();
  }

  /** A job that walks, by a process. */
  long walkElsewhere(String name, long items, int millis) {
    return client
        .insert(
            new SampleWorkers.Walk(name, items, millis),
            InsertOptions.defaults().withQueue(SampleWorkerProcess.QUEUE))
        .job()
        .id();
  }

  /** A discarded job that no client works again, whatever is done to it. */
  long discarded() throws SQLException {
    return samples.number(
        """
        INSERT INTO {schema}.river_job (kind, queue, args, errors, state, attempt, max_attempts, finalized_at)
        VALUES ('import_prices', 'nobody-works-this', '{"file": "prices-4711.csv"}',
          ARRAY['{"at": "2026-01-01T00:00:00Z", "attempt": 1, "error": "the supplier does not answer", "trace": "at Shop.buy"}']::jsonb[],
          'discarded', 1, 1, now()) RETURNING id
        """);
  }

  /** A job of a client that is alive, and that has saved nothing for a while. */
  long stuck() throws SQLException {
    samples.execute(
        "INSERT INTO {schema}.cairn_client (id, timeout) VALUES ('stuck-1', '1 hour') ON CONFLICT DO NOTHING");
    return samples.number(
        """
        WITH job AS (
          INSERT INTO {schema}.river_job (kind, queue, args, state, attempt, max_attempts, attempted_at, attempted_by)
          VALUES ('import_prices', 'stuck', '{}', 'running', 1, 25, now() - interval '1 hour', '{stuck-1}')
          RETURNING id
        )
        INSERT INTO {schema}.cairn_checkpoint (job_id, name, position, finished, value, claimed_at, sequence, attempt,
          started_at, saved_at, spent_ms, done, total)
        SELECT id, 'read', 1, false, '5', now() - interval '1 hour', 1, 1, now() - interval '1 hour',
          now() - interval '20 minutes', 60000, 5, 100 FROM job RETURNING job_id
        """);
  }

  /** How many live views are fed. */
  int feeds() {
    return dashboard.feeds();
  }

  /** The reasons that operators have given for their acts on a job, in order. */
  String reasons(long id) throws SQLException {
    try (Connection connection = pool.getConnection();
        var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                "SELECT jsonb_path_query_array(metadata, '$.\"cairn:operations\"[*].reason')::text"
                    + " FROM public.river_job WHERE id = "
                    + id)) {
      row.next();
      return row.getString(1);
    }
  }

  @Override
  public void close() {
    workers.forEach(Process::destroyForcibly);
    server.close();
    hostileServer.close();
    dashboard.close();
    hostileDashboard.close();
    client.close();
    clientPool.close();
    pool.close();
  }
}
