package dev.cairn.cli.demo;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.migrate.Migrator;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.sql.DataSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * One run of the demo: two worker processes, of which the one that has the job is attacked now and
 * then, and a look at what came of it. Used by one thread.
 */
final class Demo {
  private static final int POLL_MS = 20;
  private static final int SPARE_ATTEMPTS = 2;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** How long a survivor may take at the end to notice that its job is over. */
  private static final Duration COMEBACK = Duration.ofSeconds(20);

  private final Settings settings;
  private final Path folder;
  private final Display display;
  private final KillPlan plan;
  private final DemoDashboard dashboard;
  private final List<Duration> takeovers = new ArrayList<>();
  private int comebacks;
  private long redoneWithoutCheckpoints;

  /**
   * @param folder an empty one, for the logs and counters of the worker processes
   */
  Demo(Settings settings, Path folder, Display display, DemoDashboard dashboard) {
    this.dashboard = dashboard;
    this.settings = settings;
    this.folder = folder;
    this.display = display;
    this.plan = new KillPlan(settings.kills(), settings.seed());
  }

  /** What the command line says. */
  record Settings(Path directory, Attack attack, int kills, long seed, Duration heartbeatTimeout) {}

  /**
   * @param shown gets the result before the database stops
   */
  DemoReport run(Consumer<DemoReport> shown)
      throws IOException, SQLException, InterruptedException {
    // Leads the demo itself to wherever the server is.
    try (var server = DemoServer.start();
        var network = BlackHole.before(server::port)) {
      display.line("PostgreSQL " + server.version() + " is up, two workers are starting");
      DataSource dataSource = network.seen(server.database()).dataSource();
      Migrator.of(dataSource).up();
      var tables = new InventoryTables(dataSource);
      tables.create();
      if (settings.attack() == Attack.FAILOVER) {
        addStandby(server);
      }
      try (var shownLive = dashboard.open(dataSource, display);
          var workers = new WorkerProcesses(server, folder, settings)) {
        workers.start();
        DemoReport report = run(Cairn.builder(dataSource).build(), tables, workers, server);
        shown.accept(report);
        shownLive.awaitTheUser();
        return report;
      }
    }
  }

  private void addStandby(DemoServer server) throws SQLException, InterruptedException {
    server.addStandby();
    display.line("A standby is up, and each COMMIT waits for it");
  }

  private DemoReport run(
      Cairn client, InventoryTables tables, WorkerProcesses workers, DemoServer server)
      throws IOException, SQLException, InterruptedException {
    Instant begun = Instant.now().minusSeconds(1);
    JobRow inserted =
        client
            .insert(
                new Inventory(settings.directory().toString()),
                // A death is no failure, but a job may not die more often than it may fail.
                InsertOptions.defaults().withMaxAttempts(settings.kills() + SPARE_ATTEMPTS))
            .job();
    var watch = new Watch(client, tables, workers, server, inserted.id());
    JobRow job = watch.untilOver();
    display.end();
    workers.close();
    if (job.state() != JobState.COMPLETED) {
      throw new IllegalStateException(
          "the job of the demo ended as %s: %s [CAIRN-905]"
              .formatted(
                  job.state(), job.errors().isEmpty() ? "" : job.errors().getLast().error()));
    }
    display.line("The job is completed; comparing the table with the files ...");
    return report(
        job,
        client.jobs().progress(job.id()).orElseThrow().crashes(),
        Verification.of(settings.directory(), tables.rows(), begun, settings.seed()));
  }

  private static String lastError(JobRow job) {
    return job.errors().isEmpty() ? "no error" : job.errors().getLast().error();
  }

  private DemoReport report(JobRow job, int timesTakenOver, Verification verification)
      throws IOException {
    var mapper = JsonMapper.shared();
    Summary summary =
        mapper.treeToValue(mapper.readTree(job.metadata()).required("output"), Summary.class);
    Instant finished = job.finalizedAt() == null ? job.createdAt() : job.finalizedAt();
    return new DemoReport(
        settings.directory().toString(),
        summary.files(),
        summary.bytes(),
        summary.unreadable(),
        settings.attack(),
        takeovers.size(),
        settings.kills(),
        settings.seed(),
        takeovers.stream().map(Duration::toMillis).toList(),
        timesTakenOver,
        comebacks,
        HashCounter.total(folder) - summary.files(),
        verification.missing().size(),
        verification.doubled().size(),
        verification.wrong().size(),
        verification.changed().size(),
        Duration.between(job.createdAt(), finished).toMillis(),
        redoneWithoutCheckpoints,
        summary);
  }

  /** A process that comes back after an attack on it. */
  private record Survivor(WorkerProcess worker, Kill kill) {
    boolean hasLetGo() throws IOException {
      return worker.timesLetGo() > kill.timesLetGo();
    }
  }

  /** Looks at the job until it is over, and attacks its workers on the way. */
  private final class Watch {
    private final Cairn client;
    private final InventoryTables tables;
    private final WorkerProcesses workers;
    private final DemoServer server;
    private final long jobId;
    private Optional<Kill> lastKill = Optional.empty();
    private Optional<Survivor> survivor = Optional.empty();
    private long files = -1;
    private long patientUntil;

    Watch(
        Cairn client,
        InventoryTables tables,
        WorkerProcesses workers,
        DemoServer server,
        long jobId) {
      this.client = client;
      this.tables = tables;
      this.workers = workers;
      this.server = server;
      this.jobId = jobId;
    }

    JobRow untilOver() throws IOException, SQLException, InterruptedException {
      JobStatus status = look();
      while (!status.isOver()) {
        if (status.hasWorker()) {
          noteTakeover(status);
        }
        noteComeback();
        if (lastKill.isEmpty() && survivor.isEmpty() && plan.isDue(status)) {
          strike(plan.next());
        }
        workers.checkAlive();
        Thread.sleep(POLL_MS);
        status = look();
      }
      noteTakeover(status);
      long until = System.nanoTime() + COMEBACK.toNanos();
      while (survivor.isPresent() && System.nanoTime() - until < 0) {
        noteComeback();
        Thread.sleep(POLL_MS);
      }
      return status.job();
    }

    private JobStatus look() throws SQLException {
      // The progress first: it may be older than the job's state, but not ahead of it.
      Optional<InventoryTables.Progress> progress = tables.progress(jobId);
      JobStatus status =
          JobStatus.of(
              client.jobs().find(jobId).orElseThrow(),
              progress,
              id -> workers.find(id).isPresent());
      display.progress(status);
      if (status.files() != files) {
        files = status.files();
        patientUntil = System.nanoTime() + PATIENCE.toNanos();
      } else if (System.nanoTime() - patientUntil > 0) {
        throw new IllegalStateException(
            "the demo has made no progress for %d s; the job is %s in step %s: %s [CAIRN-905]"
                .formatted(
                    PATIENCE.toSeconds(),
                    status.job().state(),
                    status.step(),
                    lastError(status.job())));
      }
      return status;
    }

    /** The job may have no worker at the moment. Then the attack waits. */
    private void strike(KillPlan.Moment moment)
        throws IOException, SQLException, InterruptedException {
      Thread.sleep(moment.delayMs());
      JobStatus before = look();
      Optional<WorkerProcess> victim = workers.find(before.client());
      if (!before.hasWorker() || victim.isEmpty()) {
        return;
      }
      Instant at = tables.now();
      long timesLetGo = victim.get().timesLetGo();
      if (settings.attack() == Attack.FAILOVER) {
        server.failOver();
        workers.reconnect();
      } else {
        workers.strike(victim.get());
      }
      plan.take();
      Pace.noteAttack(folder);
      JobStatus dead = look();
      var kill =
          new Kill(takeovers.size() + 1, victim.get().clientId(), at, dead.files(), timesLetGo);
      display.line(
          "  %-9s #%d  %s (process %d) in step %s after %s"
              .formatted(
                  settings.attack().verb(),
                  kill.number(),
                  kill.client(),
                  victim.get().pid(),
                  dead.step(),
                  Figures.files(kill.files())));
      lastKill = Optional.of(kill);
      workers.start();
    }

    /** If the job was faster than the kill, there is nothing to take over and it does not count. */
    private void noteTakeover(JobStatus status)
        throws IOException, SQLException, InterruptedException {
      if (lastKill.isEmpty() || !goesOn(status, lastKill.get())) {
        return;
      }
      Kill kill = lastKill.get();
      Duration takeover =
          status.wasClaimedAfter(kill.at())
              ? kill.takeover(status)
              : Duration.between(kill.at(), tables.now());
      takeovers.add(takeover);
      redoneWithoutCheckpoints += kill.files();
      lastKill = Optional.empty();
      display.line(
          "  resumed   #%d  %s continues in step %s after %s, %s later"
              .formatted(
                  kill.number(),
                  status.client(),
                  status.step(),
                  Figures.files(kill.files()),
                  Figures.seconds(takeover)));
      survivor = workers.relent().map(worker -> new Survivor(worker, kill));
      // Not before the takeover was seen: the time for it is none of the job's.
      if (settings.attack() == Attack.FAILOVER && !plan.isOver() && !status.isOver()) {
        addStandby(server);
      }
    }

    /**
     * After a failover, an attempt that had no statement in progress may continue. It may already
     * be waiting for the next attack.
     */
    private boolean goesOn(JobStatus status, Kill kill) throws IOException {
      return status.wasClaimedAfter(kill.at())
          || (settings.attack() == Attack.FAILOVER
              && (status.files() > kill.files() || Pace.waitsAfter(folder, kill.number())));
    }

    /** A process that survived the attack must notice that the job has another worker now. */
    private void noteComeback() throws IOException {
      if (survivor.isPresent() && survivor.get().hasLetGo()) {
        comebacks++;
        display.line(
            "  back      #%d  %s %s"
                .formatted(
                    survivor.get().kill().number(),
                    survivor.get().kill().client(),
                    settings.attack().comeback()));
        survivor = Optional.empty();
      }
    }
  }
}
