package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.resumable.Steps;
import dev.cairn.testing.internal.MisbehavingDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DrainTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final List<String> log = new CopyOnWriteArrayList<>();

  @JobKind("drain_task")
  record Task(String name) {}

  @JobKind("drain_other")
  record Other() {}

  private static Workers workers(Worker<Task> worker) {
    return Workers.builder().register(Task.class, worker).build();
  }

  private Workers logging() {
    return workers((job, context) -> log.add(job.args().name()));
  }

  private static long insert(String name, InsertOptions options) {
    return cairn.client().insert(new Task(name), options).id();
  }

  private static InsertOptions options() {
    return InsertOptions.defaults();
  }

  private static InsertOptions at(Instant moment) {
    return options().withScheduledAt(moment);
  }

  /** What the database writes as now is in the future of a machine whose clock is behind. */
  @Test
  void aJobThatTheDatabaseHasMadeDueIsDueThoughItsClockIsAhead() throws SQLException {
    long id = cairn.client().insert(new Ahead()).id();
    try (Connection connection = cairn.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "UPDATE river_job SET scheduled_at = now() + interval '1 minute' WHERE id = " + id);
    }
    JobRow job = cairn.client().jobs().find(id).orElseThrow();

    assertThat(new DueTimes().of(job, row -> true)).isEqualTo(Instant.MIN);
    assertThat(new DueTimes().of(job, row -> false)).isEqualTo(job.scheduledAt());
    assertThat(cairn.drain(Workers.builder().register(Ahead.class, (work, context) -> {}).build()))
        .isEmpty();
  }

  @JobKind("drained_ahead")
  record Ahead() {}

  @Test
  void worksByPriorityThenScheduleThenId() {
    Instant past = Instant.parse("2020-01-01T00:00:00Z");
    insert("fourth", options());
    insert("fifth", options().withQueue("elsewhere"));
    insert("sixth", options().withPriority(2));
    insert("second", at(past.plusSeconds(1)));
    insert("third", at(past.plusSeconds(1)));
    insert("first", at(past));
    insert("pending", options().withPending());

    List<WorkedJob> worked = cairn.drain(logging());

    assertThat(log).containsExactly("first", "second", "third", "fourth", "fifth", "sixth");
    assertThat(worked).hasSize(6).allMatch(each -> each.job().state() == JobState.COMPLETED);
  }

  @Test
  void worksWhatTheJobsInsertAndLeavesOtherKindsAlone() {
    cairn.client().insert(new Task("3"));

    List<WorkedJob> worked =
        cairn.drain(
            workers((job, context) -> {
              int left = Integer.parseInt(job.args().name());
              if (left == 0) {
                context.client().insert(new Other());
              } else {
                context.client().insert(new Task(Integer.toString(left - 1)));
              }
            }));

    assertThat(worked).hasSize(4);
    cairn.inserted(Other.class).withState(JobState.AVAILABLE).one();
  }

  @Test
  void pausedQueuesStay() {
    cairn.start(client -> client.workers(logging()).queue("drain_paused", 1));
    cairn.awaitJob(
        insert("before", options().withQueue("drain_paused")), job -> job.attempt() == 1);
    cairn.client().queues().pause("drain_paused");
    insert("paused", options().withQueue("drain_paused"));

    assertThat(cairn.drain(logging())).isEmpty();

    cairn.client().queues().resume("drain_paused");
  }

  @Test
  void anEmptyDrainWorksNothing() {
    assertThat(cairn.drain(logging())).isEmpty();
  }

  @Test
  void aScheduledJobIsDueWhenTheClockSaysSo() {
    TestClock clock = TestClock.at(Instant.parse("2090-05-01T00:00:00Z"));
    JobRunner runner = cairn.runner(logging()).withClock(clock);
    insert("later", at(clock.instant().plus(Duration.ofDays(1))));

    assertThat(runner.drain()).isEmpty();
    clock.advance(Duration.ofDays(1));
    assertThat(runner.drain()).hasSize(1);
  }

  /** Of the job that a test inserts, and of one that a job inserts. */
  @ParameterizedTest
  @ValueSource(strings = {"2090-05-01T00:00:00Z", "2020-05-01T00:00:00Z"})
  void aDelayCountsByTheTestsClock(String start) {
    TestClock clock = TestClock.at(Instant.parse(start));
    InsertOptions tomorrow = options().withDelay(Duration.ofDays(1));
    Worker<Task> worker =
        (job, context) -> {
          log.add(job.args().name());
          if (job.args().name().equals("first")) {
            context.client().insert(new Task("second"), tomorrow);
          }
        };
    JobRunner runner = cairn.runner(workers(worker)).withClock(clock);
    Cairn client =
        Cairn.builder(cairn.dataSource()).schema(cairn.schema()).middleware(clock.delays()).build();
    client.insert(new Task("first"), tomorrow);

    clock.advance(Duration.ofDays(1).minusNanos(1_000));
    assertThat(runner.drain()).isEmpty();
    clock.advance(Duration.ofNanos(1_000));
    assertThat(runner.drain()).hasSize(1);
    assertThat(log).containsExactly("first");
    clock.advance(Duration.ofDays(1));
    runner.drain();
    assertThat(log).containsExactly("first", "second");
  }

  @Test
  void aClockThatIsBehindKnowsWhatIsDueToo() {
    TestClock clock = TestClock.at(Instant.parse("2020-05-01T00:00:00Z"));
    JobRunner runner = cairn.runner(logging()).withClock(clock);
    insert("now", options());
    insert("later", at(clock.instant().plus(Duration.ofDays(1))));

    runner.drain();
    assertThat(log).containsExactly("now");
    clock.advance(Duration.ofDays(1));
    runner.drain();
    assertThat(log).containsExactly("now", "later");
  }

  @Test
  void aRetryIsDueWhenTheTestHasAdvancedTheClockWhateverTheRealTime() {
    for (String start : List.of("2020-05-01T00:00:00Z", "2090-05-01T00:00:00Z")) {
      for (Duration delay : List.of(Duration.ofSeconds(4), Duration.ofHours(2))) {
        TestClock clock = TestClock.at(Instant.parse(start));
        JobRunner runner =
            cairn
                .runner(
                    workers((job, context) -> {
                      if (job.attempt() < 3) {
                        throw new IllegalStateException("no luck");
                      }
                    }))
                .withClock(clock)
                .withClient(client -> client.retryPolicy((job, failures) -> delay));
        cairn.client().insert(new Task("fails twice"));

        assertThat(runner.drain()).hasSize(1);
        assertThat(runner.drain()).isEmpty();
        clock.advance(delay);
        assertThat(runner.drain()).hasSize(1);
        assertThat(runner.drain()).isEmpty();
        clock.advance(delay);
        assertThat(runner.drain()).hasSize(1).allMatch(each -> each.job().attempt() == 3);
      }
    }
  }

  @Test
  void aSleepIsOverWhenTheTestHasAdvancedTheClockWhateverTheRealTime() {
    for (String start : List.of("2020-05-01T00:00:00Z", "2090-05-01T00:00:00Z")) {
      TestClock clock = TestClock.at(Instant.parse(start));
      JobRunner runner =
          cairn
              .runner(
                  workers((job, context) -> {
                    Steps steps = Steps.of(context);
                    steps.sleep("night", Duration.ofHours(8));
                    steps.sleepUntil("noon", Instant.parse(start).plus(Duration.ofHours(12)));
                    log.add(start);
                  }))
              .withClock(clock);
      cairn.client().insert(new Task("sleeps"));

      assertThat(runner.drain()).hasSize(1);
      assertThat(runner.drain()).isEmpty();
      clock.advance(Duration.ofHours(7));
      assertThat(runner.drain()).isEmpty();
      clock.advance(Duration.ofHours(1));
      assertThat(runner.drain()).hasSize(1);
      clock.advance(Duration.ofHours(3));
      assertThat(runner.drain()).isEmpty();
      clock.advance(Duration.ofHours(1));
      assertThat(runner.drain()).hasSize(1);
      assertThat(log).endsWith(start);
    }
    assertThat(log).hasSize(2);
  }

  @Test
  void eachBranchSleepsForItsTimeByTheClock() {
    Instant start = Instant.parse("2090-05-01T00:00:00Z");
    TestClock clock = TestClock.at(start);
    JobRunner runner =
        cairn
            .runner(
                workers((job, context) -> {
                  Steps.of(context)
                      .parallel(
                          "rest",
                          branches -> {
                            for (int hours = 1; hours <= 3; hours++) {
                              String name = "for " + hours;
                              Duration time = Duration.ofHours(hours);
                              branches.add(
                                  name,
                                  steps -> {
                                    steps.sleep("sleep", time);
                                    Duration spent = Duration.between(start, clock.instant());
                                    log.add(name + ": " + spent.plusSeconds(1).toHours());
                                  });
                            }
                          });
                }))
            .withClock(clock);
    long id = insert("sleeps", options());

    List<WorkedJob> worked = runner.drainUntil(start.plus(Duration.ofHours(4)));

    assertThat(log).containsExactly("for 1: 1", "for 2: 2", "for 3: 3");
    assertThat(worked).hasSize(4);
    assertThat(worked.getLast().requireCompleted().job().id()).isEqualTo(id);
  }

  @Test
  void aWaitForASignalTimesOutByTheClock() {
    TestClock clock = TestClock.startingNow();
    JobRunner runner =
        cairn
            .runner(
                workers((job, context) ->
                    log.add(
                        Steps.of(context)
                            .awaitSignal("approval", "a", String.class, Duration.ofDays(3))
                            .orElse("nobody"))))
            .withClock(clock);
    insert("waits", options());

    assertThat(runner.drain()).hasSize(1);
    assertThat(runner.drain()).isEmpty();
    clock.advance(Duration.ofDays(3));
    assertThat(runner.drain()).hasSize(1);
    assertThat(log).containsExactly("nobody");
  }

  @Test
  void aShortRetryThatIsOverInRealTimeStillWaitsForTheClock() {
    TestClock clock = TestClock.startingNow();
    JobRunner runner =
        cairn
            .runner(
                workers((job, context) -> {
                  throw new IllegalStateException("no luck");
                }))
            .withClock(clock)
            .withClient(client -> client.retryPolicy((job, failures) -> Duration.ofMillis(300)));
    cairn.client().insert(new Task("fails"));
    JobRow failed = runner.drain().getFirst().job();
    assertThat(failed.state()).isEqualTo(JobState.AVAILABLE);
    cairn.awaitJob(failed.id(), job -> job.scheduledAt().isBefore(Instant.now()));

    assertThat(runner.drain()).isEmpty();
  }

  @Test
  void aRetryTimeThatTheWorkerTakesFromTheClockHolds() {
    TestClock clock = TestClock.at(Instant.parse("2090-05-01T00:00:00Z"));
    JobRunner runner =
        cairn
            .runner(
                workers(
                    new Worker<>() {
                      @Override
                      public void work(Job<Task> job, WorkContext context) {
                        if (job.attempt() == 1) {
                          throw new IllegalStateException("no luck");
                        }
                      }

                      @Override
                      public Optional<Instant> nextRetry(Job<Task> job, Throwable failure) {
                        return Optional.of(clock.instant().plus(Duration.ofDays(3)));
                      }
                    }))
            .withClock(clock);
    cairn.client().insert(new Task("fails"));
    runner.drain();

    clock.advance(Duration.ofDays(3).minusMinutes(1));
    assertThat(runner.drain()).isEmpty();
    clock.advance(Duration.ofMinutes(1));
    assertThat(runner.drain()).hasSize(1);
  }

  @Test
  void aJobRetriedByHandIsDueAtOnce() {
    TestClock clock = TestClock.startingNow();
    JobRunner runner =
        cairn
            .runner(
                workers((job, context) -> {
                  throw new JobSnoozeException(Duration.ofHours(1));
                }))
            .withClock(clock);
    long id = insert("snoozes", options());
    assertThat(runner.drain()).hasSize(1);
    assertThat(runner.drain()).isEmpty();

    cairn.client().jobs().retry(id);

    assertThat(runner.drain()).hasSize(1);
  }

  @Test
  void untilAMomentTheClockGoesFromJobToJob() {
    Instant start = Instant.parse("2090-05-01T00:00:00Z");
    TestClock clock = TestClock.at(start);
    JobRunner runner =
        cairn
            .runner(
                workers((job, context) -> {
                  long hours = Duration.between(start, clock.instant()).toSeconds() / 3_600;
                  log.add(job.args().name() + " " + hours);
                  if (job.args().name().equals("hourly")) {
                    throw new JobSnoozeException(Duration.ofSeconds(3_601));
                  }
                }))
            .withClock(clock);
    insert("hourly", options());
    insert("once", at(start.plus(Duration.ofMinutes(90))));

    List<WorkedJob> worked = runner.drainUntil(start.plus(Duration.ofMinutes(200)));

    assertThat(worked).hasSize(5);
    assertThat(log).containsExactly("hourly 0", "hourly 1", "once 1", "hourly 2", "hourly 3");
    assertThat(clock.instant()).isEqualTo(start.plus(Duration.ofMinutes(200)));
  }

  @Test
  void aDrainWithoutEndFailsAndSaysOfWhichKind() {
    insert("again", options());

    assertThatThrownBy(() ->
            cairn
                .runner(workers((job, context) -> context.client().insert(job.args())))
                .withAtMost(5)
                .drain())
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "the drain has worked 5 jobs and there are more: does a job insert itself, or snooze for"
                + " no time? By kind: {drain_task=5}");
  }

  /** As in a database that others use too. */
  @Test
  void manyJobsOfOthersAreNotLookedThrough() throws SQLException {
    try (Connection connection = cairn.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          INSERT INTO river_job (args, kind, max_attempts)
          SELECT '{"name": "of others"}', 'drain_task', 25 FROM generate_series(1, 2000)
          """);
    }
    var counting = new MisbehavingDataSource(cairn.dataSource());
    JobRunner runner =
        JobRunner.of(counting, cairn.schema(), logging())
            .after(JobMark.now(cairn.client(), counting, cairn.schema()));
    insert("own", options().withPriority(4));

    assertThat(runner.drain()).hasSize(1);

    assertThat(log).containsExactly("own");
    assertThat(
            counting.counts().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("list jobs"))
                .mapToLong(Map.Entry::getValue)
                .sum())
        .as("of each priority, before and after the job: %s", counting.counts())
        .isLessThan(20);
  }
}
