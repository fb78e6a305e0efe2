package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InterceptedCalls;
import dev.cairn.InterceptedStatements;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** No step begins before those that have finished are durable (R1), also if the write stalls. */
class OwedFlushTest {
  private static final Duration LIMIT = Duration.ofSeconds(1);

  private static final Duration SOON = Duration.ofMillis(300);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  /** While it is closed, no checkpoint is written. */
  private volatile boolean closed;

  private final AtomicInteger held = new AtomicInteger();

  @JobKind("owed_flush_test")
  record Args(String name) {}

  @AfterEach
  void open() {
    closed = false;
  }

  private @Nullable Object hold(String purpose, InterceptedCalls.Call call) throws Throwable {
    if (purpose.equals("write checkpoints") && closed) {
      held.incrementAndGet();
      await().atMost(Duration.ofMinutes(1)).until(() -> !closed);
    }
    return call.proceed();
  }

  private void work(ResumableJobs.Code code) {
    Cairn client =
        Cairn.builder(InterceptedStatements.of(database.dataSource(), this::hold))
            .schema(database.schema())
            .workers(
                Workers.builder()
                    .register(Args.class, (job, context) -> code.run(Steps.of(context), context))
                    .build())
            .queue("default", 1)
            .flushInterval(Duration.ofHours(1))
            .build();
    client.start();
    try {
      clients.await(client.insert(new Args("x")).id(), JobState.COMPLETED);
    } finally {
      closed = false;
      client.stop();
    }
  }

  /** After some time for a branch that does not wait. */
  private void openSoon() {
    CompletableFuture.delayedExecutor(SOON.toMillis(), TimeUnit.MILLISECONDS).execute(this::open);
  }

  private void requireDurable(WorkContext context, String step) {
    assertThat(jobs.checkpoints(context.job().id()))
        .as("before the next step begins")
        .anySatisfy(row -> {
          assertThat(row.get("name")).isEqualTo(step);
          assertThat(row.get("finished")).isEqualTo(true);
        });
  }

  /** Seen before: the second try took the flush for done that a time limit had broken off. */
  @Test
  void r1_aFlushThatFailsIsStillOwedByTheNextTry() {
    var tries = new AtomicInteger();
    work((steps, context) ->
        steps
            .retrying(5, Duration.ofMillis(1))
            .timeout(LIMIT)
            .step(
                "outer",
                () -> {
                  steps.step("a", jobs.noting("a"));
                  closed = tries.incrementAndGet() < 3;
                  steps.step(
                      "b",
                      () -> {
                        requireDurable(context, "outer/a");
                        jobs.notes.add("b");
                      });
                }));

    assertThat(tries.get()).isGreaterThanOrEqualTo(3);
    assertThat(jobs.notes).containsExactly("a", "b");
  }

  /** Seen before: only the branch that had asked first waited for the write. */
  @Test
  void r1_eachBranchWaitsForTheWriteOfItsFinishedStep() {
    var finished = new CountDownLatch(1);
    work((steps, context) ->
        steps.parallel(
            "p",
            branches -> {
              branches.add(
                  "x",
                  own -> {
                    own.step("x1", jobs.noting("x1"));
                    finished.countDown();
                    await().atMost(Duration.ofMinutes(1)).until(() -> held.get() > 0);
                    openSoon();
                    own.step("x2", () -> requireDurable(context, "p/x/x1"));
                  });
              branches.add(
                  "y",
                  own -> {
                    own.step("y1", jobs.noting("y1"));
                    finished.await();
                    closed = true;
                    own.step("y2", jobs.noting("y2"));
                  });
            }));

    assertThat(held).hasPositiveValue();
    assertThat(jobs.notes).containsExactlyInAnyOrder("x1", "y1", "y2");
  }
}
