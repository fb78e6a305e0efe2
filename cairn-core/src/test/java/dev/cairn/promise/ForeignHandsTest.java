package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.TestLogs;
import dev.cairn.Worker;
import dev.cairn.resumable.Steps;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers and people who put their hands on what Cairn keeps for itself. */
class ForeignHandsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("handled")
  record Handled(String key) {}

  @BeforeEach
  void forget() {
    TestLogs.forget();
  }

  private long insert(String key, Worker<Handled> worker) {
    Cairn client = clients.start(Handled.class, worker);
    return client.insert(new Handled(key)).id();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "river:rescue_count",
        "river:resumable_step",
        "cancel_attempted_at",
        "cairn:deaths",
        "cairn:interruptions"
      })
  void aWorkerCannotOverwriteWhatCairnCounts(String key) {
    long id =
        insert(
            key,
            (job, context) -> {
              assertThatThrownBy(() -> context.setMetadata(job.args().key(), 0))
                  .isInstanceOf(IllegalArgumentException.class)
                  .hasMessageContaining("cannot set '%s'".formatted(key));
              context.setMetadata("river:log", "[]");
            });

    assertThat(clients.await(id, JobState.COMPLETED).metadata()).doesNotContain(key);
  }

  /** Seen before: the attempt failed. */
  @Test
  void anInterruptThatTheWorkerHasSetItselfIsLeftAsItIs() {
    var left = new AtomicBoolean();
    long id =
        insert(
            "x",
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "rows",
                        Integer.class,
                        0,
                        cursor -> {
                          Thread.currentThread().interrupt();
                          cursor.checkpoint(1);
                          left.set(Thread.currentThread().isInterrupted());
                        }));

    JobRow job = clients.await(id, JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
    assertThat(left).isTrue();
  }

  /** Seen before: it was told that it had called completeTx. */
  @Test
  void aJobThatAPersonHasCompletedStopsAndSaysSo() throws InterruptedException {
    var running = new CountDownLatch(1);
    var completed = new CountDownLatch(1);
    var thrown = new AtomicReference<@Nullable Throwable>();
    long id =
        insert(
            "x",
            (job, context) -> {
              running.countDown();
              completed.await();
              try {
                Steps.of(context).stepTx("rows", connection -> {});
              } catch (Throwable e) {
                thrown.set(e);
                throw e;
              }
            });
    running.await();

    database.execute(
        "UPDATE river_job SET state = 'completed', finalized_at = now() WHERE id = ?", id);
    completed.countDown();

    clients.awaitJob(id, job -> assertThat(thrown.get()).isNotNull());
    assertThat(thrown.get())
        .isInstanceOfSatisfying(
            JobInterruption.class,
            interruption ->
                assertThat(interruption.reason()).isEqualTo(InterruptionReason.LEASE_LOST))
        .hasMessageContaining("changed or deleted in the meantime");
    clients.awaitJob(
        id, job -> assertThat(TestLogs.warnings("lost its job while it ran")).isNotEmpty());
  }
}
