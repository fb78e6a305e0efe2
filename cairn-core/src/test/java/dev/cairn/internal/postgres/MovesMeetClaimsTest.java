package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.JobListStore.Change;
import dev.cairn.internal.store.JobListStore.Move;
import dev.cairn.internal.store.Stores;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Jobs are claimed, by the queue and by their ids, while they are moved out of it: to another
 * queue, or to a later time. Each is either moved and not claimed, or claimed as it was and
 * refused.
 */
class MovesMeetClaimsTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private static final long SEED = 20261129;
  private static final int ROUNDS = 40;
  private static final int JOBS = 24;

  /** Of each round: two that claim the queue, one that claims by ids, and three that move. */
  private static final int THREADS = 6;

  /** More than it takes until each job is claimed or moved. */
  private static final int TRIES = 10_000;

  private static final ClaimScope SCOPE = new ClaimScope("here", "client", Set.of());

  private final Stores stores = PostgresStores.of(server.dataSource(), server.schema());
  private final Map<Long, ClaimedJob> claimed = new ConcurrentHashMap<>();
  private final Set<Long> moved = ConcurrentHashMap.newKeySet();
  private final Set<Long> refused = ConcurrentHashMap.newKeySet();

  @BeforeEach
  void prepare() {
    server.execute(
        "INSERT INTO cairn_client (id, timeout) VALUES ('client', '1 day') ON CONFLICT DO NOTHING");
  }

  @Test
  void aJobIsEitherMovedOrClaimed() throws Exception {
    var random = new Random(SEED);
    var both = new HashMap<String, Integer>();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        meet(threads, random, insert());
        both.merge("claimed", claimed.size(), Integer::sum);
        both.merge("moved", moved.size(), Integer::sum);
        both.merge("refused", refused.size(), Integer::sum);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(both.values()).as("of seed %d: %s", SEED, both).allMatch(number -> number > ROUNDS);
  }

  private static List<Long> insert() {
    server.execute("DELETE FROM river_job");
    return server
        .query(
            """
            INSERT INTO river_job (kind, args, max_attempts, queue, scheduled_at)
            SELECT 'noop', '{}', 25, 'here', now() - interval '1 minute' FROM generate_series(1, ?)
            RETURNING id
            """,
            JOBS)
        .stream()
        .map(row -> (Long) row.get("id"))
        .toList();
  }

  private void meet(ExecutorService threads, Random random, List<Long> ids) throws Exception {
    claimed.clear();
    moved.clear();
    refused.clear();
    var start = new CyclicBarrier(THREADS);
    var running = new ArrayList<Future<?>>();
    for (int i = 0; i < 2; i++) {
      running.add(threads.submit(() -> claimTheQueue(start)));
    }
    running.add(threads.submit(() -> claimByIds(start, shuffled(ids, random.nextLong()))));
    for (int i = 0; i < 3; i++) {
      List<Long> part = shuffled(ids, random.nextLong());
      boolean later = i == 0;
      running.add(threads.submit(() -> move(start, part, later)));
    }
    for (Future<?> each : running) {
      each.get(60, TimeUnit.SECONDS);
    }
    ids.forEach(this::check);
  }

  private static List<Long> shuffled(List<Long> ids, long seed) {
    var shuffled = new ArrayList<>(ids);
    Collections.shuffle(shuffled, new Random(seed));
    return shuffled;
  }

  private boolean isOver() {
    return claimed.size() + moved.size() >= JOBS;
  }

  private Void claimTheQueue(CyclicBarrier start) throws Exception {
    start.await(60, TimeUnit.SECONDS);
    for (int i = 0; i < TRIES && !isOver(); i++) {
      stores.jobs().claim(SCOPE, ClaimRange.ALL, 1).forEach(this::note);
    }
    return null;
  }

  private Void claimByIds(CyclicBarrier start, List<Long> ids) throws Exception {
    start.await(60, TimeUnit.SECONDS);
    for (long id : ids) {
      stores.jobs().claim(id, SCOPE).ifPresent(this::note);
    }
    return null;
  }

  private void note(ClaimedJob job) {
    assertThat(claimed.put(job.claim().jobId(), job)).isNull();
  }

  private Void move(CyclicBarrier start, List<Long> ids, boolean later) throws Exception {
    Move move =
        later
            ? new Move(Instant.now().plus(Duration.ofHours(1)), null, null, null)
            : new Move(null, "there", 2, null);
    start.await(60, TimeUnit.SECONDS);
    for (long id : ids) {
      try {
        assertThat(stores.jobList().update(id, new Change(null, null, move), null)).isPresent();
        moved.add(id);
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageContaining("job %d (noop) is running", id);
        refused.add(id);
      }
    }
    return null;
  }

  private void check(long id) {
    assertThat(claimed.containsKey(id)).as("job %d", id).isNotEqualTo(moved.contains(id));
    Map<String, ?> row =
        server
            .query(
                """
                SELECT state::text, queue, priority, scheduled_at > now() AS is_later
                FROM river_job WHERE id = ?
                """,
                id)
            .getFirst();
    boolean isWhereItWas =
        "here".equals(row.get("queue")) && Boolean.FALSE.equals(row.get("is_later"));
    ClaimedJob job = claimed.get(id);
    assertThat(row.get("state")).isEqualTo(job != null ? "running" : stateOf(row));
    assertThat(isWhereItWas).as("job %d: %s", id, row).isEqualTo(job != null);
    if (job != null) {
      assertThat(refused).contains(id);
      assertThat(job.queue()).isEqualTo("here");
      assertThat(job.priority()).isEqualTo(1);
    }
  }

  private static String stateOf(Map<String, ?> row) {
    return Boolean.TRUE.equals(row.get("is_later")) ? "scheduled" : "available";
  }
}
