package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobKind;
import dev.cairn.Worker;
import dev.cairn.resumable.CheckpointMismatchException;
import dev.cairn.resumable.Steps;
import dev.cairn.testing.JobTester;
import dev.cairn.testing.TestedAttempt;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What docs/resumable.md says of a step that was cut off, when the code has changed since. */
class ChangedStepsTest {
  private final List<String> done = new ArrayList<>();

  @JobKind("changed_steps")
  record Load(String file) {}

  private TestedAttempt<Load> cutOff(Worker<Load> worker) {
    TestedAttempt<Load> attempt = JobTester.of(Load.class, worker).work(new Load("a.csv"));
    assertThat(attempt.failure()).get().isInstanceOf(IllegalStateException.class);
    done.clear();
    return attempt;
  }

  private TestedAttempt<Load> resume(TestedAttempt<Load> earlier, Worker<Load> worker) {
    return JobTester.of(Load.class, worker).resume(earlier).work(new Load("a.csv"));
  }

  @Test
  void aStepWithoutACursorMayBeRenamedAndANewOneMayComeBeforeIt() {
    TestedAttempt<Load> earlier =
        cutOff((job, context) -> {
          Steps steps = Steps.of(context);
          steps.step("first", () -> done.add("first"));
          steps.step(
              "second",
              () -> {
                throw new IllegalStateException("cut off");
              });
        });

    resume(
            earlier,
            (job, context) -> {
              Steps steps = Steps.of(context);
              steps.step("first", () -> done.add("first"));
              steps.step("new", () -> done.add("new"));
              steps.step("renamed", () -> done.add("renamed"));
            })
        .requireCompleted();

    assertThat(done).containsExactly("new", "renamed");
  }

  @Test
  void aNewStepBeforeACursorThatHasMovedStopsTheJobWithoutAPlan() {
    TestedAttempt<Load> earlier =
        cutOff((job, context) ->
            Steps.of(context)
                .cursor(
                    "rows",
                    Integer.class,
                    0,
                    cursor -> {
                      cursor.advance(7);
                      throw new IllegalStateException("cut off");
                    }));

    TestedAttempt<Load> stopped =
        resume(earlier, (job, context) -> newStepAndRows(Steps.of(context)));
    assertThat(stopped.failure()).get().isInstanceOf(CheckpointMismatchException.class);
    assertThat(done).isEmpty();

    resume(
            stopped,
            (job, context) -> {
              Steps steps = Steps.of(context);
              steps.plan("new", "rows");
              newStepAndRows(steps);
            })
        .requireCompleted();
    assertThat(done).containsExactly("new", "rows from 7");
  }

  private void newStepAndRows(Steps steps) throws Exception {
    steps.step("new", () -> done.add("new"));
    steps.cursor("rows", Integer.class, 0, cursor -> done.add("rows from " + cursor.get()));
  }
}
