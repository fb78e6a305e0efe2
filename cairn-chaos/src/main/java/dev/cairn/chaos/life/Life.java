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

/** One client over one database, and what is needed to let it live and to look at it. */
public final class Life implements AutoCloseable {
  /** The shortest that a client allows. */
  public static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(1);

  static final String QUEUE = "default";
  static final String SIDE_QUEUE = "side";

  /** Polled so seldom that its jobs run only if the client is told of them. */
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

  /** A life that has not begun, in a database of its own. */
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

  /** Rebuilding indexes waits for all transactions, so it is done but once. */
  private static Schedule once() {
    var done = new AtomicBoolean();
    return after ->
        done.compareAndSet(false, true) ? Optional.of(after.plusMillis(300)) : Optional.empty();
  }

  /** A client that nothing disturbs, to do what is left to do. */
  Cairn heir() {
    return settings(Cairn.builder(database.judges())).build();
  }

  public Cairn client() {
    return client;
  }

  public MisbehavingDataSource source() {
    return source;
  }

  /** Lets the jobs end that run until then. */
  public void letJobsEnd() {
    witness.end();
  }

  /** Has some jobs run when the client stops. */
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

  /** Whether the machine was so late that a client may have missed its heartbeats for it. */
  public boolean isMachineLate() {
    return machine.worstMillis() > HEARTBEAT_TIMEOUT.toMillis() / 2;
  }

  LifeDatabase database() {
    return database;
  }

  /** The group that the client's threads are in, since the thread that starts it is. */
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

  /** Tells the witness of jobs that were completed. */
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
