package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.StepProgress;
import dev.cairn.resumable.ResumableJobs.Code;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a worker in Go has saved survives however the first attempt in Java ends (R7). */
class GoHandoverTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final String A_AND_PART_OF_B =
      "{\"river:resumable_step\": \"a\", \"river:resumable_cursor\": {\"b\": 7}}";

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  /** Where an attempt ends. */
  enum Place {
    BEFORE_A,
    AFTER_A,
    IN_B,
    AFTER_B
  }

  static Stream<Arguments> ends() {
    return Stream.of(Ending.values())
        .flatMap(how -> Stream.of(Place.values()).map(where -> Arguments.of(how, where)));
  }

  private Code ending(Place where, Ending how) {
    return (steps, context) -> {
      if (where == Place.BEFORE_A) {
        how.end(database, context);
      }
      steps.step("a", jobs.noting("a"));
      if (where == Place.AFTER_A) {
        how.end(database, context);
      }
      steps.cursor(
          "b",
          Long.class,
          0L,
          cursor -> {
            jobs.notes.add("b from " + cursor.get());
            if (where == Place.IN_B) {
              how.end(database, context);
            }
            cursor.advance(9L);
          });
      how.end(database, context);
    };
  }

  private final Code wholeCode =
      (steps, context) -> {
        steps.step("a", jobs.noting("a"));
        steps.cursor("b", Long.class, 0L, cursor -> jobs.notes.add("b from " + cursor.get()));
        steps.step("c", jobs.noting("c"));
      };

  @ParameterizedTest
  @MethodSource("ends")
  void r7_whatGoHasSavedSurvivesTheFirstAttemptInJava(Ending how, Place where) throws Exception {
    long id = jobs.begunInGo(A_AND_PART_OF_B);

    attempt(id, ending(where, how));

    boolean finished = where == Place.AFTER_B && how != Ending.KILL;
    if (where != Place.AFTER_B) {
      JobRow job = clients.inserter().jobs().find(id).orElseThrow();
      assertThat(job.metadata())
          .as("what a worker in Go goes on from")
          .contains("\"river:resumable_step\": \"a\"", "\"river:resumable_cursor\": {\"b\": 7}");
    }
    jobs.notes.clear();
    retry(id);
    attempt(id, wholeCode);
    assertThat(clients.inserter().jobs().find(id).orElseThrow().state())
        .isEqualTo(JobState.COMPLETED);
    if (finished) {
      assertThat(jobs.notes).containsExactly("c");
    } else if (where == Place.AFTER_B) {
      assertThat(jobs.notes).doesNotContain("a", "b from 0").endsWith("c");
    } else {
      assertThat(jobs.notes).containsExactly("b from 7", "c");
    }
  }

  /** What is known of a job that has stopped, with no attempt used up, and how it says so. */
  private void assertStopped(long id, String... words) {
    JobRow job = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.attempt()).as("attempts used up").isEqualTo(1);
    assertThat(job.errors().getLast().error()).contains(words).contains("job " + id);
  }

  @Test
  void r10_aNewStepWithoutAPlanStopsTheJobAndItsStateIsKept() throws Exception {
    long id = jobs.begunInGo(A_AND_PART_OF_B);
    Code withNewStep =
        (steps, context) -> {
          steps.step("a", jobs.noting("a"));
          steps.step("n", jobs.noting("n"));
          steps.cursor("b", Long.class, 0L, cursor -> jobs.notes.add("b from " + cursor.get()));
        };

    for (int time = 1; time <= 2; time++) {
      jobs.nextAttempt(id, withNewStep);
      assertStopped(id, "'b'", "'n'", "its state is kept", "Steps.plan");
    }
    jobs.nextAttempt(
        id,
        (steps, context) -> {
          steps.plan("a", "n", "b");
          withNewStep.run(steps, context);
        });

    assertThat(jobs.notes).containsExactly("n", "b from 7");
  }

  @Test
  void r10_aPlanAndAnExceptionBeforeTheFirstStepLoseNothing() {
    long id = jobs.begunInGo(A_AND_PART_OF_B);

    jobs.nextAttempt(
        id,
        (steps, context) -> {
          steps.plan("a", "n", "b");
          throw new IllegalStateException("before any step");
        });
    jobs.nextAttempt(
        id,
        (steps, context) -> {
          steps.plan("a", "n", "b");
          steps.step("a", jobs.noting("a"));
          steps.step("n", jobs.noting("n"));
          steps.cursor("b", Long.class, 0L, cursor -> jobs.notes.add("b from " + cursor.get()));
        });

    assertThat(jobs.notes).containsExactly("n", "b from 7");
  }

  record OtherPlace(String region, long lastId) {}

  @Test
  void r14_aCursorThatDoesNotDecodeStaysStopped() {
    long id = jobs.begunInGo(A_AND_PART_OF_B);
    Code withOtherType =
        (steps, context) -> {
          steps.step("a", jobs.noting("a"));
          steps.cursor(
              "b",
              OtherPlace.class,
              new OtherPlace("", 0),
              cursor -> jobs.notes.add("b with another type"));
        };

    for (int time = 1; time <= 3; time++) {
      jobs.nextAttempt(id, withOtherType);
      assertStopped(id, "step 'b'", "no longer fits", "OtherPlace");
    }
    jobs.nextAttempt(id, wholeCode);

    assertThat(jobs.notes).containsExactly("b from 7", "c");
  }

  @Test
  void r10_aStepOfGoThatTheCodeDoesNotHaveStaysStoppedUntilTheCodeHasIt() {
    long id = jobs.begunInGo("{\"river:resumable_step\": \"zzz\"}");

    for (int time = 1; time <= 3; time++) {
      jobs.nextAttempt(id, wholeCode);
      assertStopped(id, "step 'zzz'", "without reaching it", "its state is kept");
    }
    assertThat(jobs.notes).isEmpty();
    jobs.nextAttempt(
        id,
        (steps, context) -> {
          steps.step("a", jobs.noting("a"));
          steps.renamedFrom("zzz").step("b", jobs.noting("b"));
          steps.step("c", jobs.noting("c"));
        });

    assertThat(jobs.notes).as("behind the step that is meant").containsExactly("c");
  }

  @Test
  void r10_aPlanWithoutGosStepStopsBeforeAnyStepAndMayRenameIt() throws Exception {
    long id = jobs.begunInGo("{\"river:resumable_step\": \"zzz\"}");
    StepPlan plan = StepPlan.of("a", "b", "c");

    for (int time = 1; time <= 2; time++) {
      jobs.nextAttempt(id, planned(plan));
      assertStopped(id, "step 'zzz'", "is not in the plan [a, b, c]");
    }
    jobs.nextAttempt(id, planned(plan.renamed("zzz", "a")));

    assertThat(jobs.notes).containsExactly("b from 0", "c");
  }

  private Code planned(StepPlan plan) {
    return (steps, context) -> {
      steps.plan(plan);
      wholeCode.run(steps, context);
    };
  }

  @Test
  void r7_aCursorWithoutAFinishedStepIsGivenToItsStep() {
    long id = jobs.begunInGo("{\"river:resumable_cursor\": {\"b\": 7}}");

    jobs.nextAttempt(
        id,
        (steps, context) -> {
          steps.step("a", jobs.failing("a"));
          throw new AssertionError("a step behind one that has failed");
        });
    jobs.nextAttempt(id, wholeCode);

    assertThat(jobs.notes)
        .as("River knew of no finished step, so those before are still to be done")
        .containsExactly("a", "a", "b from 7", "c");
  }

  @Test
  void r7_aCursorOfTheFirstStepAloneIsGoneOnWith() {
    long id = jobs.begunInGo("{\"river:resumable_cursor\": {\"b\": 7}}");

    jobs.nextAttempt(
        id, ResumableJobs.cursorStep("b", cursor -> jobs.notes.add("b from " + cursor.get())));

    assertThat(jobs.notes).containsExactly("b from 7");
  }

  record GoCursor(String region, long lastId, boolean done, @Nullable Long total) {}

  /** As the field's tag {@code omitempty} has it in Go. */
  @Test
  void r7_whatGoLeavesOutOfACursorHasItsDefault() {
    long id =
        jobs.begunInGo(
            """
            {"river:resumable_step": "a", "river:resumable_cursor": {"b": {"region": "eu"}}}\
            """);

    jobs.nextAttempt(
        id,
        (steps, context) -> {
          steps.step("a", jobs.noting("a"));
          steps.cursor(
              "b",
              GoCursor.class,
              new GoCursor("", 1, true, 1L),
              cursor -> jobs.notes.add("b from " + cursor.get()));
        });

    assertThat(jobs.notes)
        .containsExactly("b from GoCursor[region=eu, lastId=0, done=false, total=null]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"regoin\": \"eu\"}", "{\"lastId\": null}", "{\"lastId\": \"7\"}", "[7]"})
  void r14_whatGoWouldNotHaveWrittenForTheTypeIsNoDefault(String cursor) {
    long id = jobs.begunInGo("{\"river:resumable_cursor\": {\"b\": " + cursor + "}}");

    jobs.nextAttempt(
        id,
        (steps, context) ->
            steps.cursor(
                "b", GoCursor.class, new GoCursor("", 0, false, null), it -> jobs.notes.add("b")));

    assertStopped(id, "step 'b'", "no longer fits", "GoCursor");
    assertThat(jobs.notes).isEmpty();
  }

  @Test
  void r7_aCursorOfNullIsTheInitialValue() {
    long id =
        jobs.begunInGo(
            "{\"river:resumable_step\": \"b\", \"river:resumable_cursor\": {\"b\": null}}");

    jobs.nextAttempt(
        id,
        (steps, context) -> {
          steps.step("a", jobs.noting("a"));
          steps.cursor("b", Long.class, 5L, cursor -> jobs.notes.add("b from " + cursor.get()));
        });

    assertThat(jobs.notes)
        .as("b was in progress, and River has no place")
        .containsExactly("b from 5");
  }

  @Test
  void r7_aCursorKeepsAllDigits() {
    long id =
        jobs.begunInGo(
            "{\"river:resumable_cursor\": {\"b\": [12345678901234567.10, 123456789012345678901]}}");

    jobs.nextAttempt(
        id,
        (steps, context) ->
            steps.cursor(
                "b",
                BigDecimal[].class,
                new BigDecimal[0],
                cursor -> jobs.notes.add(Arrays.toString(cursor.get()))));

    assertThat(jobs.notes).containsExactly("[12345678901234567.10, 123456789012345678901]");
  }

  @Test
  void r3_aTransactionThatFollowsAStepOfGoNeverOvertakesIt() throws Exception {
    long id = jobs.begunInGo("{\"river:resumable_step\": \"a\"}");
    Code code =
        (steps, context) -> {
          steps.step("a", jobs.noting("a"));
          steps.stepTx("b", connection -> jobs.notes.add("b"));
          if (context.job().failures() < 2) {
            Ending.KILL.end(database, context);
          }
          steps.step("c", jobs.noting("c"));
        };

    attempt(id, code);

    assertThat(clients.inserter().jobs().find(id).orElseThrow().metadata())
        .contains("\"river:resumable_step\": \"b\"");
    retry(id);
    attempt(id, wholeCode);
    assertThat(jobs.notes).containsExactly("b", "c");
  }

  @Test
  void r28_anOperatorHasAJobOfGoGoBackOnlyWhereItsStepsAreKnown() throws Exception {
    long id = jobs.begunInGo(A_AND_PART_OF_B);
    JobOperator operator = clients.inserter().jobs().operator("test");

    attempt(id, ending(Place.BEFORE_A, Ending.EXCEPTION));
    assertThatIllegalStateException()
        .isThrownBy(() -> operator.rewindToStep(id, "a"))
        .withMessageContaining("in another language");
    attempt(
        id,
        (steps, context) -> {
          steps.plan("a", "b", "c");
          throw new IllegalStateException("before the step that Go has finished");
        });
    assertThatIllegalStateException()
        .isThrownBy(() -> operator.rewindToStep(id, "a"))
        .withMessageContaining("in another language");
    attempt(id, ending(Place.AFTER_A, Ending.EXCEPTION));

    assertThat(clients.inserter().jobs().progress(id).orElseThrow().steps())
        .extracting(StepProgress::name)
        .containsExactlyInAnyOrder("a", "b");
    operator.rewindToStep(id, "a");
    attempt(id, wholeCode);

    assertThat(jobs.notes).as("b is behind a").containsExactly("a", "b from 0", "c");
  }

  @Test
  void r7_whatGoHasSavedSinceIsNewerThanWhatJavaSavedBefore() throws Exception {
    long id = jobs.begunInGo("{}");
    jobs.nextAttempt(id, ending(Place.IN_B, Ending.EXCEPTION));
    jobs.goAttempt(id, "{\"river:resumable_step\": \"a\", \"river:resumable_cursor\": {\"b\": 8}}");
    jobs.notes.clear();

    attempt(id, ending(Place.BEFORE_A, Ending.KILL));
    retry(id);
    attempt(id, ending(Place.BEFORE_A, Ending.YIELD));
    retry(id);
    attempt(id, wholeCode);

    assertThat(jobs.notes).containsExactly("b from 8", "c");
  }

  private void retry(long id) {
    clients.inserter().jobs().operator("test").retry(id);
  }

  /** One attempt, in a queue that nobody works. */
  private void attempt(long id, Code code) {
    database.execute(
        "UPDATE %s.river_job SET queue = 'elsewhere' WHERE id = ?".formatted(database.schema()),
        id);
    Cairn client = jobs.start(code);
    assertThat(client.work(id)).isTrue();
    clients.awaitJob(id, job -> assertThat(job.state()).isNotEqualTo(JobState.RUNNING));
    client.stop();
  }
}
