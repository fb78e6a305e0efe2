package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Times that workers and policies answer with, and that a client is stopped with. */
@Timeout(60)
class LongDurationsWorkedTest {
  private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();
  private static final Duration NEGATIVE = Duration.ofSeconds(Long.MIN_VALUE);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("patient")
  record Patient() {}

  /** Fails, and says when to be tried again. */
  private record Failing(Instant nextRetry) implements Worker<Patient> {
    @Override
    public void work(Job<Patient> job, WorkContext context) {
      throw new IllegalStateException("on purpose");
    }

    @Override
    public Optional<Instant> nextRetry(Job<Patient> job, Throwable failure) {
      return Optional.of(nextRetry);
    }
  }

  /** Has a time of its own. */
  private record Timed(Duration time) implements Worker<Patient> {
    @Override
    public void work(Job<Patient> job, WorkContext context) {}

    @Override
    public Optional<Duration> timeout(Job<Patient> job) {
      return Optional.of(time);
    }
  }

  private JobRow work(Worker<Patient> worker, RetryPolicy policy) {
    Cairn client = clients.start(Patient.class, worker, builder -> builder.retryPolicy(policy));
    long id = client.insert(new Patient()).id();
    clients.awaitJob(id, job -> assertThat(job.attemptedBy()).isNotEmpty());
    clients.awaitJob(id, job -> assertThat(job.state()).isNotEqualTo(JobState.RUNNING));
    return client.jobs().find(id).orElseThrow();
  }

  private JobRow work(Worker<Patient> worker) {
    return work(worker, RetryPolicy.river());
  }

  private static void assertRetriedInYears(JobRow job) {
    assertThat(job.errors()).extracting(AttemptError::error).containsExactly("on purpose");
    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.scheduledAt()).isAfter(Instant.now().plus(20_000, ChronoUnit.DAYS));
  }

  private static void assertRetriedSoon(JobRow job) {
    assertThat(job.errors()).extracting(AttemptError::error).contains("on purpose");
    assertThat(job.scheduledAt()).isBefore(Instant.now().plusSeconds(600));
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE / 1_000, 400L * 366 * 24 * 3_600})
  void aWorkerMayHaveAllTheTimeThereIs(long seconds) {
    JobRow job = work(new Timed(Duration.ofSeconds(seconds)));

    assertThat(job.errors()).isEmpty();
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void aRetryMayBeNever() {
    assertRetriedInYears(work(new Failing(Instant.MAX)));
    assertRetriedInYears(
        work(
            (job, context) -> {
              throw new IllegalStateException("on purpose");
            },
            (job, failures) -> FOREVER));
  }

  @Test
  void aRetryInThePastIsAtOnce() {
    assertRetriedSoon(work(new Failing(Instant.MIN)));
    assertRetriedSoon(
        work(
            (job, context) -> {
              throw new IllegalStateException("on purpose");
            },
            (job, failures) -> failures == 1 ? NEGATIVE : Duration.ofMinutes(5)));
  }

  @Test
  void stoppingMayTakeForEver() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    Cairn client =
        clients.start(
            Patient.class,
            (job, context) -> {
              begun.countDown();
              end.await();
            });
    long id = client.insert(new Patient()).id();
    begun.await();
    Thread stopping = Thread.ofPlatform().start(() -> client.stop(FOREVER));

    end.countDown();

    assertThat(stopping.join(Duration.ofSeconds(20))).isTrue();
    assertThat(client.stopped()).isCompleted();
    assertThat(clients.await(id, JobState.COMPLETED).attempt()).isEqualTo(1);
  }

  @Test
  void aNegativeGraceIsRefused() {
    Cairn client = clients.start(Patient.class, (job, context) -> {});

    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.stop(NEGATIVE))
        .withMessageContaining("grace");
    assertThatNoException().isThrownBy(() -> client.stop(Duration.ZERO));
  }
}
