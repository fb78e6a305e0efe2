package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.AttemptError;
import dev.cairn.JobState;
import dev.cairn.Retention;
import dev.cairn.TestDatabase;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.CheckpointStore.ClaimWrites;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.ClientStore.Pulse;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.JobChange;
import dev.cairn.internal.store.JobChange.Next;
import dev.cairn.internal.store.JobControlStore.LockedJob;
import dev.cairn.internal.store.JobListStore.Change;
import dev.cairn.internal.store.JobListStore.Move;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.Rescuers;
import dev.cairn.internal.store.StepChanges;
import dev.cairn.internal.store.StepChanges.NewState;
import dev.cairn.internal.store.Stores;
import dev.cairn.internal.store.UniqueKey;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobQuery.Order;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoint.Progress;
import dev.cairn.spi.Quarantine.Item;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;

/*
 * A few dozen jobs, with few queues, keys, signals and clients, and everything that Cairn does to
 * them, each time to other ones and in another order.
 */

/** The jobs that all statements meet on, and what is done to them. Thread-safe. */
final class LockScene {
  private static final List<String> CLIENTS = List.of("a", "b", "dead");
  private static final List<String> QUEUES = List.of("one", "two", "three");

  /** Jobs in other queues are not looked at: there may be many. */
  private static final String ITS_QUEUES = "{one,two,three}";

  private static final int KEYS = 12;
  private static final int JOBS_MIN = 40;
  private static final int CLAIMS_MAX = 30;
  private static final AttemptError ERROR = new AttemptError(Instant.EPOCH, 1, "failed", "");
  private static final Retention NOTHING_KEPT =
      Retention.defaults()
          .withCompleted(Duration.ZERO)
          .withCancelled(Duration.ZERO)
          .withDiscarded(Duration.ZERO);

  @FunctionalInterface
  interface Act {
    void by(Random random) throws Exception;
  }

  private final TestDatabase server;
  private final Stores stores;
  private final PostgresJobStore jobs;
  private final WakeStatements wakes;
  private final Map<String, Act> acts = new LinkedHashMap<>();
  private final List<Claim> claims = new ArrayList<>();

  /**
   * A client writes its checkpoints on one thread, and replaces them when none is to be written.
   */
  private final ReentrantLock writing = new ReentrantLock();

  private volatile List<Long> ids = List.of();

  /**
   * @param hold how long transactions of users hold what they have locked
   */
  LockScene(TestDatabase server, DataSource dataSource, Duration hold) {
    this.server = server;
    this.stores = PostgresStores.of(dataSource, server.schema());
    this.jobs = (PostgresJobStore) stores.jobs();
    this.wakes = new WakeStatements(new Database(dataSource, server.schema()));
    server.execute("ALTER TABLE river_job SET (autovacuum_vacuum_scale_factor = 0.5)");
    server.execute(
        """
        INSERT INTO cairn_client (id, heartbeat_at, timeout)
        SELECT id, CASE WHEN id = 'dead' THEN now() - interval '1 hour' ELSE now() END,
          CASE WHEN id = 'dead' THEN '2 hours' ELSE '1 day' END::interval
        FROM unnest('{a,b,dead}'::text[]) AS id
        """);
    insertions();
    claims();
    outcomes();
    checkpoints();
    waits();
    operators();
    upkeep();
    clients();
    acts.putAll(new UserTransactions(this, dataSource, hold).acts());
  }

  /** What there is to do, by its name. */
  Map<String, Act> acts() {
    return acts;
  }

  /** Looks at which jobs there are now. */
  void look() {
    ids =
        server
            .query(
                """
                SELECT id FROM river_job
                WHERE state = ANY (enum_range(NULL::river_job_state)) AND queue = ANY (?::text[])
                ORDER BY id
                """,
                ITS_QUEUES)
            .stream()
            .map(row -> (Long) row.get("id"))
            .toList();
  }

  Stores stores() {
    return stores;
  }

  private void insertions() {
    acts.put(
        "insert",
        random -> {
          insertIfFew(random, 1);
          insertIfFew(random, 1);
          insertIfFew(random, 4);
        });
    acts.put("insert unique", random -> jobs.insert(List.of(unique(random))));
    acts.put("try to insert unique", random -> jobs.tryInsert(List.of(unique(random))));
    acts.put("insert many unique", random -> jobs.insert(uniques(random)));
    acts.put("insert fast", random -> jobs.insertFast(uniques(random)));
  }

  private void insertIfFew(Random random, int count) {
    if (ids.size() < JOBS_MIN || random.nextInt(10) == 0) {
      jobs.insert(
          Collections.nCopies(
              count,
              new NewJob(
                  "noop", "{}", "{}", 25, 1, any(random, QUEUES), null, false, List.of(), null)));
    }
  }

  /** Every other key does not count while its job waits for a retry. */
  private static NewJob unique(Random random) {
    int number = random.nextInt(KEYS);
    var key =
        new UniqueKey("%064x".formatted(number * 7L), number % 2 == 0 ? "11110101" : "11010101");
    Instant later = random.nextInt(3) == 0 ? Instant.now().plusMillis(200) : null;
    return new NewJob("noop", "{}", "{}", 25, 1, any(random, QUEUES), later, false, List.of(), key);
  }

  static List<NewJob> uniques(Random random) {
    var batch = new ArrayList<NewJob>();
    for (int i = 0; i < 8; i++) {
      batch.add(unique(random));
    }
    return batch;
  }

  private void claims() {
    acts.put("claim", random -> claim(random, either(random, Set.of(), Set.of("noop"))));
    acts.put(
        "claim one",
        random ->
            jobs.claim(
                    id(random), new ClaimScope(any(random, QUEUES), any(random, CLIENTS), Set.of()))
                .ifPresent(job -> keep(job)));
    acts.put(
        "claim one now",
        random -> jobs.claimNow(id(random), any(random, CLIENTS)).ifPresent(job -> keep(job)));
    acts.put("renew", random -> jobs.renew("a", some(random), Duration.ZERO));
  }

  private void claim(Random random, Set<String> kinds) {
    var scope = new ClaimScope(any(random, QUEUES), any(random, CLIENTS), kinds);
    jobs.claim(scope, ClaimRange.ALL, 4).forEach(this::keep);
  }

  private void keep(ClaimedJob job) {
    synchronized (claims) {
      claims.add(job.claim());
      if (claims.size() > CLAIMS_MAX) {
        claims.removeFirst();
      }
    }
  }

  /** Some claims, in any order. */
  List<Claim> some(Random random) {
    synchronized (claims) {
      var shuffled = new ArrayList<>(claims);
      Collections.shuffle(shuffled, random);
      return List.copyOf(shuffled.subList(0, Math.min(8, shuffled.size())));
    }
  }

  /** Rather a new one, which still holds. */
  Claim one(Random random) {
    synchronized (claims) {
      int back = Math.min(claims.size(), 1 + random.nextInt(either(random, 4, CLAIMS_MAX)));
      return back == 0 ? new Claim(1, Instant.EPOCH, "a") : claims.get(claims.size() - back);
    }
  }

  private void outcomes() {
    acts.put("complete", random -> finish(random, new Outcome.Completed(), false));
    acts.put("complete with steps", random -> finish(random, new Outcome.Completed(), true));
    acts.put("finish", random -> finish(random, outcome(random), true));
    acts.put("hand back", random -> jobs.handBack("a", some(random)));
    acts.put(
        "set apart",
        random -> {
          if (random.nextBoolean()) {
            jobs.setApart(id(random), "odd");
          } else {
            jobs.setApart(one(random), "odd");
          }
        });
    acts.put("add metadata", random -> jobs.addMetadata(one(random), "{\"more\": 1}"));
  }

  /** A retry is due at once, or after more than River's five seconds, which upkeep lets pass. */
  private static Outcome outcome(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> new Outcome.Snoozed(Duration.ofHours(1));
      case 1 -> new Outcome.Suspended(Duration.ofHours(1), 1);
      default -> new Outcome.Retried(ERROR, Duration.ofSeconds(random.nextInt(2) * 6L), 0);
    };
  }

  private void finish(Random random, Outcome outcome, boolean resumable) {
    String client = any(random, CLIENTS);
    jobs.finish(
        client,
        some(random).stream()
            .filter(claim -> claim.clientId().equals(client))
            .map(claim ->
                new FinishedAttempt(
                    FencedClaim.of(claim), 1, outcome, null, resumable, List.of(write()), times()))
            .toList());
  }

  private static AttemptTimes times() {
    return new AttemptTimes(Duration.ZERO, Duration.ZERO, System.nanoTime());
  }

  private static CheckpointWrite write() {
    return write("step");
  }

  static CheckpointWrite write(String name) {
    var checkpoint = new Checkpoint(name, 0, true, "1", new Progress(Duration.ZERO, null, null));
    return new CheckpointWrite(checkpoint, System.nanoTime(), false);
  }

  private void checkpoints() {
    acts.put(
        "write checkpoints",
        random ->
            alone(() ->
                stores
                    .checkpoints()
                    .write(
                        "a",
                        some(random).stream()
                            .map(claim -> new ClaimWrites(FencedClaim.of(claim), List.of(write())))
                            .toList())));
    acts.put(
        "replace checkpoints",
        random ->
            alone(() ->
                stores
                    .checkpoints()
                    .replace(
                        FencedClaim.of(one(random)), List.of(write(), write("other")), false)));
    acts.put(
        "rename checkpoints",
        random ->
            alone(() ->
                stores
                    .checkpoints()
                    .rename(FencedClaim.of(one(random)), List.of(write("other")), Set.of("step"))));
    acts.put(
        "take over progress",
        random ->
            alone(() ->
                stores
                    .checkpoints()
                    .replace(FencedClaim.of(one(random)), List.of(write(), write("other")), true)));
    acts.put(
        "put an item aside",
        random -> {
          Claim claim = one(random);
          stores.quarantine().put(FencedClaim.of(claim), "step", new Item("1", null, "bad", 0));
          switch (random.nextInt(4)) {
            case 0 -> stores.quarantine().release(claim, "step", "1");
            case 1 -> stores.quarantine().forget(claim, "step");
            case 2 -> stores.quarantine().rename(claim, "step", "step of " + random.nextLong());
            default -> {}
          }
        });
  }

  private void alone(Runnable work) {
    writing.lock();
    try {
      work.run();
    } finally {
      writing.unlock();
    }
  }

  private void waits() {
    acts.put(
        "wait",
        random -> {
          switch (random.nextInt(3)) {
            case 0 -> stores.waits().awaitSignal(one(random), "s", signal(random));
            case 1 -> stores.waits().awaitJob(one(random), "j", id(random));
            default -> stores.waits().forget(one(random), "s");
          }
        });
    acts.put(
        "signal",
        random -> {
          server.execute(
              """
              INSERT INTO cairn_wait (job_id, step, signal)
              SELECT id, 'x', ?
              FROM (
                SELECT id FROM river_job
                WHERE state = ANY (enum_range(NULL::river_job_state)) AND queue = ANY (?::text[])
                ORDER BY random() LIMIT 10
              ) AS job
              ORDER BY id
              ON CONFLICT DO NOTHING
              """,
              signal(random),
              ITS_QUEUES);
          stores.waits().signal(signal(random), "1");
        });
    acts.put("wake after jobs", random -> stores.waits().wake(100));
    acts.put(
        "wake in parts",
        random -> {
          String name = signal(random);
          server.execute(
              """
              INSERT INTO cairn_wait (job_id, step, signal, awaited_job)
              SELECT id, step, CASE WHEN step = 'y' THEN ? END, CASE WHEN step = 'z' THEN -1 END
              FROM (
                SELECT id FROM river_job
                WHERE state = ANY (enum_range(NULL::river_job_state)) AND queue = ANY (?::text[])
                ORDER BY random() LIMIT 10
              ) AS job, unnest('{y,z}'::text[]) AS step
              UNION ALL SELECT 0, ?, ?, NULL
              ORDER BY 1, 2
              ON CONFLICT DO NOTHING
              """,
              name,
              ITS_QUEUES,
              name,
              name);
          wakes.jobsInParts(100, true);
          wakes.signalsInParts(100, true);
        });
    acts.put(
        "wake after signals",
        random -> {
          String name = signal(random);
          server.execute(
              """
              INSERT INTO cairn_wait (job_id, step, signal) VALUES (0, ?, ?) ON CONFLICT DO NOTHING
              """,
              name,
              name);
          stores.waits().wake(100);
        });
    acts.put(
        "clean waits and signals",
        random -> {
          stores.upkeep().cleanWaits(Long.MIN_VALUE, 100, 100);
          stores.upkeep().cleanSignals("", 100);
        });
  }

  static String signal(Random random) {
    return "signal " + random.nextInt(3);
  }

  private void operators() {
    acts.put("cancel", random -> rarely(random, () -> stores.jobList().cancel(id(random))));
    acts.put("retry", random -> stores.jobList().retry(id(random)));
    acts.put(
        "change metadata",
        random ->
            stores.jobList().update(id(random), new Change("{\"by\": 1}", null, Move.NONE), null));
    acts.put("move", this::move);
    acts.put("delete", random -> stores.jobList().delete(id(random)));
    acts.put("delete many", random -> stores.jobList().deleteMany(query(random)));
    acts.put(
        "cancel many",
        random ->
            rarely(
                random,
                () ->
                    stores
                        .jobList()
                        .cancelMany(query(random), JobChange.of("cancel", "test", null))));
    acts.put("retry many", random -> stores.jobList().retryMany(query(random), null));
    acts.put("operate", random -> operate(random, JobChange.of("operate", "test", null)));
  }

  /** Also to a time at which it is due, so that it takes its unique key back. */
  private void move(Random random) {
    Instant due = Instant.now().plusMillis(either(random, -200, 200));
    var move = new Move(random.nextBoolean() ? due : null, any(random, QUEUES), 1, 25);
    try {
      stores.jobList().update(id(random), new Change(null, null, move), null);
    } catch (IllegalStateException e) {
      if (!isKeyTaken(e)) {
        assertThat(e).hasMessageMatching("(?s).*CAIRN-40[1289].*");
      }
    }
  }

  private void operate(Random random, JobChange change) {
    switch (random.nextInt(3)) {
      case 0 -> change(id(random), change.with(steps(random)));
      case 1 -> change(id(random), change.with(Next.AVAILABLE));
      default ->
          server.query("SELECT job_id FROM cairn_quarantine ORDER BY random() LIMIT 1").stream()
              .map(row -> (Long) row.get("job_id"))
              .forEach(id -> change(id, change.redriving()));
    }
  }

  private static StepChanges steps(Random random) {
    return random.nextBoolean()
        ? StepChanges.FORGET_ALL
        : new StepChanges(
            false, Set.of("other"), Set.of(), List.of(new NewState("step", false, "1")));
  }

  static JobQuery query(Random random) {
    JobQuery query =
        JobQuery.all()
            .withQueues(QUEUES.toArray(String[]::new))
            .orderBy(any(random, List.of(Order.values())))
            .withLimit(8);
    return random.nextBoolean() ? query : query.latestFirst();
  }

  /** Whether a job could not be brought back, since another one holds its unique key by now. */
  static boolean isKeyTaken(Throwable failure) {
    return failure instanceof IllegalStateException
        && failure.getMessage() != null
        && failure.getMessage().contains("unique key");
  }

  private void change(long id, JobChange change) {
    stores
        .jobControl()
        .change(id, locked -> isPossible(change, locked) ? Optional.of(change) : Optional.empty());
  }

  private boolean isPossible(JobChange change, LockedJob locked) {
    return change.next() == Next.AVAILABLE
        ? locked.job().state() != JobState.RUNNING
        : !change.redrives() || !stores.jobControl().quarantined(locked.job().id(), 1).isEmpty();
  }

  private void upkeep() {
    acts.put(
        "schedule",
        random -> {
          server.execute(
              """
              UPDATE river_job
              SET scheduled_at = now() - interval '1 second',
                state = CASE WHEN state = 'available' THEN 'retryable' ELSE state END
              WHERE id IN (
                SELECT id FROM river_job
                WHERE state IN ('available', 'retryable', 'scheduled') AND queue = ANY (?::text[])
                ORDER BY random() LIMIT 8 FOR UPDATE SKIP LOCKED)
              """,
              ITS_QUEUES);
          stores.upkeep().schedule(100);
        });
    acts.put(
        "rescue from dead clients",
        random -> {
          server.execute(
              """
              UPDATE cairn_client
              SET timeout = CASE WHEN id = 'a' THEN timeout WHEN ? THEN '2 hours' ELSE '4 seconds'
                    END::interval,
                heartbeat_at = CASE WHEN id = 'a' THEN now() ELSE heartbeat_at END
              WHERE id IN ('a', 'dead')
              """,
              random.nextBoolean());
          stores
              .clients()
              .rescueFromDeadClients(
                  Rescuers.of(stores, "a", Duration.ofDays(2)), 100, random.nextBoolean());
        });
    acts.put(
        "next death",
        random ->
            stores
                .clients()
                .untilNextDeath(
                    Rescuers.of(stores, "a", Duration.ofDays(2)), Duration.ofMinutes(1)));
    acts.put(
        "rescue a former life",
        random -> rarely(random, () -> stores.clients().rescueFormerLife(any(random, CLIENTS), 4)));
    acts.put(
        "rescue stuck jobs",
        random -> {
          server.execute(
              """
              UPDATE river_job
              SET attempted_by = '{go}', attempted_at = now() - interval '1 hour'
              WHERE id IN (
                SELECT id FROM river_job WHERE state = 'running' AND queue = ANY (?::text[])
                LIMIT 2 FOR UPDATE SKIP LOCKED)
              """,
              ITS_QUEUES);
          stores
              .upkeep()
              .findStuck(Duration.ZERO, Set.of(), Set.of(), 4)
              .forEach(job -> stores.upkeep().rescue(job, Duration.ofSeconds(6)));
        });
    for (JobState state : List.of(JobState.COMPLETED, JobState.CANCELLED, JobState.DISCARDED)) {
      acts.put(
          "clean " + state.label(),
          random ->
              rarely(
                  random,
                  () -> stores.upkeep().clean(state, NOTHING_KEPT, null, Duration.ZERO, 10)));
    }
    acts.put(
        "clean checkpoints", random -> stores.upkeep().cleanCheckpoints(Long.MIN_VALUE, 100, 100));
    acts.put(
        "clean quarantine", random -> stores.upkeep().cleanQuarantine(Long.MIN_VALUE, 100, 100));
    acts.put("clean clients", random -> stores.upkeep().cleanClients());
    acts.put(
        "record queues",
        random -> {
          var shuffled = new ArrayList<>(QUEUES);
          Collections.shuffle(shuffled, random);
          boolean ignored = stores.queues().touch(shuffled);
        });
    acts.put(
        "change queues",
        random -> {
          stores.queues().pause("*", "ada", null);
          stores.queues().resume("*");
          stores.queues().update(any(random, QUEUES), "{}");
          stores.queues().keepPaused();
          rarely(random, () -> stores.queues().clean(Duration.ZERO, 2));
        });
  }

  private void clients() {
    acts.put(
        "begin, beat and sign off",
        random -> {
          String client = "c" + random.nextInt(2);
          Instant life =
              stores
                  .clients()
                  .begin(client, Duration.ofDays(1), stores.clients().lastSign(client))
                  .life();
          try (Pulse pulse = stores.clients().pulse(client, Duration.ofDays(1), life)) {
            pulse.beat();
            pulse.signOff();
          } catch (IllegalStateException e) {
            // Another one has begun under its id meanwhile.
            assertThat(e).hasMessageContaining("CAIRN-108");
          }
        });
    acts.put(
        "lead",
        random -> {
          String client = any(random, CLIENTS);
          var elected = stores.leader().elect(client, Duration.ofMinutes(1));
          if (elected.isPresent()) {
            stores.leader().reelect(client, elected.get(), Duration.ofMinutes(1));
            stores.leader().resign(client, elected.get());
          }
        });
    acts.put("look up a periodic job", random -> stores.periodic().nextRun("daily", Instant.EPOCH));
    acts.put(
        "neglected periodic jobs",
        random -> stores.periodic().neglected(Set.of("daily", "unknown")));
    acts.put(
        "last runs",
        random -> stores.periodic().lastJobsOfRiver("daily", Instant.EPOCH, Instant.now()));
  }

  private static void rarely(Random random, Runnable work) {
    if (random.nextInt(4) == 0) {
      work.run();
    }
  }

  long id(Random random) {
    return ids.isEmpty() ? 1 : any(random, ids);
  }

  private static <T> T either(Random random, T one, T other) {
    return random.nextBoolean() ? one : other;
  }

  private static <T> T any(Random random, List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
