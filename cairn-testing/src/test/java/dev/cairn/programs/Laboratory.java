package dev.cairn.programs;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobCancelException;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.QueueOptions;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.migrate.Migrator;
import dev.cairn.programs.Meaning.End;
import dev.cairn.programs.Plan.Afterwards;
import dev.cairn.programs.Plan.Blow;
import dev.cairn.resumable.CheckpointMismatchException;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.testing.internal.MisbehavingDataSource;
import dev.cairn.testing.internal.Misbehaviour;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import javax.sql.DataSource;

/*
 * Longer than 500 lines because one trial is followed through its whole life: what is inserted,
 * looked at, struck, judged and forgotten.
 */

/**
 * Works trials by real clients on a real database, many at a time. A job whose process is to die is
 * rescued as after a death: its attempt goes on nowhere, and what it had not made durable is
 * refused. If a job is taken away, its attempt goes on to its end, and only then does the next one
 * begin with the code. From time to time one of the two clients stops, and another one starts,
 * whose clock may be off.
 */
final class Laboratory implements AutoCloseable {
  /**
   * More than jobs want at once, with branches in branches on a slow machine: a pool with virtual
   * threads that wait turns in circles.
   */
  private static final int CONNECTIONS = 200;

  /**
   * More than are usually wanted at once. While a thread waits for a new one, HikariCP lets each
   * thread that returns a connection try again and again to hand it over. Workers of the programs
   * take connections themselves, and two of them can keep both carriers of virtual threads busy for
   * ever.
   */
  private static final int CONNECTIONS_KEPT = 100;

  /** On a slow machine, many wait in turn. */
  private static final long CONNECTION_MILLIS = Duration.ofMinutes(2).toMillis();

  private static final int SLOTS = 20;
  private static final Duration POLL_INTERVAL = Duration.ofMillis(25);
  private static final long LOOK_NANOS = Duration.ofMillis(4).toNanos();

  /** Between two looks at many jobs: each costs the server as much as some of them. */
  private static final long LOOK_AT_MANY_NANOS = Duration.ofMillis(20).toNanos();

  private static final long HEARD_NANOS = Duration.ofMillis(500).toNanos();
  private static final long STILL_NANOS = Duration.ofMillis(250).toNanos();
  private static final long FOREVER_NANOS = Duration.ofSeconds(6).toNanos();
  private static final int LOOKS_MIN = 100;

  /** So long also because there may be other work on the machine, and 300 trials at once. */
  private static final Duration TRIAL = Duration.ofMinutes(15);

  /** Of few trials at once, of which one may not end because of a fault. */
  static final Duration TRIAL_OF_FAULT = Duration.ofMinutes(2);

  private static final long SHIFT_NANOS = Duration.ofSeconds(4).toNanos();

  /** How long the attempts of a client have that stops. */
  static final Duration STOP = Duration.ofSeconds(2);

  /** For so long an operator may wait on a very busy machine. */
  private static final Duration ASKED_MAX = Duration.ofMinutes(2);

  /** An attempt that was given up may go on for so long. */
  private static final long RETURN_NANOS = Duration.ofSeconds(30).toNanos();

  private static final int FORGOTTEN_AT_ONCE = 500;
  private static final String SCHEMA = "programs";
  private static final String OPERATOR = "the trial";

  /** How far the clocks of clients are off: by one after the other, as they start. */
  private static final List<Duration> CLOCKS_OFF =
      List.of(Duration.ZERO, Duration.ofMinutes(10), Duration.ofMinutes(-10));

  /** What the thread works, or has worked just now. */
  private static final ThreadLocal<Attempt> WORKED = new ThreadLocal<>();

  /** The arguments of a job: the number of its world. */
  @JobKind("random_program")
  record Run(long number) {}

  private final long trialNanos;
  private final HikariDataSource pool;
  private final MisbehavingDataSource dataSource;
  private final DeadClient dead;
  private final Map<Long, World> worlds = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicLong attempts = new AtomicLong();
  private final AtomicLong taken = new AtomicLong();

  /** The jobs that are over, with the numbers of their worlds. */
  private final Map<Long, Long> over = new HashMap<>();

  private final Cairn operator;
  private final List<Cairn> clients = new ArrayList<>();
  private int started;
  private int struck;
  private int unexplained;
  private int starved;
  private long nextShift = System.nanoTime() + SHIFT_NANOS;

  Laboratory() throws SQLException {
    this(TRIAL);
  }

  /**
   * Opens a laboratory.
   *
   * @param trial how long a trial may take
   */
  Laboratory(Duration trial) throws SQLException {
    this.trialNanos = trial.toNanos();
    var config = new HikariConfig();
    config.setDataSource(EmbeddedDatabase.shared().newDatabase().dataSource());
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(CONNECTIONS_KEPT);
    config.setConnectionTimeout(CONNECTION_MILLIS);
    config.setSchema(SCHEMA);
    pool = new HikariDataSource(config);
    execute("CREATE SCHEMA " + SCHEMA);
    Migrator.of(pool).inSchema(SCHEMA).up();
    ProgramRows.create(pool);
    dead = new DeadClient(pool, SCHEMA);
    dataSource = new MisbehavingDataSource(pool);
    var blows = new CommitBlows();
    dataSource.always(blows.are(Blow.ANSWER_LOST), new Misbehaviour.LosesAnswer());
    dataSource.always(blows.are(Blow.COMMIT_LOST), new Misbehaviour.LosesStatement());
    dataSource.always(blows.are(Blow.COLLISION), new Misbehaviour.Fails("40001"));
    operator = Cairn.builder(pool).schema(SCHEMA).build();
    clients.add(startClient());
    clients.add(startClient());
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private Cairn startClient() {
    Duration off = CLOCKS_OFF.get(started++ % CLOCKS_OFF.size());
    Cairn client =
        Cairn.builder(dataSource)
            .schema(SCHEMA)
            .clock(Clock.offset(Clock.systemUTC(), off))
            .workers(Workers.builder().register(Run.class, new ProgramWorker()).build())
            .queue("default", QueueOptions.of(SLOTS).withPollInterval(POLL_INTERVAL))
            .retryPolicy((job, failures) -> Duration.ZERO)
            .middleware(Laboratory::noteEnd)
            .flushInterval(Duration.ofMillis(50))
            .interruptDelay(Duration.ofMillis(100))
            .build();
    client.start();
    return client;
  }

  /** Around all else: it is not only the worker's code that refuses a job. */
  private static void noteEnd(MiddlewareContext context, Middleware.Next next) throws Exception {
    WORKED.remove();
    try {
      next.proceed();
    } catch (CheckpointMismatchException e) {
      Attempt attempt = WORKED.get();
      if (attempt != null && !attempt.isTaken()) {
        attempt.refused(e.getMessage());
      }
      throw e;
    } catch (ScriptedFailure.Restarting e) {
      Attempt attempt = WORKED.get();
      // A client that has given up an attempt refuses what it does then.
      boolean isGivenUp = e.getSuppressed().length > 0 && attempt.hasItsClientStopped();
      if (attempt.restarts() && !isGivenUp) {
        attempt.world().restarts(attempt.number());
      }
      throw e;
    } finally {
      WORKED.remove();
    }
  }

  DataSource dataSource() {
    return pool;
  }

  Cairn client() {
    return operator;
  }

  @Override
  public void close() {
    clients.forEach(client -> client.stop(Duration.ofSeconds(5)));
    operator.close();
    dead.close();
    requireNoneHeld();
    pool.close();
  }

  /** Whoever has worked has given back each connection. */
  private void requireNoneHeld() {
    long end = System.nanoTime() + RETURN_NANOS;
    while (held() > 0 && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
    if (held() > 0) {
      throw new AssertionError(held() + " connections were not given back to the pool");
    }
  }

  private int held() {
    return pool.getHikariPoolMXBean().getActiveConnections();
  }

  /** Runs the program of its world, and dies when that is to die. */
  private final class ProgramWorker implements Worker<Run> {
    @Override
    public void work(Job<Run> job, WorkContext context) throws Exception {
      World world = worlds.get(job.args().number());
      if (world == null) {
        // Left over from a trial that was given up.
        return;
      }
      if (world.isGivenUp()) {
        throw new JobCancelException("no code comes that fits");
      }
      awaitTheTaken(world);
      attempts.incrementAndGet();
      var attempt = new Attempt(world, context, Laboratory.this::strike);
      WORKED.set(attempt);
      world.begins(attempt);
      try {
        new ProgramCode(attempt, dataSource).run();
        Endings.noteReturn(attempt);
      } catch (Throwable e) {
        if (!attempt.isDead()) {
          Endings.note(attempt, e);
          throw e;
        }
        world.ended(attempt.number(), World.End.KILLED);
      } finally {
        world.ends(attempt);
      }
      if (attempt.isDead()) {
        dead.bury(job, context);
        throw new Attempt.Killed();
      }
    }
  }

  /**
   * An attempt goes on whose job was taken away: what is done in two attempts at once has no order.
   */
  private static void awaitTheTaken(World world) {
    long end = System.nanoTime() + RETURN_NANOS;
    boolean interrupted = false;
    while (world.hasTakenOneRunning()) {
      if (System.nanoTime() - end > 0) {
        world.complain("an attempt goes on long after its job was taken away");
        break;
      }
      LockSupport.parkNanos(LOOK_NANOS);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void strike(Attempt attempt, Blow blow, String effect) {
    if (blow != Blow.TAKEN) {
      stop(attempt, blow);
    } else if (dead.take(attempt, effect)) {
      taken.incrementAndGet();
    }
  }

  /** Returns when the attempt knows it: its next checkpoint is where it stops. */
  private void stop(Attempt attempt, Blow blow) {
    WorkContext context = attempt.context();
    long id = context.job().id();
    if (!OwnThread.isOver(() -> blow == Blow.INTERRUPT ? interrupt(id) : pause(id), ASKED_MAX)) {
      attempt
          .world()
          .complain(
              "an operator's %s waits while the worker's code runs: its transaction has locked the job"
                  .formatted(blow));
    }
    long begin = System.nanoTime();
    while (context.interruption().isEmpty() && System.nanoTime() - begin < HEARD_NANOS) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private boolean interrupt(long id) {
    operator.jobs().operator(OPERATOR).interrupt(id);
    return true;
  }

  /** When it has stopped, {@link #follow} resumes it. */
  private boolean pause(long id) {
    try {
      operator.jobs().operator(OPERATOR).pause(id);
      return true;
    } catch (IllegalStateException e) {
      // An attempt that goes on after its job was taken over, and has ended by now.
      return false;
    }
  }

  // Trials.

  /** A trial that goes on. */
  private static final class Open {
    private final World world;
    private final long begin = System.nanoTime();
    private final List<String> complaints = new ArrayList<>();
    private Trial stage;
    private int lastMoves;
    private long stillSince;
    private int looks;
    private boolean hasWaited;

    Open(World world) {
      this.world = world;
      this.stage =
          new Trial(world.trial().program(), world.trial().plan().then(Afterwards.NOTHING));
    }

    /** For how long the job has stood still. */
    long stillNanos() {
      long now = System.nanoTime();
      int moves = world.isLeft() ? world.deeds().size() : world.attempts();
      if (stillSince == 0 || moves != lastMoves) {
        lastMoves = moves;
        stillSince = now;
        looks = 0;
      }
      looks++;
      return now - stillSince;
    }
  }

  /** Runs one trial. */
  List<String> run(Trial trial) throws SQLException {
    var found = new ArrayList<String>();
    run(List.of(trial).iterator(), 1, (each, complaints) -> found.addAll(complaints));
    return found;
  }

  /**
   * Runs trials.
   *
   * @param window how many at a time
   * @param result told what was wrong with each; nothing if all was right
   */
  void run(Iterator<Trial> trials, int window, BiConsumer<Trial, List<String>> result)
      throws SQLException {
    var open = new HashMap<Long, Open>();
    while (trials.hasNext() || !open.isEmpty()) {
      var fresh = new ArrayList<Trial>();
      while (trials.hasNext() && open.size() + fresh.size() < window) {
        fresh.add(trials.next());
      }
      open.putAll(insert(fresh));
      for (Seen seen : look(open.keySet())) {
        Open trial = open.get(seen.id());
        if (follow(seen, trial)) {
          open.remove(seen.id());
          forget(seen, trial.world);
          result.accept(trial.world.trial(), trial.complaints);
        }
      }
      if (window > 1 && System.nanoTime() - nextShift > 0) {
        nextShift = System.nanoTime() + SHIFT_NANOS;
        changeShift(open.values());
      }
      LockSupport.parkNanos(window > 1 ? LOOK_AT_MANY_NANOS : LOOK_NANOS);
    }
  }

  /** So that the millionth trial finds tables as small as the first one. */
  private void forget(Seen seen, World world) throws SQLException {
    worlds.remove(world.number());
    world.deleteFiles();
    over.put(seen.id(), world.number());
    if (over.size() >= FORGOTTEN_AT_ONCE) {
      ProgramRows.forget(pool, over.values());
      try (Connection connection = pool.getConnection();
          var delete =
              connection.prepareStatement(
                  "DELETE FROM river_job WHERE id = ANY (?) AND finalized_at IS NOT NULL")) {
        delete.setArray(1, connection.createArrayOf("bigint", over.keySet().toArray()));
        delete.executeUpdate();
      }
      over.clear();
    }
  }

  /** A client starts, and another one stops under its jobs. */
  private void changeShift(Collection<Open> trials) {
    clients.add(startClient());
    Cairn last = clients.removeFirst();
    trials.forEach(trial -> trial.world.clientStops(last));
    last.stop(STOP);
  }

  private Map<Long, Open> insert(List<Trial> trials) {
    var jobs = new ArrayList<JobInsert>();
    var fresh = new ArrayList<Open>();
    for (Trial trial : trials) {
      var world = new World(numbers.incrementAndGet(), trial, pool);
      worlds.put(world.number(), world);
      if (trial.plan().signalsFirst()) {
        giveSignals(world, trial.program().signalsFromOutside());
      }
      fresh.add(new Open(world));
      jobs.add(
          JobInsert.of(
              new Run(world.number()),
              InsertOptions.defaults().withMaxAttempts(Meaning.ATTEMPTS_MAX)));
    }
    var open = new LinkedHashMap<Long, Open>();
    if (!jobs.isEmpty()) {
      var results = operator.insertMany(jobs);
      for (int i = 0; i < results.size(); i++) {
        open.put(results.get(i).id(), fresh.get(i));
      }
    }
    return open;
  }

  private void giveSignals(World world, Set<String> signals) {
    for (String signal : signals) {
      operator.signal(ProgramCode.signal(world, signal), 1);
    }
  }

  /**
   * How a job stands.
   *
   * @param waits whether it waits for long, and not only for the database after an outage
   */
  private record Seen(long id, String state, boolean waits) {}

  /** What a leader does every five seconds. */
  private static final String SCHEDULE =
      """
      UPDATE river_job SET state = 'available'
      WHERE id = ANY (?) AND state IN ('retryable', 'scheduled') AND scheduled_at <= now()
      """;

  private List<Seen> look(Set<Long> ids) throws SQLException {
    var seen = new ArrayList<Seen>();
    if (ids.isEmpty()) {
      return seen;
    }
    try (Connection connection = pool.getConnection();
        var schedule = connection.prepareStatement(SCHEDULE);
        var select =
            connection.prepareStatement(
                """
                SELECT id, state::text, state IN ('scheduled', 'available')
                  AND scheduled_at > clock_timestamp() + interval '800 milliseconds'
                  AND (coalesce(metadata ->> 'cairn:outages', '0') = '0'
                    OR scheduled_at > clock_timestamp() + interval '10 seconds')
                FROM river_job WHERE id = ANY (?) AND state <> 'running'
                """)) {
      schedule.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
      schedule.executeUpdate();
      select.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          seen.add(new Seen(rows.getLong(1), rows.getString(2), rows.getBoolean(3)));
        }
      }
    }
    return seen;
  }

  /** Whether the trial is over. */
  private boolean follow(Seen seen, Open open) throws SQLException {
    if (System.nanoTime() - open.begin > trialNanos) {
      open.complaints.add("the job does not end: it is " + seen.state());
      operator.jobs().cancel(seen.id());
      return true;
    }
    return switch (seen.state()) {
      case "completed" -> ended(seen, open, End.COMPLETED);
      case "discarded" -> ended(seen, open, End.DISCARDED);
      case "cancelled" -> ended(seen, open, open.world.isGivenUp() ? End.REFUSED : End.CANCELLED);
      case "scheduled", "available" -> seen.waits() && waits(seen, open);
      case "pending" -> {
        if (!open.world.hasBeenPaused()) {
          open.complaints.add("the job is pending, and nobody has paused it");
        }
        operator.jobs().operator(OPERATOR).resume(seen.id());
        yield false;
      }
      default -> false;
    };
  }

  private boolean waits(Seen seen, Open open) throws SQLException {
    long still = open.stillNanos();
    if (open.hasWaited && still > FOREVER_NANOS && open.looks > LOOKS_MIN) {
      boolean over = ended(seen, open, End.WAITING);
      operator.jobs().cancel(seen.id());
      return over;
    }
    if (open.hasWaited || still < STILL_NANOS) {
      return false;
    }
    open.hasWaited = true;
    open.stillSince = 0;
    open.complaints.addAll(Judge.atLongWait(open.stage, open.world));
    String rewind = open.stage.plan().rewind();
    if (!rewind.isEmpty()) {
      try {
        open.world.rewound();
        operator.jobs().operator(OPERATOR).rewindToStep(seen.id(), rewind);
      } catch (IllegalArgumentException e) {
        open.complaints.add("no rewind: " + e.getMessage());
      }
    }
    giveSignals(open.world, open.world.trial().program().signalsAtLongWait());
    return false;
  }

  private boolean ended(Seen seen, Open open, End end) throws SQLException {
    Trial stage = open.stage;
    Set<String> listed = listed(seen.id(), stage.program());
    operator.jobs().find(seen.id()).map(JobRecord::of).ifPresent(row -> note(row, open, end));
    open.complaints.addAll(
        Judge.complaints(
            stage, open.world, ProgramRows.of(pool, open.world.number()), end, listed));
    Afterwards next = open.world.trial().plan().afterwards();
    boolean isOver =
        !open.complaints.isEmpty()
            || end != End.COMPLETED
            || stage.plan().afterwards() == next
            || (next == Afterwards.REDRIVE && listed.isEmpty());
    if (!isOver) {
      open.stage = open.world.trial();
      open.world.cure();
      var by = operator.jobs().operator(OPERATOR);
      if (next == Afterwards.REDRIVE) {
        by.redrive(seen.id());
      } else {
        by.restart(seen.id());
      }
    }
    return isOver;
  }

  private void note(JobRecord row, Open open, End end) {
    open.complaints.addAll(row.complaints(open.stage, open.world, end));
    if (open.world.hasStarved()) {
      starved++;
    }
    if (open.world.timesStruck() > 0) {
      struck++;
      if (row.isUnexplained(open.stage, open.world)) {
        unexplained++;
      }
    }
  }

  /** How many attempts there were. */
  long attempts() {
    return attempts.get();
  }

  /** From how many of them the job was taken. */
  long taken() {
    return taken.get();
  }

  /** How many ends there were of jobs that were struck. */
  int struck() {
    return struck;
  }

  /** How many of them have used up more attempts than have failed. */
  int unexplained() {
    return unexplained;
  }

  /** How many ends there were of jobs that have waited for a connection in vain. */
  int starved() {
    return starved;
  }

  private Set<String> listed(long id, Program program) {
    var all = new TreeSet<String>();
    if (program.has(
        node ->
            node instanceof Node.ForEach each
                && each.policy().kind() == Node.Policy.Kind.QUARANTINE)) {
      operator.jobs().quarantined(id).forEach(item -> all.add(Listed.id(program, item)));
    }
    return all;
  }
}
