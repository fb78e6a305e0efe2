package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InterceptedStatements;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.Lateness;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.TestLogs;
import dev.cairn.Worker;
import dev.cairn.Workers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two processes that were given one id. */
class NamesakeTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** Long enough that a busy machine does not hold up a heartbeat for half an interval. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final CountDownLatch release = new CountDownLatch(1);

  @JobKind("held")
  record Held() {}

  @BeforeEach
  void forget() {
    database.execute("DELETE FROM cairn_client");
  }

  @AfterEach
  void release() {
    release.countDown();
  }

  private Cairn start() {
    return startWith(TIMEOUT);
  }

  private Cairn startWith(Duration heartbeatTimeout) {
    Worker<Held> worker = (job, context) -> release.await();
    return clients.start(
        Held.class,
        worker,
        settings -> settings.clientId("pod-1").heartbeatTimeout(heartbeatTimeout));
  }

  /** Seen before: the second one took the jobs of the first, and then each those of the other. */
  @Test
  void theSecondOneIsRefusedAndTheFirstKeepsItsJobs() {
    Cairn first = start();
    long id = first.insert(new Held()).id();
    clients.await(id, JobState.RUNNING);

    assertThatThrownBy(this::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Client id 'pod-1' is in use")
        .hasMessageContaining("leave clientId(...) out");

    assertThat(first.jobs().find(id).orElseThrow().state()).isEqualTo(JobState.RUNNING);
    assertThat(first.jobs().find(id).orElseThrow().metadata()).doesNotContain("rescue_count");
  }

  /** As after kill -9: the row is there, and no further heartbeat comes. */
  @Test
  void oneThatWasKilledJustNowIsSucceededWithinTwoIntervals() {
    Cairn second;
    Duration took;
    Duration late;
    try (var lateness = new Lateness(() -> database.number("SELECT 1"))) {
      long begin = System.nanoTime();
      database.execute("INSERT INTO cairn_client (id, timeout) VALUES ('pod-1', '6 s')");
      second = start();
      took = Duration.ofNanos(System.nanoTime() - begin);
      late = lateness.soFar();
    }

    assertThat(took)
        .as("after one and a half intervals, and before it counts as dead; late by %s", late)
        .isBetween(Duration.ofMillis(2_200), Duration.ofMillis(5_500).plus(late));
    assertThat(second.id()).isEqualTo("pod-1");
  }

  /** A signed off one is not waited for. */
  @Test
  void oneThatHasStoppedIsSucceededAtOnce() {
    Cairn first = startWith(Duration.ofMinutes(1));
    first.stop(Duration.ofSeconds(5));
    await()
        .until(() -> database.number("SELECT count(*) FROM cairn_client WHERE timeout = '0'") == 1);

    long begin = System.nanoTime();
    start();

    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .as("a living one is waited for three eighths of its timeout")
        .isLessThan(Duration.ofSeconds(20));
  }

  /** Seen before: all of them waited for the same moment, and then all started. */
  @Test
  void ofThoseThatStartAtOnceAfterADeathOneSucceeds() throws Exception {
    database.execute("INSERT INTO cairn_client (id, timeout) VALUES ('pod-1', '2 s')");
    Starts starts = startFour();

    assertThat(starts).isEqualTo(new Starts(1, 3));
  }

  /** How many clients have started, and how many were refused. */
  private record Starts(int successful, int refused) {}

  private Starts startFour() throws InterruptedException {
    var started = new AtomicInteger();
    var refused = new AtomicInteger();
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  Cairn ignored = start();
                  started.incrementAndGet();
                } catch (IllegalStateException e) {
                  assertThat(e).hasMessageContaining("Client id 'pod-1' is in use");
                  refused.incrementAndGet();
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return new Starts(started.get(), refused.get());
  }

  @Test
  void alsoIfNoneWasThereBefore() throws Exception {
    assertThat(startFour()).isEqualTo(new Starts(1, 3));
  }

  /** A process that was frozen until another one took its place, under the same id. */
  @Tag("thorough")
  @Test
  void oneThatComesBackAfterItsSuccessorHasBegunClaimsNothing() {
    TestLogs.forget();
    var beatsFail = new AtomicBoolean();
    Worker<Held> worker = (job, context) -> release.await();
    Cairn first =
        Cairn.builder(
                InterceptedStatements.of(
                    database.dataSource(),
                    (purpose, call) -> {
                      if (purpose.equals("send the heartbeat") && beatsFail.get()) {
                        throw new SQLException("broken off", "08006");
                      }
                      return call.proceed();
                    }))
            .schema(database.schema())
            .clientId("pod-1")
            .heartbeatTimeout(Duration.ofSeconds(2))
            .workers(Workers.builder().register(Held.class, worker).build())
            .queue("default", 5)
            .build();
    first.start();
    try {
      beatsFail.set(true);
      Cairn second = startWith(Duration.ofSeconds(30));
      beatsFail.set(false);
      await()
          .atMost(PATIENCE)
          .until(() -> !TestLogs.warnings("another client has started under its id").isEmpty());
      assertThat(first.status().mayWork()).as("at once, whatever its lease says").isFalse();
      assertThat(first.status().superseded()).isTrue();
      assertThat(second.status().superseded()).isFalse();
      long id = second.insert(new Held()).id();
      clients.await(id, JobState.RUNNING);

      // Longer than until the first one would look for orphans under the id, twice.
      long begin = System.nanoTime();
      await()
          .atMost(PATIENCE)
          .until(() -> {
            assertThat(second.jobs().find(id).orElseThrow().state()).isEqualTo(JobState.RUNNING);
            return System.nanoTime() - begin > Duration.ofSeconds(5).toNanos();
          });
      assertThat(first.status().mayWork()).isFalse();
      first.stop(Duration.ofSeconds(5));
      assertThat(second.status().mayWork()).isTrue();
      assertThat(second.jobs().find(id).orElseThrow().state()).isEqualTo(JobState.RUNNING);
      assertThat(second.jobs().find(id).orElseThrow().metadata()).doesNotContain("rescue_count");
      assertThat(
              database.number(
                  "SELECT count(*) FROM cairn_client WHERE id = 'pod-1' AND timeout > '0'"))
          .as("the successor is not signed off")
          .isEqualTo(1);
    } finally {
      first.stopNow();
    }
  }

  /** The standby had not seen the last life begin: its row is that of the one before it. */
  @Test
  void oneWhoseBeginningWasLostAtAFailoverLivesOn() {
    Cairn client = startWith(Duration.ofSeconds(4));
    database.execute(
        "UPDATE cairn_client SET started_at = started_at - interval '1 h' WHERE id = 'pod-1'");
    Instant before = heartbeat();

    await().atMost(PATIENCE).until(() -> heartbeat().isAfter(before));

    assertThat(client.status().mayWork()).isTrue();
    assertThat(
            database.number(
                "SELECT count(*) FROM cairn_client WHERE started_at > now() - interval '5 min'"))
        .isEqualTo(1);
  }

  private static Instant heartbeat() {
    return ((Timestamp)
            Objects.requireNonNull(
                database
                    .query("SELECT heartbeat_at FROM cairn_client")
                    .getFirst()
                    .get("heartbeat_at")))
        .toInstant();
  }

  /** With a synchronous standby, a commit may take long: the row is locked, and looks as before. */
  @Test
  void ofThoseThatStartAtOnceOneSucceedsThoughItsCommitTakesLong() throws Exception {
    database.execute("INSERT INTO cairn_client (id, timeout) VALUES ('pod-1', '1 s')");
    var begun = new CountDownLatch(1);
    var tried = new CountDownLatch(2);
    Thread slow =
        Thread.ofVirtual()
            .start(() -> {
              try (Connection connection = database.dataSource().getConnection();
                  var statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute(
                    "UPDATE cairn_client SET heartbeat_at = now() + interval '1 s' WHERE id = 'pod-1'");
                begun.countDown();
                assertThat(tried.await(30, TimeUnit.SECONDS)).isTrue();
                connection.commit();
              } catch (SQLException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    begun.await();
    Cairn client =
        Cairn.builder(
                InterceptedStatements.of(
                    database.dataSource(),
                    (purpose, call) -> {
                      if (purpose.equals("register the client")) {
                        tried.countDown();
                      }
                      return call.proceed();
                    }))
            .schema(database.schema())
            .clientId("pod-1")
            .workers(
                Workers.builder().register(Held.class, (job, context) -> release.await()).build())
            .queue("default", 5)
            .build();
    try {
      assertThatThrownBy(client::start).hasMessageContaining("Client id 'pod-1' is in use");
      assertThat(tried.getCount()).as("it has met the lock").isZero();
    } finally {
      client.stopNow();
      slow.join();
    }
  }

  /** It is no other client that has begun then. */
  @Test
  void aStartThatFailsAfterItHasBegunDoesNotWaitForItself() {
    var fails = new AtomicBoolean(true);
    Cairn client =
        Cairn.builder(
                InterceptedStatements.of(
                    database.dataSource(),
                    (purpose, call) -> {
                      if (purpose.startsWith("rescue") && fails.get()) {
                        throw new SQLException("broken off", "08006");
                      }
                      return call.proceed();
                    }))
            .schema(database.schema())
            .clientId("pod-1")
            .heartbeatTimeout(Duration.ofMinutes(5))
            .workers(
                Workers.builder().register(Held.class, (job, context) -> release.await()).build())
            .queue("default", 5)
            .build();
    try {
      assertThatThrownBy(client::start).isInstanceOf(StoreUnavailableException.class);
      fails.set(false);

      long begin = System.nanoTime();
      client.start();

      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(60));
    } finally {
      client.stopNow();
    }
  }
}
