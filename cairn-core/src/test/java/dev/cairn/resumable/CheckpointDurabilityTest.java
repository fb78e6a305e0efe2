package dev.cairn.resumable;

import static dev.cairn.resumable.ResumableJobs.cursorStep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import dev.cairn.AttemptError;
import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobCancelException;
import dev.cairn.JobDiscardException;
import dev.cairn.JobInterruption;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.Lateness;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.TestLogs;
import dev.cairn.source.Sources;
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
    jobs.firstAttempt(
        cursorStep(
            "load",
            (cursor, context) -> {
              cursor.advance(5L);
              await().until(() -> "5".equals(jobs.savedValue(context.job().id(), "load")));
              cursor.advance(6L);
              await().until(() -> "6".equals(jobs.savedValue(context.job().id(), "load")));
              jobs.notes.add("flushed");
            }));

    assertThat(jobs.notes).containsExactly("flushed");
  }

  /** Of a process that is killed at any time, what is in the database is what is left. */
  @Test
  void r1_whatAKillMayCostIsNoMoreThanAFlushIntervalHoweverLongTheStep() {
    Duration time = Duration.ofSeconds(4);
    var worst = new AtomicReference<>(Duration.ZERO);
    Cairn client =
        jobs.start(
            (steps, context) ->
                steps.cursor(
                    "load",
                    Long.class,
                    System.nanoTime(),
                    cursor -> {
                      long begin = cursor.get();
                      while (cursor.get() - begin < time.toNanos()) {
                        // What was there before must be saved by now, however long ago that was.
                        long last = cursor.get();
                        cursor.advance(System.nanoTime());
                        String saved = jobs.savedValue(context.job().id(), "load");
                        long left = saved == null ? begin : Long.parseLong(saved);
                        var lost = Duration.ofNanos(last - left);
                        worst.accumulateAndGet(lost, (a, b) -> a.compareTo(b) > 0 ? a : b);
                      }
                    }),
            builder -> builder.flushInterval(Duration.ofMillis(100)));

    Duration late;
    try (var lateness = new Lateness(() -> database.number("SELECT 1"))) {
      clients.await(jobs.insert(client), JobState.COMPLETED);
      late = lateness.soFar();
    }

    assertThat(worst.get())
        .as("the interval, and time for a statement on a machine that was late by %s", late)
        .isBetween(Duration.ofMillis(1), Duration.ofMillis(1_500).plus(late));
  }

  @Test
  void r1_aCheckpointIsDurableWhenItReturns() {
    Cairn client =
        jobs.start(
            cursorStep(
                "load",
                (cursor, context) -> {
                  for (long i = 1; i <= 20; i++) {
                    cursor.checkpoint(i);
                    assertThat(jobs.savedValue(context.job().id(), "load")).isEqualTo("" + i);
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
            "cancel", new JobCancelException("enough"),
            "discard", new JobDiscardException("of no use"),
            "snooze", new JobSnoozeException(Duration.ofHours(1)));
    waysOut.forEach((name, wayOut) -> {
      JobRow job =
          jobs.firstAttempt(
              cursorStep(
                  "load",
                  cursor -> {
                    cursor.advance(3L);
                    sneakyThrow(wayOut);
                  }));
      assertThat(job.metadata()).as(name).contains("\"river:resumable_cursor\": {\"load\": 3}");
      assertThat(jobs.savedValue(job.id(), "load")).as(name).isEqualTo("3");
    });
  }

  /** One transaction, and so one statement: whoever looks never sees the one without the other. */
  @Test
  void r2_theCursorAndTheOutcomeAreWrittenTogether() {
    database.execute(
        """
        CREATE TABLE written (what text, transaction bigint);
        CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
            INSERT INTO written VALUES (TG_ARGV[0], txid_current());
            RETURN NULL;
          END
        $$;
        CREATE TRIGGER note_cursor AFTER INSERT OR UPDATE ON cairn_checkpoint
          FOR EACH ROW WHEN (NEW.value = '9') EXECUTE FUNCTION note_write('cursor');
        CREATE TRIGGER note_outcome AFTER UPDATE ON river_job
          FOR EACH ROW WHEN (NEW.state = 'retryable') EXECUTE FUNCTION note_write('outcome');
        """);
    try {
      Cairn client =
          jobs.start(
              cursorStep(
                  "load",
                  cursor -> {
                    cursor.advance(9L);
                    throw new IllegalStateException("failed");
                  }),
              builder -> builder.flushInterval(Duration.ofHours(1)));
      clients.await(jobs.insert(client), JobState.RETRYABLE);

      assertThat(database.query("SELECT what FROM written ORDER BY what"))
          .hasToString("[{what=cursor}, {what=outcome}]");
      assertThat(database.number("SELECT count(DISTINCT transaction) FROM written")).isEqualTo(1);
    } finally {
      database.execute("DROP FUNCTION note_write CASCADE; DROP TABLE written");
    }
  }

  @Test
  void r2_aTimeoutSavesTheCursor() {
    Cairn client =
        jobs.start(
            cursorStep(
                "load",
                cursor -> {
                  cursor.advance(4L);
                  Thread.sleep(Duration.ofMinutes(1));
                }),
            builder ->
                builder.jobTimeout(Duration.ofSeconds(1)).flushInterval(Duration.ofHours(1)));

    JobRow job = clients.await(jobs.insert(client), JobState.RETRYABLE);

    assertThat(job.metadata()).contains("\"river:resumable_cursor\": {\"load\": 4}");
  }

  @Test
  void r2_r22_cancellingInterruptsAtTheNextCheckpointAndSavesTheCursor() {
    Cairn client =
        jobs.start(
            cursorStep(
                "load",
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
            cursorStep(
                "load",
                cursor -> {
                  for (long i = 1; ; i++) {
                    try {
                      cursor.advance(i);
                      jobs.notes.add("advanced");
                    } catch (Exception e) {
                      jobs.notes.add("swallowed");
                    }
                  }
                }));
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
            cursorStep(
                "load",
                cursor -> {
                  for (long i = 1; swallowed.get() < 2; i++) {
                    try {
                      cursor.advance(i);
                      jobs.notes.add("advanced");
                    } catch (JobInterruption e) {
                      swallowed.incrementAndGet();
                    }
                  }
                }));
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
            cursorStep(
                "load",
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
            id, cursorStep("load", cursor -> assertThat(cursor.get()).isEqualTo(positions.get())));
    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(next.attempt()).isEqualTo(1);
  }

  @Test
  void r15_anOrderedCursorDoesNotMoveBackUnlessItIsRewound() {
    JobRow job =
        jobs.firstAttempt(
            cursorStep(
                "load",
                (cursor, context) -> {
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

  private static final ResumableLimits SMALL =
      ResumableLimits.defaults().withCursorBytes(8).withResultBytes(9).withSteps(3);

  /** The error of a job that begins with limits of its own. */
  private String errorWith(ResumableLimits limits, ResumableJobs.Code code) {
    Cairn client = jobs.start(code, builder -> builder.resumableLimits(limits));
    JobRow failed = clients.await(jobs.insert(client), JobState.RETRYABLE);
    // Or it would work the next job too, by this code.
    client.stop();
    return failed.errors().getFirst().error();
  }

  @Test
  void r8_aCursorThatIsTooLargeIsRefusedWithStepAndSize() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "load",
                String.class,
                "",
                each -> {
                  each.advance("x".repeat(16 * 1024 - 2));
                  each.advance("y".repeat(16 * 1024 - 1));
                }));

    assertThat(job.errors().getFirst().error())
        .contains("cursor", "'load'", "16385 bytes", "16384");
    assertThat(jobs.savedValue(job.id(), "load"))
        .as("the last one that was small enough, whole")
        .isEqualTo('"' + "x".repeat(16 * 1024 - 2) + '"');
    assertThat(
            errorWith(
                SMALL,
                (steps, context) ->
                    steps.cursor("load", String.class, "", each -> each.advance("1234567"))))
        .contains("cursor", "'load'", "9 bytes", "at most 8");
  }

  /** The steps of earlier attempts are among them: they are saved and loaded too. */
  @Test
  void r8_aJobHasAsManyStepsAsAreAllowedInAllItsAttempts() {
    var attempts = new AtomicInteger();
    Cairn client =
        jobs.start(
            (steps, context) -> {
              attempts.incrementAndGet();
              steps.forEach(
                  "each",
                  Sources.range(0, 5),
                  number -> {
                    steps.step(Steps.name("do", number), jobs.noting("did " + number));
                    if (number == 1 && attempts.get() == 1) {
                      throw new IllegalStateException("planned");
                    }
                  });
            },
            builder ->
                builder.resumableLimits(SMALL).retryPolicy((job, failures) -> Duration.ZERO));
    long id =
        client
            .insert(new ResumableJobs.Args("test"), InsertOptions.defaults().withMaxAttempts(2))
            .id();

    JobRow done = clients.await(id, JobState.DISCARDED);

    assertThat(done.errors())
        .extracting(AttemptError::error)
        .satisfiesExactly(
            first -> assertThat(first).isEqualTo("planned"),
            second -> assertThat(second).contains("'each/do[2]'", "3 steps", "CAIRN-306"));
    assertThat(jobs.notes).containsExactly("did 0", "did 1");
  }

  @Test
  void r8_aResultThatIsTooLargeIsRefusedWithStepAndSize() {
    String largest = "ä".repeat(128 * 1024 - 1);
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("large", String.class, () -> largest);
          steps.step("larger", String.class, () -> largest + "ä");
        });

    assertThat(job.errors().getFirst().error())
        .contains("result", "'larger'", "262146 bytes", "262144");
    assertThat(jobs.savedValue(job.id(), "large")).isEqualTo('"' + largest + '"');
    assertThat(
            errorWith(
                SMALL, (steps, context) -> steps.step("large", String.class, () -> "12345678")))
        .contains("result", "'large'", "10 bytes", "at most 9");
    assertThat(
            errorWith(
                SMALL,
                (steps, context) -> steps.stepTx("settle", String.class, connection -> "12345678")))
        .contains("result", "'settle'", "10 bytes", "at most 9");
  }

  @Test
  void r8_aStepTooManyIsRefusedWithItsName() {
    ResumableLimits limits = ResumableLimits.defaults();
    assertThat(limits.cursorBytes()).isEqualTo(16_384);
    assertThat(limits.resultBytes()).isEqualTo(262_144);
    assertThat(limits.steps()).isEqualTo(10_000);
    assertThat(
            errorWith(
                SMALL,
                (steps, context) -> {
                  for (int i = 0; i < 5; i++) {
                    steps.step(Steps.name("step", i), jobs.noting("step " + i));
                  }
                }))
        .contains("'step[3]'", "one more than the 3 steps allowed", "resumableLimits");
    assertThat(jobs.notes).containsExactly("step 0", "step 1", "step 2");
  }

  @Test
  void r22_aJobWhoseCheckpointsAreTooFarApartIsWarnedAboutOnce() {
    Cairn client =
        jobs.start(
            cursorStep(
                "load",
                cursor -> {
                  for (int i = 0; i < 3; i++) {
                    cursor.advance(cursor.get() + 1);
                    Thread.sleep(Duration.ofMillis(60));
                  }
                }),
            builder -> builder.shutdownGrace(Duration.ofMillis(50)));
    long slow = jobs.insert(client);
    clients.await(slow, JobState.COMPLETED);

    assertThat(TestLogs.warnings("job %d (resumable), attempt 1 had".formatted(slow)))
        .singleElement()
        .asString()
        .contains("had no checkpoint for ", " ms, longer than the shutdown grace of 50 ms");
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> void sneakyThrow(Throwable failure) throws E {
    throw (E) failure;
  }
}
