package dev.cairn;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.StepProgress;
import dev.cairn.resumable.Steps;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is to be seen of a resumable job while it runs (R27). */
class ProgressTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final CountDownLatch goOn = new CountDownLatch(1);

  @JobKind("watched")
  record Watched(String name) {}

  /** The code of the job. */
  @FunctionalInterface
  interface Code {
    void run(Steps steps) throws Exception;
  }

  private Cairn start(Code code, UnaryOperator<CairnBuilder> settings) {
    return clients.start(
        Watched.class,
        (job, context) -> code.run(Steps.of(context)),
        builder -> settings.apply(builder.retryPolicy((job, failures) -> Duration.ofHours(1))));
  }

  private long start(Code code) {
    Cairn client = start(code, builder -> builder);
    return client.insert(new Watched("test")).id();
  }

  private JobProgress awaitProgress(long id, Predicate<JobProgress> condition) {
    Cairn any = clients.inserter();
    return Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .until(() -> any.jobs().progress(id).orElseThrow(), condition);
  }

  private static boolean isIn(JobProgress progress, String step) {
    return progress.current() != null && current(progress).name().equals(step);
  }

  private static StepProgress current(JobProgress progress) {
    return requireNonNull(progress.current());
  }

  @Test
  void r27_aLongStepIsSeenWhileItRuns() {
    long id =
        start(steps -> {
          steps.step("quick", () -> {});
          steps.step("slow", goOn::await);
        });

    JobProgress progress = awaitProgress(id, it -> isIn(it, "slow"));

    assertThat(progress.state()).isEqualTo(JobState.RUNNING);
    assertThat(progress.steps()).extracting(StepProgress::name).containsExactly("quick", "slow");
    assertThat(progress.steps()).extracting(StepProgress::finished).containsExactly(true, false);
    assertThat(progress.steps()).extracting(StepProgress::running).containsExactly(false, true);
    assertThat(progress.steps()).extracting(StepProgress::position).containsExactly(1, 2);
    assertThat(current(progress).name()).isEqualTo("slow");
    assertThat(progress.stepsFinished()).isEqualTo(1);
    goOn.countDown();
    clients.await(id, JobState.COMPLETED);
    assertThat(awaitProgress(id, it -> true).steps()).isEmpty();
  }

  @Test
  void r27_aShortStepIsNotWrittenTwice() {
    Cairn client =
        start(
            steps -> {
              for (int i = 0; i < 20; i++) {
                steps.step(Steps.name("short", i), () -> {});
              }
              throw new IllegalStateException("so that the rows stay");
            },
            builder -> builder.flushInterval(Duration.ofHours(1)));
    long id = client.insert(new Watched("test")).id();
    clients.await(id, JobState.RETRYABLE);

    assertThat(
            database.number(
                """
                SELECT count(DISTINCT sequence) FROM %s.cairn_checkpoint
                WHERE job_id = ? AND finished AND xmin = (SELECT xmin FROM %s.river_job WHERE id = ?)
                """
                    .formatted(database.schema(), database.schema()),
                id,
                id))
        .as("the last step was not written before the outcome, so its beginning was not either")
        .isEqualTo(1);
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.cairn_checkpoint WHERE job_id = ? AND NOT finished"
                    .formatted(database.schema()),
                id))
        .isZero();
  }

  @Test
  void r27_theProgressTellsRateAndTimeLeft() {
    long id =
        start(steps ->
            steps.cursor(
                "import",
                Long.class,
                0L,
                cursor -> {
                  for (long i = 1; i <= 250; i++) {
                    cursor.progress(i, 1_000L);
                    cursor.advance(i);
                  }
                  goOn.await();
                }));

    JobProgress progress =
        awaitProgress(id, it -> isIn(it, "import") && "250".equals(current(it).value()));

    StepProgress step = current(progress);
    assertThat(step.name()).isEqualTo("import");
    assertThat(step.value()).isEqualTo("250");
    assertThat(step.valueBytes()).isEqualTo(3);
    assertThat(step.done()).isEqualTo(250);
    assertThat(progress.share()).hasValue(0.25);
    assertThat(step.total()).isEqualTo(1_000);
    if (progress.rate() != null) {
      assertThat(requireNonNull(progress.timeLeft()).toMillis() / 1000.0 * progress.rate())
          .isCloseTo(750, withPercentage(20));
    }
    var view =
        database.query(
            "SELECT * FROM %s.cairn_job_progress WHERE job_id = ?".formatted(database.schema()),
            id);
    assertThat(view)
        .singleElement()
        .satisfies(row -> {
          assertThat(row)
              .containsEntry("kind", "watched")
              .containsEntry("state", "running")
              .containsEntry("step", "import")
              .containsEntry("done", 250L)
              .containsEntry("total", 1_000L)
              .containsEntry("steps_finished", 0L)
              .containsEntry("interruptions", 0)
              .containsEntry("crashes", 0)
              .containsEntry("snoozes", 0);
          assertThat(row.get("cursor")).hasToString("250");
        });
    goOn.countDown();
  }

  @Test
  void r27_rateAndTimeLeftAreOfTheTimeSpentInTheStep() {
    long id = clients.inserter().insert(new Watched("test")).id();
    database.execute(
        """
        INSERT INTO %s.cairn_checkpoint (job_id, name, position, finished, claimed_at, sequence,
          spent_ms, done, total, started_at)
        VALUES (?, 'first', 1, true, now(), 1, 3000, NULL, NULL, now() - interval '3 hours'),
          (?, 'load', 2, false, now(), 2, 20000, 500, 2500, now() - interval '2 hours'),
          (?, 'load/part', NULL, true, now(), 2, 19000, NULL, NULL, now() - interval '1 hour')
        """
            .formatted(database.schema()),
        id,
        id,
        id);

    JobProgress progress = awaitProgress(id, it -> true);

    assertThat(progress.rate()).isEqualTo(25.0);
    assertThat(progress.timeLeft()).isEqualTo(Duration.ofSeconds(80));
    assertThat(progress.spent()).as("without what is within another").hasSeconds(23);
    assertThat(current(progress).name()).isEqualTo("load");
    assertThat(current(progress).running()).isFalse();
    assertThat(
            database.text(
                "SELECT time_left FROM %s.cairn_job_progress WHERE job_id = ?"
                    .formatted(database.schema()),
                id))
        .isEqualTo("00:01:20");
  }

  /** What one branch has done says nothing of the job. */
  @Test
  void r27_ofBranchesThatRunAtTheSameTimeTheStepAroundThemIsTheCurrentOne() {
    long id = clients.inserter().insert(new Watched("test")).id();
    database.execute(
        """
        INSERT INTO %s.cairn_checkpoint (job_id, name, position, finished, claimed_at, sequence,
          spent_ms, done, total, started_at, saved_at)
        SELECT ?, name, position, finished, now(), 1, 9000, done, total,
          now() - started * interval '1 second', now() - saved * interval '1 second'
        FROM (VALUES ('first', 1, true, NULL, NULL, 99, 61),
          ('load', 2, false, NULL, NULL, 60, 60),
          ('load/a', NULL, true, 50, 50, 60, 30),
          ('load/b', NULL, false, 90, 100, 59, 1),
          ('load/b/part', NULL, false, 3, 4, 50, 1),
          ('cairn:river', NULL, true, NULL, NULL, 40, 40))
          AS step (name, position, finished, done, total, started, saved)
        """
            .formatted(database.schema()),
        id);

    JobProgress oneIsDone = awaitProgress(id, it -> true);
    assertThat(inView(id)).isEqualTo("load: 2 finished");
    database.execute(
        "UPDATE %s.cairn_checkpoint SET saved_at = now() - interval '1 hour' WHERE name = 'load/a'"
            .formatted(database.schema()));
    JobProgress oneAfterTheOther = awaitProgress(id, it -> true);
    assertThat(inView(id)).isEqualTo("load/b/part: 2 finished");
    database.execute(
        "UPDATE %s.cairn_checkpoint SET finished = false WHERE name = 'load/a'"
            .formatted(database.schema()));
    JobProgress both = awaitProgress(id, it -> true);
    assertThat(inView(id)).isEqualTo("load: 1 finished");

    assertThat(current(oneIsDone).name()).isEqualTo("load");
    assertThat(oneIsDone.share()).isEmpty();
    assertThat(oneIsDone.rate()).isNull();
    assertThat(oneIsDone.timeLeft()).isNull();
    assertThat(current(oneAfterTheOther).name()).isEqualTo("load/b/part");
    assertThat(oneAfterTheOther.share()).contains(0.75);
    assertThat(oneAfterTheOther.rate()).isNotNull();
    assertThat(current(both).name()).isEqualTo("load");
  }

  private static @Nullable String inView(long id) {
    return database.text(
        "SELECT step || ': ' || steps_finished || ' finished' FROM %s.cairn_job_progress WHERE job_id = ?"
            .formatted(database.schema()),
        id);
  }

  @Test
  void r27_theTimeSpentIsUntilNowAlsoInTheStepThatRuns() {
    long id =
        start(steps -> {
          steps.step("first", () -> {});
          steps.step("rows", () -> goOn.await());
        });

    JobProgress progress =
        awaitProgress(id, it -> it.current() != null && it.current().spent().toMillis() >= 30);

    assertThat(progress.spent()).isGreaterThanOrEqualTo(current(progress).spent());
    goOn.countDown();
  }

  @Test
  void r27_theTimelineCountsTheTimeOfAllAttemptsAndKeepsTheFirstStart() {
    Cairn client =
        start(
            steps -> {
              steps.step("done", String.class, () -> "result");
              steps.step(
                  "flaky",
                  () -> {
                    Awaitility.await().pollDelay(Duration.ofMillis(20)).until(() -> true);
                    throw new IllegalStateException("again");
                  });
            },
            builder -> builder);
    long id = client.insert(new Watched("test")).id();
    clients.await(id, JobState.RETRYABLE);
    JobProgress first = awaitProgress(id, it -> true);
    client.jobs().retry(id);
    clients.awaitJob(id, job -> assertThat(job.errors()).hasSize(2));
    JobProgress second = awaitProgress(id, it -> true);

    StepProgress before = current(first);
    StepProgress after = current(second);
    assertThat(before.startedAt()).isEqualTo(after.startedAt());
    assertThat(after.attempt()).isEqualTo(2);
    assertThat(second.steps().getFirst())
        .satisfies(step -> {
          assertThat(step.attempt()).isEqualTo(1);
          assertThat(step.valueBytes()).isEqualTo("\"result\"".length());
          assertThat(step.value()).as("a result may be large").isNull();
        });
    assertThat(second.steps().getFirst().startedAt()).isBefore(after.startedAt());
  }

  @Test
  void r27_theInnermostStepIsTheCurrentOne() {
    long id =
        start(steps ->
            steps.step(
                "outer",
                () -> {
                  steps.progress(1, 2L);
                  steps.step(
                      "inner",
                      () -> {
                        steps.progress(7, null);
                        goOn.await();
                      });
                }));

    JobProgress progress =
        awaitProgress(id, it -> isIn(it, "outer/inner") && current(it).done() != null);

    assertThat(current(progress).name()).isEqualTo("outer/inner");
    assertThat(current(progress).done()).isEqualTo(7);
    assertThat(current(progress).total()).isNull();
    assertThat(progress.share()).isEmpty();
    assertThat(progress.timeLeft()).isNull();
    assertThat(progress.steps().getFirst().done()).isEqualTo(1);
    goOn.countDown();
  }

  @Test
  void r27_progressOutsideOfAStepIsRefused() {
    long id = start(steps -> steps.progress(1, 2L));

    clients.awaitJob(
        id,
        job ->
            assertThat(job.errors())
                .anySatisfy(error ->
                    assertThat(error.error())
                        .contains("job " + id + " (watched)", "outside of a step")));
  }

  @Test
  void r27_aStepInATransactionIsSeenAndItsBeginningHoldsUpNobody() throws Exception {
    var entered = new CountDownLatch(1);
    long id =
        start(steps ->
            steps.stepTx(
                "settle",
                connection -> {
                  entered.countDown();
                  goOn.await();
                }));
    entered.await();

    JobProgress progress = awaitProgress(id, it -> it.current() != null);

    assertThat(current(progress).name()).isEqualTo("settle");
    goOn.countDown();
    clients.await(id, JobState.COMPLETED);
  }

  @Test
  void r27_stepsInTransactionsDoNotStarveInASmallPool() {
    var config = new HikariConfig();
    config.setDataSource(database.fresh().dataSource());
    config.setSchema(database.schema());
    config.setMaximumPoolSize(6);
    try (var pool = new HikariDataSource(config)) {
      Cairn client =
          Cairn.builder(pool)
              .schema(database.schema())
              .flushInterval(Duration.ofMillis(5))
              .workers(
                  Workers.builder()
                      .register(
                          Watched.class,
                          (job, context) -> {
                            for (int i = 0; i < 10; i++) {
                              Steps.of(context).stepTx(Steps.name("settle", i), connection -> {});
                            }
                          })
                      .build())
              .queue("default", 30)
              .build();
      client.insertMany(Collections.nCopies(30, JobInsert.of(new Watched("small pool"))));
      client.start();

      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> client.jobs().countByState().equals(Map.of(JobState.COMPLETED, 30L)));
      client.stop();
    }
  }

  @Test
  void r27_aBeginningIsNotWrittenIntoAnOpenTransactionOfTheJob() throws Exception {
    var begun = new CountDownLatch(1);
    long id =
        start(steps ->
            steps.cursor(
                "load",
                Long.class,
                0L,
                cursor -> {
                  try (Connection connection = database.dataSource().getConnection()) {
                    connection.setAutoCommit(false);
                    cursor.advanceTx(connection, 1L);
                    steps.step(
                        "inner",
                        () -> {
                          begun.countDown();
                          goOn.await();
                        });
                    steps.step("next", () -> {});
                    connection.commit();
                    connection.setAutoCommit(true);
                  }
                }));
    begun.await();
    goOn.countDown();
    clients.await(id, JobState.COMPLETED);
  }

  @Test
  void r27_theProgressIsThatOfTheCallersTransaction() throws SQLException {
    Cairn any = clients.inserter();
    long id;
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      id = any.insert(connection, new Watched("unseen")).id();
      assertThat(any.jobs().progress(connection, id)).isPresent();
      assertThat(any.jobs().progress(id)).isEmpty();
      connection.rollback();
      connection.setAutoCommit(true);
    }
    assertThat(any.jobs().progress(id)).isEmpty();
  }

  @Test
  void r27_theViewOfOneJobReadsThatJobOnly() {
    String plan =
        database
            .query(
                "EXPLAIN SELECT * FROM %s.cairn_job_progress WHERE job_id = 7"
                    .formatted(database.schema()))
            .toString();

    assertThat(plan).doesNotContain("Seq Scan on cairn_checkpoint", "Seq Scan on river_job");
  }

  /** What is gone through may have grown since it was asked how much it is. */
  @Test
  void r27_theTotalIsNeverLessThanWhatIsDone() {
    long id =
        start(steps ->
            steps.step(
                "grown",
                () -> {
                  steps.progress(10, 4L);
                  goOn.await();
                }));

    JobProgress progress =
        awaitProgress(id, it -> it.current() != null && it.current().done() != null);
    goOn.countDown();

    assertThat(current(progress).done()).isEqualTo(10);
    assertThat(current(progress).total()).isEqualTo(10);
  }

  @Test
  void r27_negativeProgressIsRefused() {
    long id = start(steps -> steps.step("odd", () -> steps.progress(-1, null)));

    clients.awaitJob(
        id,
        job ->
            assertThat(job.errors())
                .anySatisfy(error -> assertThat(error.error()).contains("-1 of null")));
  }
}
