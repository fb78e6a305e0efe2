package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventSubscription;
import dev.cairn.resumable.Steps;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoppingTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @JobKind("slow")
  record Slow(String name) {}

  @Test
  void aGracefulStopWaitsForRunningJobsAndClaimsNoMore() throws Exception {
    Cairn client = clients.start(Slow.class, this::waitForRelease);
    long running = client.insert(new Slow("running")).id();
    started.await();

    Thread stopping = Thread.ofPlatform().start(client::stop);
    await().until(StoppingTest::claimsNoMore);
    long waiting = client.insert(new Slow("waiting")).id();
    assertThat(stopping.isAlive()).isTrue();
    release.countDown();
    stopping.join();

    assertThat(state(running)).isEqualTo(JobState.COMPLETED);
    assertThat(state(waiting)).isEqualTo(JobState.AVAILABLE);
  }

  /** Seen before: the transaction held the job's row as long as its code hung. */
  @Test
  void aJobWhoseCodeHangsInATransactionWithACheckpointIsAvailableAfterTheStop() {
    var poison = new Poison(Poison.Kind.HANG);
    Cairn client =
        clients.start(
            Slow.class,
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "copy",
                        Long.class,
                        0L,
                        cursor ->
                            context.inTransaction(connection -> {
                              cursor.advanceTx(connection, 1L);
                              poison.take();
                              return true;
                            })));
    long id = client.insert(new Slow("hangs")).id();
    try {
      await().until(poison::wasTaken);

      client.stopNow();

      assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
    } finally {
      poison.cure();
    }
    await().until(poison::isDigested);
    assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
  }

  /** The stopping client has left the loops that fetch. */
  private static boolean claimsNoMore() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().equals("cairn-fetch-default"));
  }

  /**
   * Arguments that take their time to be decoded for a worker; an insertion reads them back too.
   */
  @JobKind("hesitant")
  record Hesitant(String name) {
    static final CountDownLatch decoding = new CountDownLatch(1);
    static final CountDownLatch release = new CountDownLatch(1);

    @JsonCreator
    static Hesitant decode(@JsonProperty("name") String name) throws InterruptedException {
      if (Thread.currentThread().isVirtual()) {
        decoding.countDown();
        release.await();
      }
      return new Hesitant(name);
    }
  }

  @Test
  void aJobThatIsClaimedButHasNotBegunIsHandedBackByAStop() throws Exception {
    var worked = new AtomicBoolean();
    Cairn client = clients.start(Hesitant.class, (job, context) -> worked.set(true));
    long id = client.insert(new Hesitant("claimed")).id();
    Hesitant.decoding.await();

    Thread stopping = Thread.ofPlatform().start(client::stop);
    await().until(StoppingTest::claimsNoMore);
    assertThat(stopping.join(Duration.ofMillis(200))).as("stopped with a job at hand").isFalse();
    Hesitant.release.countDown();
    stopping.join();

    JobRow job = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(job.attempt()).isZero();
    assertThat(worked).isFalse();
  }

  @Test
  void afterTheGracePeriodJobsAreInterruptedAndUseUpNoAttempt() throws Exception {
    Cairn client = clients.start(Slow.class, this::sleep);
    long id = client.insert(new Slow("sleeps")).id();
    started.await();

    client.stop(Duration.ofMillis(50));

    JobRow job = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(job.attempt()).isZero();
    assertThat(job.errors()).isEmpty();
    assertThat(job.metadata()).isEqualTo("{\"cairn:interruptions\": 1}");
  }

  @Test
  void aJobThatIsGivenUpAfterItHasCompletedItselfIsTold() throws Exception {
    Cairn client =
        clients.start(
            Slow.class,
            (job, context) -> {
              try (Connection connection = database.dataSource().getConnection()) {
                connection.setAutoCommit(false);
                context.completeTx(connection);
                connection.commit();
              }
              started.countDown();
              while (release.getCount() > 0) {
                Thread.onSpinWait();
              }
            });
    EventSubscription events = client.subscribe(EventKind.JOB_COMPLETED);
    long id = client.insert(new Slow("completes")).id();
    started.await();

    client.stopNow();

    assertThat(clients.inserter().jobs().find(id).orElseThrow().state())
        .isEqualTo(JobState.COMPLETED);
    assertThat(events.poll(Duration.ofSeconds(10))).as("the event").isPresent();
    assertThat(TestLogs.warnings("Job " + id + " was taken from client")).isEmpty();
    release.countDown();
  }

  @Test
  void aJobThatDoesNotReactIsGivenUpAndItsCodeWritesNothingMore() throws Exception {
    var written = new AtomicBoolean();
    Cairn client =
        clients.start(
            Slow.class,
            (job, context) -> {
              started.countDown();
              while (release.getCount() > 0) {
                Thread.onSpinWait();
              }
              try {
                context.yieldIfInterrupted();
                written.set(true);
              } finally {
                started.countDown();
              }
            });
    long id = client.insert(new Slow("stubborn")).id();
    started.await();

    client.stopNow();

    assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
    release.countDown();
    await()
        .until(() ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("cairn-job-")));
    assertThat(written).isFalse();
    assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
  }

  @Test
  void aJobThatIsGivenUpIsInterruptedWhereItMovesItsCursor() throws Exception {
    var end = new CompletableFuture<Throwable>();
    Cairn client =
        clients.start(
            Slow.class,
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "rows",
                        Integer.class,
                        0,
                        cursor -> {
                          started.countDown();
                          while (release.getCount() > 0) {
                            Thread.onSpinWait();
                          }
                          try {
                            cursor.advance(1);
                            end.completeExceptionally(new AssertionError("it goes on"));
                          } catch (Throwable e) {
                            end.complete(e);
                            throw e;
                          }
                        }));
    client.insert(new Slow("stubborn"));
    started.await();

    client.stopNow();
    release.countDown();

    assertThat(end.get(30, TimeUnit.SECONDS)).isInstanceOf(JobInterruption.class);
  }

  @Test
  void aGracefulStopDoesNotWaitBeyondTheTimeoutOfAJob() throws Exception {
    Cairn client =
        clients.start(
            Slow.class, this::sleep, builder -> builder.jobTimeout(Duration.ofSeconds(1)));
    long id = client.insert(new Slow("stuck")).id();
    started.await();

    client.stop();

    assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
  }

  enum Caller {
    WORKER,
    FORK,
    DECODING,
    ERROR_HANDLER
  }

  /** Seen before: the stop waited for the job, and the job for the stop, without end. */
  @ParameterizedTest
  @EnumSource(Caller.class)
  void aJobMayStopItsClient(Caller caller) throws Exception {
    var stopsNow = new AtomicReference<@Nullable Runnable>();
    Cairn client =
        clients.start(
            Slow.class,
            (job, context) -> {
              switch (caller) {
                case WORKER -> context.client().stop();
                case FORK -> {
                  Thread fork = context.fork(context.client()::stop);
                  fork.join();
                }
                case DECODING -> {}
                case ERROR_HANDLER -> throw new IllegalStateException("the first failure");
              }
              context.recordOutput("still written");
            },
            builder ->
                builder
                    .codec(
                        new StoppingCodec(() -> {
                          Runnable stop = stopsNow.get();
                          if (caller == Caller.DECODING && stop != null) {
                            stop.run();
                          }
                        }))
                    .errorHandler((job, failure) -> {
                      Runnable stop = stopsNow.get();
                      if (stop != null) {
                        stop.run();
                      }
                      return ErrorHandler.Decision.cancel();
                    }));
    stopsNow.set(client::stop);
    long id = client.insert(new Slow("stops")).id();

    assertThat(client.awaitStopped(Duration.ofSeconds(20))).isTrue();

    JobRow job = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(job.state())
        .isIn(
            switch (caller) {
              case WORKER, FORK -> EnumSet.of(JobState.COMPLETED);
              // Its worker is called, or not any more.
              case DECODING -> EnumSet.of(JobState.COMPLETED, JobState.AVAILABLE);
              case ERROR_HANDLER -> EnumSet.of(JobState.CANCELLED);
            });
    assertThat(signsOfLife(client)).isZero();
  }

  /** Each would be the other one for which it waits. */
  @Test
  void twoJobsThatStopTheirClientDoNotWaitForEachOther() throws Exception {
    var bothRun = new CountDownLatch(2);
    Cairn client =
        clients.start(
            Slow.class,
            (job, context) -> {
              bothRun.countDown();
              bothRun.await();
              context.client().stop(Duration.ofSeconds(20));
            },
            builder -> builder);
    Cairn inserter = clients.inserter();
    List<Long> ids =
        Stream.of("one", "another").map(name -> inserter.insert(new Slow(name)).id()).toList();

    assertThat(client.awaitStopped(Duration.ofSeconds(15))).isTrue();

    assertThat(ids)
        .extracting(id -> inserter.jobs().find(id).orElseThrow().state())
        .containsOnly(JobState.COMPLETED);
  }

  /** Whoever calls may close the pool next, which the outcomes of the other jobs need. */
  @Test
  void aStopWithAGraceByAJobWaitsForTheOtherJobs() throws Exception {
    var otherRuns = new CountDownLatch(1);
    var stopBegins = new CountDownLatch(1);
    var stateAfterStop = new AtomicReference<@Nullable JobState>();
    var other = new AtomicReference<@Nullable Long>();
    Cairn inserter = clients.inserter();
    Cairn client =
        clients.start(
            Slow.class,
            (job, context) -> {
              if (job.args().equals(new Slow("other"))) {
                otherRuns.countDown();
                stopBegins.await();
                // The other job waits for this one meanwhile.
                TimeUnit.MILLISECONDS.sleep(300);
                return;
              }
              otherRuns.await();
              stopBegins.countDown();
              context.client().stop(Duration.ofSeconds(20));
              Long id = other.get();
              stateAfterStop.set(
                  inserter.jobs().find(id == null ? 0 : id).map(JobRow::state).orElse(null));
            },
            builder -> builder);
    other.set(inserter.insert(new Slow("other")).id());
    inserter.insert(new Slow("stops"));

    assertThat(client.awaitStopped(Duration.ofSeconds(20))).isTrue();

    assertThat(stateAfterStop.get()).isEqualTo(JobState.COMPLETED);
    assertThat(signsOfLife(client)).isZero();
  }

  /** Decodes on the job's thread. */
  private record StoppingCodec(Runnable whenDecoding) implements JsonCodec {
    private static final JsonCodec TARGET = JacksonCodec.create();

    @Override
    public String encode(@Nullable Object value) {
      return TARGET.encode(value);
    }

    @Override
    public <T> T decode(String json, Class<T> type) {
      if (Thread.currentThread().isVirtual()) {
        whenDecoding.run();
      }
      return TARGET.decode(json, type);
    }

    @Override
    public @Nullable Object decodeExactly(String json, Type type) {
      return TARGET.decodeExactly(json, type);
    }
  }

  @Test
  void aSecondStopShortensTheWaitOfTheFirst() throws Exception {
    Cairn client = clients.start(Slow.class, this::sleep);
    long id = client.insert(new Slow("sleeps")).id();
    started.await();

    Thread patient = Thread.ofPlatform().start(client::stop);
    client.stopNow();
    patient.join();

    assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
  }

  @Test
  void stoppingTwiceOrWithoutStartingDoesNothing() {
    Cairn never = clients.build(builder -> builder);
    never.stop();
    never.close();
    Cairn client = clients.start(Slow.class, this::waitForRelease);
    client.start();
    client.stop();
    client.stop();

    assertThat(signsOfLife(client)).isZero();
  }

  @Test
  void aStoppedClientCanBeStartedAgainUnderAnotherId() throws Exception {
    Cairn client = clients.start(Slow.class, this::waitForRelease);
    release.countDown();
    client.queues().add("second", 1);
    client.stop();
    var firstLife = client.stopped();
    String first = client.id();
    long id =
        client.insert(new Slow("again"), InsertOptions.defaults().withQueue("second")).job().id();

    client.start();

    clients.await(id, JobState.COMPLETED);
    assertThat(client.id()).isNotEqualTo(first);
    assertThat(firstLife).isCompleted();
    assertThat(client.stopped()).isNotDone();
    client.stop();
    assertThat(signsOfLife(client)).isZero();
    assertThat(client.stopped()).isCompleted();
  }

  @Test
  void whoeverAwaitsAStopIsToldOfIt() throws Exception {
    Cairn client = clients.start(Slow.class, this::waitForRelease);
    assertThat(client.awaitStopped(Duration.ZERO)).isFalse();
    assertThat(client.awaitStopped(Duration.ofMillis(1))).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.awaitStopped(Duration.ofMillis(-1)))
        .withMessageContaining("timeout must not be negative");

    Thread stopping = Thread.ofPlatform().start(client::stop);

    assertThat(client.awaitStopped(ChronoUnit.FOREVER.getDuration())).isTrue();
    assertThat(signsOfLife(client)).isZero();
    stopping.join();
    assertThat(client.awaitStopped(Duration.ZERO)).isTrue();
    client.start();
    assertThat(client.awaitStopped(Duration.ZERO)).isFalse();
  }

  @Test
  void aStoppedClientLeavesNoThreadAndNoSignOfLife() {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    Cairn client = clients.start(Slow.class, this::waitForRelease);
    assertThat(signsOfLife(client)).isEqualTo(1);

    client.stop();

    assertThat(signsOfLife(client)).isZero();
    // The thread of a heartbeat that was answered may need a moment for its end.
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() ->
            assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> !before.contains(thread))
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("cairn-")));
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.river_leader WHERE leader_id = ?"
                    .formatted(database.schema()),
                client.id()))
        .isZero();
  }

  @Tag("thorough")
  @Test
  void aPoolWithoutRoomIsNamedAfterTheStart() {
    TestLogs.forget();
    var config = new HikariConfig();
    config.setDataSource(database.fresh().dataSource());
    config.setMaximumPoolSize(2);
    config.setConnectionTimeout(10_000);
    try (var pool = new HikariDataSource(config)) {
      Cairn client =
          Cairn.builder(pool)
              .schema(database.schema())
              .workers(Workers.builder().register(Slow.class, this::waitForRelease).build())
              .queue("default", 1)
              .build();
      client.start();

      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> !TestLogs.warnings("has provided no connection").isEmpty());

      assertThat(TestLogs.warnings("has provided no connection").getFirst())
          .contains("Cairn keeps 2 connections");
      client.stopNow();
    }
  }

  /** Whoever may connect may notify. */
  @Test
  void s2_aNotificationThatIsNotTrueStopsNoJob() throws Exception {
    var reasons = new ConcurrentHashMap<String, InterruptionReason>();
    var running = new CountDownLatch(2);
    Cairn client =
        clients.start(
            Slow.class,
            (job, context) -> {
              running.countDown();
              while (release.getCount() > 0) {
                Optional<InterruptionReason> reason = context.interruption();
                if (reason.isPresent()) {
                  reasons.put(job.args().name(), reason.get());
                  context.yieldIfInterrupted();
                }
                Thread.onSpinWait();
              }
            },
            builder -> builder.heartbeatTimeout(Duration.ofMinutes(5)));
    long healthy = client.insert(new Slow("healthy")).id();
    long cancelled = client.insert(new Slow("cancelled")).id();
    running.await();
    await().atMost(Duration.ofMinutes(1)).until(() -> database.listening() == 1);

    for (String action : List.of("cancel", "cairn_interrupt", "cairn_pause")) {
      database.query(
          "SELECT pg_notify(?, json_build_object('action', ?, 'job_id', ?)::text)::text",
          database.schema() + ".river_control",
          action,
          healthy);
    }
    clients.inserter().jobs().cancel(cancelled);

    clients.await(cancelled, JobState.CANCELLED);
    release.countDown();
    clients.await(healthy, JobState.COMPLETED);
    assertThat(reasons).containsOnly(Map.entry("cancelled", InterruptionReason.CANCELLED));
  }

  private void sleep(Job<Slow> job, WorkContext context) throws InterruptedException {
    started.countDown();
    Thread.sleep(Duration.ofMinutes(1));
  }

  private void waitForRelease(Job<Slow> job, WorkContext context) throws InterruptedException {
    started.countDown();
    release.await();
  }

  private long signsOfLife(Cairn client) {
    return database.number(
        "SELECT count(*) FROM %s.cairn_client WHERE id = ? AND timeout > '0'"
            .formatted(database.schema()),
        client.id());
  }

  private JobState state(long id) {
    return clients.inserter().jobs().find(id).orElseThrow().state();
  }

  @Test
  void whoWaitsForAClientIsToldThatItHasStopped() {
    Cairn client = clients.start(Slow.class, this::waitForRelease);
    assertThat(client.stopped()).isNotDone();

    client.stop();

    assertThat(client.stopped()).isCompleted();
  }

  /** Seen before: the stop waited for the job, and the job for the stop. */
  @Test
  void aJobThatAsksItsClientForAQueueDoesNotHoldUpTheStop() throws Exception {
    Cairn client =
        clients.start(
            Slow.class,
            (job, context) -> {
              waitForRelease(job, context);
              context.client().queues().add("more", QueueOptions.of(1));
              context.client().queues().remove("more");
            });
    long id = client.insert(new Slow("asks")).id();
    started.await();
    Thread stopping = Thread.ofPlatform().daemon().start(client::stop);
    await().until(() -> stopping.getState() == Thread.State.TIMED_WAITING);

    release.countDown();

    assertThat(stopping.join(Duration.ofSeconds(20))).isTrue();
    assertThat(state(id)).isEqualTo(JobState.COMPLETED);
  }

  /** Seen before: it returned at once, and the client then worked jobs. */
  @Test
  void aClientThatIsClosedWhileItStartsDoesNotStart() throws Exception {
    try (Connection own = database.dataSource().getConnection();
        var statement = own.createStatement()) {
      own.setAutoCommit(false);
      statement.execute("LOCK TABLE cairn_client IN ACCESS EXCLUSIVE MODE");
      Cairn client =
          clients.build(builder ->
              builder
                  .workers(Workers.builder().register(Slow.class, this::waitForRelease).build())
                  .queue("default", 1));
      var failure = new AtomicReference<Throwable>();
      Thread starting =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                try {
                  client.start();
                } catch (Throwable e) {
                  failure.set(e);
                }
              });
      await().until(() -> waitsForLock());
      Thread closing = Thread.ofPlatform().daemon().start(client::close);
      await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);

      own.rollback();

      assertThat(closing.join(Duration.ofSeconds(20))).isTrue();
      assertThat(starting.join(Duration.ofSeconds(20))).isTrue();
      assertThat(failure.get())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was stopped while it was starting");
      assertThat(client.stopped()).isCompleted();
      client.start();
      client.stop();
    }
  }

  private static boolean waitsForLock() {
    return database.number(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'cairn_client'::regclass")
        > 0;
  }
}
