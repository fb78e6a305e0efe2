package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.resumable.Steps;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Long-running jobs look young to a leader that goes by {@code attempted_at} alone. */
class RenewTest {
  /** As a renewal of the claim does it, so that a test can hold it open. */
  private static final String RENEW =
      """
      UPDATE %s.river_job
      SET attempted_at = attempted_at + interval '1 second',
          metadata = metadata || jsonb_build_object('cairn:renewed', jsonb_build_array(
            (extract(epoch FROM attempted_at) * 1000000)::bigint,
            (extract(epoch FROM attempted_at + interval '1 second') * 1000000)::bigint))
      WHERE id = %d
      """;

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  @JobKind("long")
  record Slow(String name) {}

  private JobRow row(long id) {
    return clients.inserter().jobs().find(id).orElseThrow();
  }

  private Instant attemptedAt(long id) {
    return Objects.requireNonNull(row(id).attemptedAt());
  }

  @Test
  void r6_aRenewedJobCheckpointsAndCompletesUnderItsClaim() {
    var claimedAt = new AtomicReference<Instant>();
    Cairn client =
        clients.start(
            Slow.class,
            (job, context) -> {
              claimedAt.set(job.attemptedAt());
              Steps steps = Steps.of(context);
              steps.step("before", () -> {});
              started.countDown();
              release.await();
              steps.step("after", () -> {});
              steps.stepTx("with rows", connection -> {});
              steps.cursor("count", Integer.class, 0, cursor -> cursor.checkpoint(7));
              context.setMetadata("output", "done");
            },
            // A client renews four times within its timeout.
            settings ->
                settings
                    .renewClaimsAfter(Duration.ofMillis(1))
                    .heartbeatTimeout(Duration.ofSeconds(4)));
    long id = client.insert(new Slow("renewed")).id();

    await().until(() -> started.getCount() == 0);
    Instant first = claimedAt.get();
    await().until(() -> attemptedAt(id).isAfter(first));
    Instant second = attemptedAt(id);
    await().until(() -> attemptedAt(id).isAfter(second));
    release.countDown();

    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.errors()).isEmpty();
    assertThat(job.metadata()).contains("\"output\": \"done\"");
  }

  @Test
  void aWriteThatHasWaitedForTheRenewalHolds() throws Exception {
    Cairn client = clients.start(Slow.class, this::stepInTransaction);
    long id = client.insert(new Slow("waiting")).id();
    started.await();

    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(RENEW.formatted(database.schema(), id));
      release.countDown();
      awaitSomebodyWaiting();
      connection.commit();
    }

    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(failure).hasValue(null);
    assertThat(job.attempt()).isEqualTo(1);
  }

  @Test
  void anotherClaimAfterARenewalEndsTheOldAttempt() throws Exception {
    Cairn client =
        clients.start(
            Slow.class,
            this::stepInTransaction,
            // Or a search for orphans may hand it back.
            settings -> settings.heartbeatTimeout(Duration.ofMinutes(5)));
    long id = client.insert(new Slow("lost")).id();
    started.await();
    database.execute(RENEW.formatted(database.schema(), id));
    database.execute(
        "UPDATE %s.river_job SET attempted_at = attempted_at + interval '1 microsecond' WHERE id = %d"
            .formatted(database.schema(), id));
    release.countDown();

    await().until(() -> failure.get() != null);
    assertThat(failure.get()).isInstanceOf(JobInterruption.class);
    assertThat(row(id).state()).isEqualTo(JobState.RUNNING);
  }

  private void stepInTransaction(Job<Slow> job, WorkContext context) throws Exception {
    started.countDown();
    release.await();
    try {
      Steps.of(context).stepTx("with rows", connection -> {});
    } catch (JobInterruption e) {
      failure.set(e);
      throw e;
    }
  }

  private static void awaitSomebodyWaiting() {
    await().until(() -> database.number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0);
  }
}
