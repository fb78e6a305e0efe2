package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.InsertResult;
import dev.cairn.TestDatabase;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.UniqueKey;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobQuery.Order;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/*
 * Two statements that wait for each other's locks are a deadlock only if they take them in differing
 * orders. Whoever holds one job in the middle sees what a statement has locked before it, and that
 * it has locked nothing behind it.
 */
class LockOrderTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private static final int JOBS = 40;
  private static final long HELD = 17;
  private static final Duration BOUND = Duration.ofMinutes(1);
  private static final long SEED = 20261126;
  private static final String STATES = "11110101";

  private final Database database = new Database(server.dataSource(), server.schema());
  private final PostgresWaitStore waits = new PostgresWaitStore(database);
  private final PostgresJobListStore lists = new PostgresJobListStore(database);
  private final PostgresJobStore jobs = new PostgresJobStore(database);
  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();

  /** In the table, and by their times and unique keys, the jobs stand in the opposite order. */
  @BeforeEach
  void fill() {
    server.execute("TRUNCATE river_job, cairn_wait, cairn_signal RESTART IDENTITY");
    server.execute(
        """
        INSERT INTO river_job
          (id, kind, args, max_attempts, state, scheduled_at, unique_key, unique_states)
        SELECT id, 'noop', '{}', 25, 'scheduled', now() + interval '1 day' - id * interval '1 second',
          decode(lpad((1000 - id)::text, 64, '0'), 'hex'), ?::bit(8)
        FROM generate_series(?, 1, -1) AS id
        """,
        STATES,
        JOBS);
    server.query("SELECT setval('river_job_id_seq', 10000)");
    server.execute(
        """
        INSERT INTO cairn_wait (job_id, step, signal, awaited_job)
        SELECT id, step, CASE WHEN step = 'signal' THEN 'go' END, CASE WHEN step = 'job' THEN 0 END
        FROM generate_series(?, 1, -1) AS id, unnest('{signal,job}'::text[]) AS step
        """,
        JOBS);
  }

  @AfterEach
  void stop() {
    background.shutdownNow();
  }

  private static String keyOf(long id) {
    return "%064d".formatted(1_000 - id);
  }

  private static NewJob unique(String key) {
    return new NewJob(
        "noop", "{}", "{}", 25, 1, "default", null, false, List.of(), new UniqueKey(key, STATES));
  }

  private static NewJob plain() {
    return new NewJob("noop", "{}", "{}", 25, 1, "default", null, false, List.of(), null);
  }

  /** The jobs that a statement has locked by the time it waits for one that is held. */
  private List<Long> lockedBefore(Runnable statement) throws Exception {
    try (Connection holder = server.dataSource().getConnection()) {
      holder.setAutoCommit(false);
      long pid = lock(holder, HELD);
      Future<?> running = background.submit(statement);
      try {
        await().atMost(BOUND).until(() -> somebodyWaitsFor(pid));
        return locked();
      } finally {
        holder.rollback();
        running.get(BOUND.toSeconds(), TimeUnit.SECONDS);
      }
    }
  }

  private static long lock(Connection holder, long id) throws SQLException {
    try (var statement =
        holder.prepareStatement(
            "SELECT pg_backend_pid() FROM river_job WHERE id = ? FOR NO KEY UPDATE")) {
      statement.setLong(1, id);
      var row = statement.executeQuery();
      row.next();
      return row.getLong(1);
    }
  }

  private static boolean somebodyWaitsFor(long pid) {
    return server.number(
            "SELECT count(*) FROM pg_stat_activity WHERE ? = ANY (pg_blocking_pids(pid))", pid)
        > 0;
  }

  private static List<Long> locked() {
    var all = new ArrayList<>(LongStream.rangeClosed(1, JOBS).boxed().toList());
    server
        .query("SELECT id FROM river_job FOR NO KEY UPDATE SKIP LOCKED")
        .forEach(row -> all.remove(Objects.requireNonNull((Long) row.get("id"))));
    all.remove(HELD);
    return all;
  }

  private static List<Long> allBefore() {
    return LongStream.range(1, HELD).boxed().toList();
  }

  @Test
  void l2_aSignalLocksTheJobsThatItWakesInOrderOfId() throws Exception {
    assertThat(lockedBefore(() -> waits.signal("go", null))).isEqualTo(allBefore());
    assertThat(server.number("SELECT count(*) FROM river_job WHERE state = 'available'"))
        .isEqualTo(JOBS);
  }

  @ParameterizedTest
  @EnumSource(value = Order.class, mode = Mode.EXCLUDE, names = "FINALIZED_AT")
  void l2_deletionLocksInOrderOfIdWhateverOrderItIsAskedFor(Order order) throws Exception {
    var deleted = new ArrayList<Long>();
    JobQuery query = JobQuery.all().orderBy(order).latestFirst();
    assertThat(lockedBefore(() -> lists.deleteMany(query).forEach(job -> deleted.add(job.id()))))
        .isEqualTo(allBefore());
    assertThat(deleted).hasSize(JOBS);
  }

  @Test
  void cancellationAndRetryLockInOrderOfIdWhateverOrderTheyAreAskedFor() throws Exception {
    for (Order order : List.of(Order.ID, Order.SCHEDULED_AT, Order.TIME)) {
      JobQuery query = JobQuery.all().orderBy(order).latestFirst();
      assertThat(lockedBefore(() -> lists.cancelMany(query, null))).isEqualTo(allBefore());
      assertThat(lockedBefore(() -> lists.retryMany(query, null))).isEqualTo(allBefore());
    }
  }

  /* The leader comes again each second, and must not hold jobs while it waits for a user. */
  @Test
  void l2_theLeaderWakesAllButAJobThatSomebodyHolds() throws Exception {
    try (Connection holder = server.dataSource().getConnection()) {
      holder.setAutoCommit(false);
      lock(holder, HELD);
      Future<Integer> woken = background.submit(() -> waits.wake(100));
      try {
        assertThat(woken.get(BOUND.toSeconds(), TimeUnit.SECONDS)).isEqualTo(JOBS - 1);
      } finally {
        holder.rollback();
      }
    }
    assertThat(waits.wake(100)).isEqualTo(1);
    assertThat(waits.wake(100)).isZero();
  }

  @Test
  void l1_duplicatesAreLockedInOrderOfIdWhateverTheirKeys() throws Exception {
    List<Long> ids = new ArrayList<>(LongStream.rangeClosed(1, JOBS).boxed().toList());
    Collections.shuffle(ids, new Random(SEED));
    List<NewJob> batch = ids.stream().map(id -> unique(keyOf(id))).toList();
    var results = new ArrayList<InsertResult>();

    assertThat(lockedBefore(() -> results.addAll(jobs.insert(batch)))).isEqualTo(allBefore());

    assertThat(results).allMatch(InsertResult::isDuplicate);
    assertThat(results).extracting(InsertResult::id).containsExactlyElementsOf(ids);
  }

  @Test
  void l1_uniqueJobsAreInsertedInOrderOfTheirKeysAndAnsweredInTheOrderOfTheCaller()
      throws Exception {
    NewJob first = unique("1".repeat(64));
    NewJob second = unique("2".repeat(64));
    NewJob third = unique("3".repeat(64));
    try (Connection holder = server.dataSource().getConnection()) {
      holder.setAutoCommit(false);
      jobs.insert(holder, List.of(second));
      Future<List<InsertResult>> batch =
          background.submit(() -> jobs.insert(List.of(third, plain(), second, first)));
      try {
        long pid = lock(holder, HELD);
        await().atMost(BOUND).until(() -> somebodyWaitsFor(pid));
        Future<List<InsertResult>> other = background.submit(() -> jobs.insert(List.of(third)));
        assertThat(other.get(BOUND.toSeconds(), TimeUnit.SECONDS))
            .as("the batch has not come to the third key")
            .noneMatch(InsertResult::isDuplicate);
      } finally {
        holder.rollback();
      }
      List<InsertResult> results = batch.get(BOUND.toSeconds(), TimeUnit.SECONDS);
      assertThat(results)
          .extracting(InsertResult::isDuplicate)
          .containsExactly(true, false, false, false);
      assertThat(results.subList(1, 4)).extracting(InsertResult::id).isSorted();
    }
  }

  /*
   * While it waits for a job, another key of its batch comes to be held by a job that somebody has
   * locked. Whoever waited for that one, too, with new keys inserted, would wait out of order.
   */
  @Test
  void l1_aKeyThatMovesMeanwhileIsWaitedForWithNothingInserted() throws Exception {
    NewJob free = unique("1".repeat(64));
    NewJob moving = unique("2".repeat(64));
    try (Connection own = server.dataSource().getConnection();
        Connection holder = server.dataSource().getConnection();
        Connection later = server.dataSource().getConnection()) {
      for (Connection each : List.of(own, holder, later)) {
        each.setAutoCommit(false);
      }
      long before = jobs.insert(own, List.of(plain())).getFirst().id();
      long pid = lock(holder, HELD);
      Future<List<InsertResult>> batch =
          background.submit(() -> jobs.insert(own, List.of(free, unique(keyOf(HELD)), moving)));
      await().atMost(BOUND).until(() -> somebodyWaitsFor(pid));
      long moved = jobs.insert(List.of(moving)).getFirst().id();
      long laterPid = lock(later, moved);
      holder.rollback();
      await().atMost(BOUND).until(() -> somebodyWaitsFor(laterPid));

      Future<List<InsertResult>> other = background.submit(() -> jobs.insert(List.of(free)));
      long taken = other.get(BOUND.toSeconds(), TimeUnit.SECONDS).getFirst().id();
      later.rollback();

      List<InsertResult> results = batch.get(BOUND.toSeconds(), TimeUnit.SECONDS);
      own.commit();
      assertThat(results).extracting(InsertResult::id).containsExactly(taken, HELD, moved);
      assertThat(results).allMatch(InsertResult::isDuplicate);
      assertThat(lists.find(before)).as("what the user's transaction did before").isPresent();
    }
  }
}
