package dev.cairn.dashboard;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.jobs.JobQuery;
import dev.cairn.log.JobLog;
import dev.cairn.migrate.Migrator;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A dashboard to look at: a PostgreSQL of its own, some thousand jobs of all states, and two
 * clients, one of which works resumable jobs. Runs until it is killed. Arguments: the port (0 for
 * any), and a file to write the link to.
 */
final class DashboardPlayground {
  private static final String[] STATES = {
    "completed",
    "completed",
    "completed",
    "discarded",
    "cancelled",
    "retryable",
    "scheduled",
    "pending"
  };

  private DashboardPlayground() {}

  public static void main(String[] arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 7070;
    try (var server = EmbeddedDatabase.start()) {
      var config = new HikariConfig();
      config.setDataSource(server.newDatabase().dataSource());
      config.setMaximumPoolSize(40);
      config.setMinimumIdle(2);
      try (var pool = new HikariDataSource(config)) {
        Migrator.of(pool).up();
        var samples = new SampleJobs(pool, "public").insert(4_000, STATES);
        samples.furnish(samples.newest("discarded"));
        run(pool, port, arguments.length > 1 ? Path.of(arguments[1]) : null);
      }
    }
  }

  private static void run(
      HikariDataSource pool, int port, @org.jspecify.annotations.Nullable Path linkFile)
      throws Exception {
    try (Cairn web = client(pool, "web-1");
        Cairn batch = client(pool, "batch-1");
        var dashboard =
            DashboardServer.local(
                Dashboard.builder(pool).schema("public").title("Playground"), port)) {
      web.start();
      batch.start();
      insert(web);
      System.out.println(dashboard.link());
      if (linkFile != null) {
        Files.writeString(linkFile, dashboard.link().toString());
      }
      for (int number = 0; ; number++) {
        web.insert(new SampleWorkers.Ping(number));
        if (number % 20 == 0) {
          web.insert(new SampleWorkers.Fail("the supplier answers with 503 (" + number + ")"));
        }
        if (number % 100 == 0) {
          web.insert(new SampleWorkers.Walk("nightly-" + number, 2_000, 20));
        }
        Thread.sleep(500);
      }
    }
  }

  private static Cairn client(HikariDataSource pool, String id) {
    return Cairn.builder(pool)
        .schema("public")
        .clientId(id)
        .workers(SampleWorkers.all())
        .middleware(new JobLog())
        .queue("default", 20)
        .queue("mail", 5)
        .build();
  }

  private static void insert(Cairn client) {
    for (int i = 0; i < 6; i++) {
      client.insert(new SampleWorkers.Walk("catalogue-" + i, 100_000L * (i + 1), 5 + i * 5));
    }
    client.insert(new SampleWorkers.GetStuck("hunter2"));
    client.insert(new SampleWorkers.WaitForSignal("approved/4711"));
    client.insert(new SampleWorkers.WaitForSignal("</script><b>markup"));
    long awaited =
        client
            .insert(
                new SampleWorkers.Ping(-1),
                InsertOptions.defaults()
                    .withScheduledAt(java.time.Instant.now().plusSeconds(86_400)))
            .job()
            .id();
    client.insert(new SampleWorkers.WaitForJob(awaited));
    for (int i = 0; i < 30; i++) {
      client.insert(
          new SampleWorkers.Ping(i), InsertOptions.defaults().withQueue("nobody-works-this"));
      client.insert(new SampleWorkers.Ping(i), InsertOptions.defaults().withQueue("mail"));
    }
    client.jobs().list(JobQuery.all().withKinds("wait_for_job")).jobs();
  }
}
