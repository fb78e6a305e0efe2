package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.JobInterruption;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When progress is durable, whatever ends the attempt, and what it may be. */
class CheckpointDurabilityTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  @Test
  void r1_aFinishedStepIsDurableBeforeTheNextOneStarts() {
    jobs.firstAttempt((steps, context) -> {
      steps.step("one", jobs.noting("one"));
      steps.step(
          "two",
          () ->
              assertThat(jobs.checkpoints(context.job().id()))
                  .extracting(row -> row.get("name"), row -> row.get("finished"))
                  .contains(tuple("one", true)));
      jobs.notes.add("checked");
    });

    assertThat(jobs.notes).containsExactly("one", "checked");
  }

  @Test
  void r1_anAdvanceIsDurableWithinTheFlushInterval() {
    jobs.firstAttempt((steps, context) ->
        steps.cursor(
            "load",
            Long.class,
            0L,
            cursor -> {
              cursor.advance(5L);
              await().until(() -> "5".equals(jobs.savedValue(context.job().id(), "load")));
              cursor.advance(6L);
              await().until(() -> "6".equals(jobs.savedValue(context.job().id(), "load")));
              jobs.notes.add("flushed");
            }));

    assertThat(jobs.notes).containsExactly("flushed");
  }

  @Test
  void r1_aCheckpointIsDurableWhenItReturns() {
    Cairn client =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          for (long i = 1; i <= 20; i++) {
                            cursor.checkpoint(i);
                            assertThat(jobs.savedValue(job.id(), "load")).isEqualTo("" + i);
                          }
                        }),
            builder -> builder.flushInterval(Duration.ofHours(1)));

    clients.await(jobs.insert(client), JobState.COMPLETED);
  }

  @Test
  void r2_everyWayOutSavesTheCursor() {
    Map<String, Throwable> waysOut =
        Map.of(
            "exception", new IllegalStateException("failed"),
            "error", new AssertionError("failed"),
            "stack overflow", new StackOverflowError(),
            "interrupt", new InterruptedException(),
            "snooze", new JobSnoozeException(Duration.ofHours(1)));
    waysOut.forEach((name, wayOut) -> {
      JobRow job =
          jobs.firstAttempt((steps, context) ->
              steps.cursor(
                  "load",
                  Long.class,
                  0L,
                  cursor -> {
                    cursor.advance(3L);
                    sneakyThrow(wayOut);
                  }));
      assertThat(job.metadata()).as(name).contains("\"river:resumable_cursor\": {\"load\": 3}");
      assertThat(jobs.savedValue(job.id(), "load")).as(name).isEqualTo("3");
    });
  }

  @Test
  void r2_aTimeoutSavesTheCursor() {
    Cairn client =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          cursor.advance(4L);
                          Thread.sleep(Duration.ofMinutes(1));
                        }),
            builder ->
                builder.jobTimeout(Duration.ofMillis(50)).flushInterval(Duration.ofHours(1)));

    JobRow job = clients.await(jobs.insert(client), JobState.RETRYABLE);

    assertThat(job.metadata()).contains("\"river:resumable_cursor\": {\"load\": 4}");
  }

  @Test
  void r2_r22_cancellingInterruptsAtTheNextCheckpointAndSavesTheCursor() {
    Cairn client =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          for (long i = cursor.get() + 1; ; i++) {
                            cursor.advance(i);
                            jobs.notes.add("advanced");
                          }
                        }),
            builder -> builder.interruptDelay(Duration.ofHours(1)));
    long id = jobs.insert(client);
    await().until(() -> !jobs.notes.isEmpty());

    client.jobs().cancel(id);

    JobRow job = clients.await(id, JobState.CANCELLED);
    assertThat(job.metadata()).contains("\"river:resumable_cursor\": {\"load\": ");
  }

  @Test
  void r13_anInterruptionCannotBeSwallowedByCatchException() {
    Cairn client =
        jobs.start(
            (job, context) -> {
              Steps steps = Steps.of(context);
              steps.cursor(
                  "load",
                  Long.class,
                  0L,
                  cursor -> {
                    for (long i = 1; ; i++) {
                      try {
                        cursor.advance(i);
                        jobs.notes.add("advanced");
                      } catch (Exception e) {
                        jobs.notes.add("swallowed");
                      }
                    }
                  });
            },
            builder -> builder);
    long id = jobs.insert(client);
    await().until(() -> !jobs.notes.isEmpty());

    client.stop();

    assertThat(client.jobs().find(id))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.AVAILABLE));
    assertThat(jobs.notes).containsOnly("advanced");
  }

  @Test
  void r13_anInterruptionThatIsSwallowedAllTheSameIsRaisedAgain() {
    var swallowed = new AtomicInteger();
    Cairn client =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          for (long i = 1; swallowed.get() < 2; i++) {
                            try {
                              cursor.advance(i);
                              jobs.notes.add("advanced");
                            } catch (JobInterruption e) {
                              swallowed.incrementAndGet();
                            }
                          }
                        }),
            builder -> builder);
    long id = jobs.insert(client);
    await().until(() -> !jobs.notes.isEmpty());

    client.stop();

    assertThat(swallowed).hasValue(2);
    assertThat(client.jobs().find(id))
        .hasValueSatisfying(job ->
            assertThat(job.state())
                .as("not completed, although the worker returned")
                .isEqualTo(JobState.AVAILABLE));
  }

  @Test
  void r18_aShutdownUsesUpNoAttemptAndAnotherClientGoesOnAtOnce() {
    var positions = new AtomicReference<Long>();
    Cairn client =
        jobs.start(
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Long.class,
                        0L,
                        cursor -> {
                          for (long i = 1; ; i++) {
                            positions.set(i);
                            cursor.advance(i);
                            jobs.notes.add("advanced");
                          }
                        }),
            builder -> builder.flushInterval(Duration.ofHours(1)));
    long id = jobs.insert(client);
    await().until(() -> !jobs.notes.isEmpty());

    client.stop();

    JobRow interrupted = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(interrupted.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(interrupted.attempt()).isZero();
    assertThat(interrupted.errors()).isEmpty();
    assertThat(interrupted.metadata()).contains("\"cairn:interruptions\": 1");
    JobRow next =
        jobs.nextAttempt(
            id,
            (steps, context) ->
                steps.cursor(
                    "load",
                    Long.class,
                    0L,
                    cursor -> assertThat(cursor.get()).isEqualTo(positions.get())));
    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(next.attempt()).isEqualTo(1);
  }

  @Test
  void r15_anOrderedCursorDoesNotMoveBackUnlessItIsRewound() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "load",
                Long.class,
                0L,
                cursor -> {
                  cursor.advance(5L);
                  cursor.advance(5L);
                  assertThatThrownBy(() -> cursor.advance(4L))
                      .isInstanceOf(IllegalArgumentException.class)
                      .hasMessageContainingAll("'load'", "back from 5 to 4", "rewind");
                  assertThat(cursor.get()).isEqualTo(5L);
                  cursor.rewind(2L);
                  assertThat(jobs.savedValue(context.job().id(), "load")).isEqualTo("2");
                  throw new IllegalStateException("stop here");
                }));

    assertThat(job.errors().getFirst().error()).isEqualTo("stop here");
  }

  @Test
  void r8_whatExceedsALimitIsRefusedWithStepAndSize() {
    JobRow cursor =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "load",
                String.class,
                "",
                each -> {
                  each.advance("x".repeat(16 * 1024 - 2));
                  each.advance("y".repeat(16 * 1024 - 1));
                }));
    assertThat(cursor.errors().getFirst().error())
        .contains("cursor", "'load'", "16385 bytes", "16384");

    JobRow result =
        jobs.firstAttempt(
            (steps, context) -> steps.step("big", String.class, () -> "ä".repeat(128 * 1024)));
    assertThat(result.errors().getFirst().error()).contains("result", "'big'", "262146 bytes");

    var ran = new AtomicInteger();
    Cairn client =
        jobs.start(
            (job, context) -> {
              for (int i = 0; i < 5; i++) {
                Steps.of(context).step(Steps.name("step", i), ran::incrementAndGet);
              }
            },
            builder -> builder.resumableLimits(new ResumableLimits(10, 10, 3)));
    JobRow steps = clients.await(jobs.insert(client), JobState.RETRYABLE);
    assertThat(steps.errors().getFirst().error()).contains("more than 3 steps");
    assertThat(ran).hasValue(3);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> void sneakyThrow(Throwable failure) throws E {
    throw (E) failure;
  }
}
