package dev.cairn.chaos.life;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.JobInsert;
import dev.cairn.QueueOptions;
import dev.cairn.Workers;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.JobEvent;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.schedule.Schedule;
import dev.cairn.testing.internal.MisbehavingDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** One client on one database, with everything that is needed to run and to check it. */
public final class Life implements AutoCloseable {
  /** The heartbeat timeout: the shortest that a client allows. */
  public static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(1);

  static final String QUEUE = "default";
  static final String SIDE_QUEUE = "side";

  /** A queue that is polled so seldom that its jobs run only after a notification. */
  static final String TOLD_QUEUE = "told";

  private static final Duration TOLD_POLL = Duration.ofMinutes(5);
  private static final Duration PERIOD = Duration.ofMillis(500);

  private final LifeDatabase database;
  private final MisbehavingDataSource source;
  private final Witness witness = new Witness();
  private final ThreadGroup threads;
  private final Cairn client;
  private final MachineWatch machine;

  private Life(LifeDatabase database) {
    this.database = database;
    this.source = new MisbehavingDataSource(database.clients());
    this.threads = new ThreadGroup("life");
    this.client = settings(Cairn.builder(source)).build();
    this.machine = new MachineWatch(database);
  }

  /** Creates a life that has not begun, in a database of its own. */
  public static Life in(LifeDatabases databases) throws SQLException {
    LifeDatabase database = databases.create();
    try {
      Planted.in(database);
      return new Life(database);
    } catch (SQLException | RuntimeException | Error e) {
      database.close();
      throw e;
    }
  }

  /** A client with short times, so that a life is short too. */
  private CairnBuilder settings(CairnBuilder builder) {
    return builder
        .workers(Workers.builder().register(Act.class, new ActWorker(witness)).build())
        .queue(QUEUE, 30)
        .queue(SIDE_QUEUE, QueueOptions.of(5).withInterruptionByPause())
        .queue(TOLD_QUEUE, QueueOptions.of(5).withPollInterval(TOLD_POLL))
        .heartbeatTimeout(HEARTBEAT_TIMEOUT)
        .flushInterval(Duration.ofMillis(100))
        .pollInterval(Duration.ofMillis(100))
        .renewClaimsAfter(Duration.ofMillis(300))
        .rescueStuckJobsAfter(Duration.ofHours(1))
        .interruptDelay(Duration.ofMillis(200))
        .retryPolicy((job, failures) -> Duration.ofMillis(50))
        .reindex(once())
        .periodicJob(
            PeriodicJob.of("plain", periods(), due -> insert(Role.PERIODIC, due)).runOnStart())
        .periodicJob(
            PeriodicJob.of("durable", periods(), due -> insert(Role.PERIODIC_DURABLE, due))
                .durable(MissedRuns.ALL))
        .listener(new Completions(witness));
  }

  private static JobInsert insert(Role role, Instant due) {
    return JobInsert.of(Act.of(role, due.toString()));
  }

  private Schedule periods() {
    return after ->
        witness.arePeriodsOver()
            ? Optional.empty()
            : Optional.of(
                Instant.ofEpochMilli(
                    (after.toEpochMilli() / PERIOD.toMillis() + 1) * PERIOD.toMillis()));
  }

  /** A schedule with one run: rebuilding indexes waits for all transactions, so it is done once. */
  private static Schedule once() {
    var done = new AtomicBoolean();
    return after ->
        done.compareAndSet(false, true) ? Optional.of(after.plusMillis(300)) : Optional.empty();
  }

  /** An undisturbed client that completes the remaining jobs. */
  Cairn heir() {
    return settings(Cairn.builder(database.judges())).build();
  }

  public Cairn client() {
    return client;
  }

  public MisbehavingDataSource source() {
    return source;
  }

  /** Ends the jobs that run until this call. */
  public void letJobsEnd() {
    witness.end();
  }

  /** Starts some jobs that run when the client stops. */
  public void letJobsRunOn() throws SQLException {
    witness.goOn();
    Cairn outside = Cairn.builder(database.judges()).build();
    outside.insertMany(Collections.nCopies(3, JobInsert.of(Act.of(Role.RUNNING_AT_STOP))));
    new Patience()
        .await(() ->
            database.number(
                    "SELECT count(*) FROM river_job WHERE args->>'role' = ? AND state = 'running'",
                    Role.RUNNING_AT_STOP.name())
                == 3);
  }

  public Witness witness() {
    return witness;
  }

  /** Whether the machine was so late that a client may have missed its heartbeats. */
  public boolean isMachineLate() {
    return machine.worstMillis() > HEARTBEAT_TIMEOUT.toMillis() / 2;
  }

  LifeDatabase database() {
    return database;
  }

  /** The group of the client's threads: that of the thread that starts the client. */
  public ThreadGroup threads() {
    return threads;
  }

  @Override
  public void close() throws SQLException {
    witness.end();
    witness.endPeriods();
    source.calmDown();
    machine.close();
    database.close();
  }

  /** Reports completed jobs to the witness. */
  private record Completions(Witness witness) implements EventListener {
    @Override
    public Set<EventKind> kinds() {
      return Set.of(EventKind.JOB_COMPLETED);
    }

    @Override
    public void on(Event event) {
      if (event instanceof JobEvent completed) {
        witness.toldOfCompletion(completed.job().id());
      }
    }
  }
}
