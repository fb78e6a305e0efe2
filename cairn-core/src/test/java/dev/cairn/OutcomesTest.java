package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the end of an attempt means for its job. */
class OutcomesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @Test
  void recordsAFailureAndRetriesByRiversPolicy() {
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> {
              throw new IllegalStateException("attempt %d failed".formatted(job.attempt()));
            });

    long id = client.insert(new Greet("Ada", 1)).id();

    // One second after the first failure, which is soon enough to be available at once; sixteen
    // after the second.
    JobRow job = clients.await(id, JobState.RETRYABLE);
    assertThat(job.attempt()).isEqualTo(2);
    assertThat(job.errors())
        .extracting(AttemptError::error)
        .containsExactly("attempt 1 failed", "attempt 2 failed");
    assertThat(job.errors()).extracting(AttemptError::attempt).containsExactly(1, 2);
    assertThat(job.errors().getFirst().trace()).contains("OutcomesTest", "IllegalStateException");
    assertThat(job.errors().getLast().at()).isEqualTo(job.attemptedAt());
    assertThat(Duration.between(job.attemptedAt(), job.scheduledAt()))
        .as("a tenth less than sixteen seconds at least")
        .isGreaterThanOrEqualTo(Duration.ofMillis(14_400));
    assertThat(job.scheduledAt())
        .as("a tenth more at most, from its failure")
        .isBefore(Instant.now().plusMillis(17_700));
  }

  @Test
  void discardsAJobWhoseAttemptsAreUsedUp() {
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> {
              throw new IllegalStateException("never works");
            });

    long id = client.insert(new Greet("Ada", 1), InsertOptions.defaults().withMaxAttempts(1)).id();

    JobRow job = clients.await(id, JobState.DISCARDED);
    assertThat(job.finalizedAt()).isNotNull();
    assertThat(job.errors()).extracting(AttemptError::error).containsExactly("never works");
  }

  /** What is recorded of the only attempt of a job that this worker fails. */
  private String errorOf(Worker<Greet> failing) {
    Cairn client = clients.start(Greet.class, failing);
    long id = client.insert(new Greet("Ada", 1), InsertOptions.defaults().withMaxAttempts(1)).id();
    return clients.await(id, JobState.DISCARDED).errors().getFirst().error();
  }

  @Test
  void anErrorFailsTheAttemptLikeAnException() {
    assertThat(
            errorOf((job, context) -> {
              throw new StackOverflowError();
            }))
        .isEqualTo("java.lang.StackOverflowError");
  }

  @Test
  void anExceptionThatCannotBePutInWordsIsAFailureLikeAnyOther() {
    var silent =
        new IllegalStateException() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getMessage() {
            throw new UnsupportedOperationException();
          }
        };

    assertThat(
            errorOf((job, context) -> {
              throw silent;
            }))
        .contains("cannot be described", "UnsupportedOperationException");
  }

  @Test
  void anErrorTextThatPostgresCannotStoreIsCleaned() {
    assertThat(
            errorOf((job, context) -> {
              throw new IllegalStateException("zero \0 and half a pair \ud800.");
            }))
        .isEqualTo("zero \ufffd and half a pair \ufffd.");
  }

  @Test
  void theWorkerMayChooseTheTimeOfTheRetry() {
    Instant tomorrow = Instant.now().plus(Duration.ofDays(1));
    Cairn client =
        clients.start(
            Greet.class,
            new Worker<>() {
              @Override
              public void work(Job<Greet> job, WorkContext context) {
                throw new IllegalStateException("not today");
              }

              @Override
              public Optional<Instant> nextRetry(Job<Greet> job, Throwable failure) {
                return Optional.of(tomorrow);
              }
            });

    long id = client.insert(new Greet("Ada", 1)).id();

    assertThat(clients.await(id, JobState.RETRYABLE).scheduledAt())
        .isCloseTo(tomorrow, within(5, ChronoUnit.SECONDS));
  }

  @Test
  void aSnoozedJobRunsLaterAndUsesUpNoAttempt() {
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> {
              throw new JobSnoozeException(Duration.ofHours(1));
            });

    long id = client.insert(new Greet("Ada", 1)).id();

    JobRow job = clients.await(id, JobState.SCHEDULED);
    assertThat(job.attempt()).isZero();
    assertThat(job.metadata()).isEqualTo("{\"snoozes\": 1}");
    assertThat(job.errors()).isEmpty();
    assertThat(job.scheduledAt())
        .isCloseTo(Instant.now().plus(Duration.ofHours(1)), within(10, ChronoUnit.SECONDS));
  }

  @Test
  void aShortSnoozeGoesStraightToAvailable() {
    var runs = new AtomicInteger();
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> {
              if (runs.incrementAndGet() < 3) {
                throw new JobSnoozeException(Duration.ofMillis(10));
              }
            });

    long id = client.insert(new Greet("Ada", 1)).id();

    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.metadata()).isEqualTo("{\"snoozes\": 2}");
  }

  @Test
  void aWorkerCancelsItsJob() {
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> {
              throw new JobCancelException("not wanted any more");
            });

    long id = client.insert(new Greet("Ada", 1)).id();

    assertThat(clients.await(id, JobState.CANCELLED).errors())
        .extracting(AttemptError::error)
        .containsExactly("JobCancelError: not wanted any more");
  }

  @Test
  void aWaitingJobIsCancelledAtOnce() {
    Cairn client = clients.inserter();
    long id = client.insert(new Greet("Ada", 1)).id();

    JobRow cancelled = client.jobs().cancel(id).orElseThrow();

    assertThat(cancelled.state()).isEqualTo(JobState.CANCELLED);
    assertThat(cancelled.metadata()).contains("cancel_attempted_at");
    assertThat(client.jobs().cancel(id))
        .hasValueSatisfying(
            again -> assertThat(again.finalizedAt()).isEqualTo(cancelled.finalizedAt()));
    assertThat(client.jobs().cancel(-1)).isEmpty();
  }

  @Test
  void aRunningJobIsToldThatItWasCancelled() {
    var started = new CountDownLatch(1);
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> {
              started.countDown();
              Thread.sleep(Duration.ofMinutes(1));
            });
    long id = client.insert(new Greet("Ada", 1)).id();
    await().until(() -> started.getCount() == 0);

    assertThat(client.jobs().cancel(id))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.RUNNING));

    assertThat(clients.await(id, JobState.CANCELLED).errors())
        .extracting(AttemptError::error)
        .containsExactly("JobCancelError: job cancelled remotely");
  }

  @Test
  void aRunningJobIsToldOfItsCancellationWithoutNotifications() {
    var started = new CountDownLatch(1);
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> {
              started.countDown();
              while (true) {
                context.yieldIfInterrupted();
                Thread.sleep(5);
              }
            },
            CairnBuilder::pollOnly);
    long id = client.insert(new Greet("Ada", 1)).id();
    await().until(() -> started.getCount() == 0);

    client.jobs().cancel(id);

    clients.await(id, JobState.CANCELLED);
  }

  @Test
  void anAttemptThatRunsTooLongTimesOutAndIsRetried() {
    Cairn client =
        clients.start(
            Greet.class,
            (job, context) -> Thread.sleep(Duration.ofMinutes(1)),
            builder -> builder.jobTimeout(Duration.ofMillis(100)));

    long id = client.insert(new Greet("Ada", 1), InsertOptions.defaults().withMaxAttempts(1)).id();

    assertThat(clients.await(id, JobState.DISCARDED).errors().getFirst().error())
        .contains("job " + id, "greet", "timeout");
  }

  @Test
  void theWorkersTimeoutGoesBeforeTheClients() {
    Cairn client =
        clients.start(
            Greet.class,
            new Worker<>() {
              @Override
              public void work(Job<Greet> job, WorkContext context) throws InterruptedException {
                Thread.sleep(200);
              }

              @Override
              public Optional<Duration> timeout(Job<Greet> job) {
                return Optional.of(Duration.ZERO);
              }
            },
            builder -> builder.jobTimeout(Duration.ofMillis(20)));

    long id = client.insert(new Greet("Ada", 1)).id();

    assertThat(clients.await(id, JobState.COMPLETED).errors()).isEmpty();
  }

  @JobKind("greet")
  record Greet(String name, int times) {}
}
