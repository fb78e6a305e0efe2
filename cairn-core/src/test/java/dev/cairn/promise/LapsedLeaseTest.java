package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InterceptedStatements;
import dev.cairn.InterruptionReason;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.ClaimScope;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client that cannot send its heartbeat, while all else of it is well. */
class LapsedLeaseTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final AtomicBoolean beatsHang = new AtomicBoolean();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final List<InterruptionReason> reasons = new CopyOnWriteArrayList<>();
  private final AtomicBoolean worksLong = new AtomicBoolean(true);

  @JobKind("lasting")
  record Lasting(String name) {}

  @AfterEach
  void release() {
    released.countDown();
  }

  private void work(WorkContext context) {
    begun.countDown();
    while (worksLong.get()) {
      try {
        context.yieldIfInterrupted();
      } finally {
        // After it: asked for before, an interruption that comes in between would not be noted.
        context.interruption().ifPresent(reasons::add);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private Cairn start(Duration heartbeatTimeout) {
    Cairn client =
        Cairn.builder(
                InterceptedStatements.of(
                    database.dataSource(),
                    (purpose, call) -> {
                      if (purpose.equals("send the heartbeat") && beatsHang.get()) {
                        released.await();
                        throw new SQLException("broken off", "08006");
                      }
                      return call.proceed();
                    }))
            .schema(database.schema())
            .workers(
                Workers.builder().register(Lasting.class, (job, context) -> work(context)).build())
            .queue("default", 5)
            .pollInterval(Duration.ofMillis(50))
            .heartbeatTimeout(heartbeatTimeout)
            .jobTimeout(Duration.ZERO)
            .maxAttempts(3)
            .build();
    client.start();
    return client;
  }

  @Test
  void a3_aClientWhoseHeartbeatHangsStopsItsJobsClaimsNothingAndRescuesNobody() throws Exception {
    Cairn client = start(Duration.ofSeconds(1));
    try {
      long id = client.insert(new Lasting("x")).id();
      begun.await();

      beatsHang.set(true);

      JobRow job = clients.await(id, JobState.AVAILABLE);
      assertThat(job.attempt()).as("the attempt is given back").isZero();
      assertThat(job.metadata()).doesNotContain("rescue_count");
      assertThat(reasons).contains(InterruptionReason.LEASE_LOST);
      // For another two timeouts nobody claims it, and nobody takes it for a dead client's.
      long waited = System.nanoTime();
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> {
            JobRow now = clients.inserter().jobs().find(id).orElseThrow();
            assertThat(now.state()).isEqualTo(JobState.AVAILABLE);
            assertThat(now.metadata()).doesNotContain("rescue_count");
            return System.nanoTime() - waited > TimeUnit.SECONDS.toNanos(2);
          });

      beatsHang.set(false);
      worksLong.set(false);
      released.countDown();

      assertThat(clients.await(id, JobState.COMPLETED).attempt()).isEqualTo(1);
    } finally {
      client.stopNow();
    }
  }

  @Test
  void a3_aClientThatStopsWhileItsHeartbeatHangsIsBackInTime() {
    Cairn client = start(Duration.ofSeconds(30));
    long id = client.insert(new Lasting("x")).id();
    clients.await(id, JobState.RUNNING);
    beatsHang.set(true);

    long begin = System.nanoTime();
    client.stop(Duration.ofSeconds(1));

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(12));
    assertThat(clients.inserter().jobs().find(id).orElseThrow().state())
        .isEqualTo(JobState.AVAILABLE);
  }

  /** Seen before: 6 of 6 jobs were discarded, as if the clients had died 25 times. */
  @Test
  void a3_clientsWhoseRowsSomebodyHasLockedLoseNoJobForIt() throws Exception {
    Cairn first = start(Duration.ofSeconds(4));
    Cairn second = start(Duration.ofSeconds(4));
    try (Connection stranger = database.dataSource().getConnection()) {
      List<Long> ids =
          List.of(
              first.insert(new Lasting("a")).id(),
              first.insert(new Lasting("b")).id(),
              second.insert(new Lasting("c")).id());
      ids.forEach(id -> clients.await(id, JobState.RUNNING));
      stranger.setAutoCommit(false);
      try (var lock = stranger.createStatement()) {
        lock.execute("SELECT * FROM cairn_client FOR UPDATE");
      }

      ids.forEach(id -> assertThat(clients.await(id, JobState.AVAILABLE).attempt()).isZero());

      worksLong.set(false);
      stranger.rollback();
      for (long id : ids) {
        JobRow job = clients.await(id, JobState.COMPLETED);
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(job.errors()).isEmpty();
        assertThat(job.metadata()).doesNotContain("rescue_count");
      }
    } finally {
      first.stopNow();
      second.stopNow();
    }
  }

  /** After an outage all clients seem dead to the one that comes back first. */
  @Test
  void a3_whoComesBackFirstLeavesTheOthersTheirJobs() {
    long id = runningUnder("comes_back_later", "1 hour", Duration.ofSeconds(4));
    long dead = runningUnder("died_long_ago", "1 hour", Duration.ofMillis(100));
    worksLong.set(false);

    Instant before = Instant.now();
    Cairn client = start(Duration.ofSeconds(1));
    try {
      JobRow ofTheDead = clients.await(dead, JobState.COMPLETED);
      JobRow ofTheOther = clients.await(id, JobState.COMPLETED);

      assertThat(ofTheOther.attemptedAt())
          .as("its timeout is longer than the other has been back before")
          .isAfter(before.plus(Duration.ofSeconds(4)));
      assertThat(ofTheDead.attemptedAt()).isBefore(ofTheOther.attemptedAt());
    } finally {
      client.stopNow();
    }
  }

  private static long runningUnder(String client, String silentFor, Duration timeout) {
    database.execute(
        "INSERT INTO cairn_client (id, timeout, heartbeat_at)"
            + " VALUES (?, ? * interval '1 ms', now() - ?::interval)",
        client,
        timeout.toMillis(),
        silentFor);
    return database.number(
        """
        INSERT INTO river_job
          (kind, args, state, attempt, max_attempts, attempted_at, attempted_by)
        VALUES ('lasting', '{"name": "x"}', 'running', 1, 25, now(), ARRAY[?])
        RETURNING id
        """,
        client);
  }

  @Test
  void a3_aClientThatCountsAsDeadCanNeitherClaimNorRenew() {
    var stores = PostgresStores.of(database.dataSource(), database.schema());
    long id = clients.inserter().insert(new Lasting("x")).id();
    database.execute("INSERT INTO cairn_client (id, timeout) VALUES ('late', '1 day')");
    var scope = new ClaimScope("default", "late", Set.of());
    var claim = stores.jobs().claim(id, scope).orElseThrow().claim();
    long other = clients.inserter().insert(new Lasting("y")).id();

    database.execute("UPDATE cairn_client SET timeout = '0' WHERE id = 'late'");

    assertThat(stores.jobs().claim(other, scope)).isEmpty();
    assertThat(stores.jobs().renew("late", List.of(claim), Duration.ofDays(-1))).isEmpty();
    assertThat(database.query("SELECT state::text FROM river_job WHERE id = ?", other))
        .containsExactly(Map.of("state", "available"));
  }
}
