package dev.cairn.cli.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobState;
import dev.cairn.cli.Output;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.StepProgress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonViewTest {
  private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

  private static StepProgress step(String name, boolean finished) {
    return new StepProgress(
        name, 1, finished, !finished, 1, NOON, Duration.ZERO, NOON, null, null, null, 0);
  }

  private static JobProgress progress(JobState state, List<StepProgress> steps) {
    return new JobProgress(
        NOON,
        7,
        "import_catalog",
        "default",
        state,
        1,
        false,
        null,
        null,
        null,
        Duration.ZERO,
        NOON,
        0,
        0,
        0,
        steps,
        List.of(),
        List.of());
  }

  /** A program that reads only these lines would take the last state for the present one. */
  @Test
  void howAWatchEndsIsToldIfTheLastLookDoesNot() {
    var text = new StringWriter();
    var errors = new StringWriter();
    var view = new JsonView(Output.on(new PrintWriter(text)), Output.on(new PrintWriter(errors)));

    view.show(progress(JobState.RUNNING, List.of()), List.of());
    view.end("job 7 was deleted");
    view.show(progress(JobState.DISCARDED, List.of()), List.of());
    view.end("job 7 is discarded");

    assertThat(errors.toString().lines()).containsExactly("job 7 was deleted");
    assertThat(text.toString().lines()).hasSize(2);
  }

  /** The steps are deleted when the job completes. */
  @Test
  void theStepsThatWereFinishedStayFinishedWhenTheJobCompletes() {
    var text = new StringWriter();
    var errors = new StringWriter();
    var view = new JsonView(Output.on(new PrintWriter(text)), Output.on(new PrintWriter(errors)));
    List<StepProgress> steps = List.of(step("validate", true), step("import", false));

    view.show(progress(JobState.RUNNING, steps), steps);
    view.show(
        progress(JobState.COMPLETED, List.of()),
        List.of(step("validate", true), step("import", true)));
    view.note("The database does not answer.");
    view.close();

    assertThat(errors.toString().lines()).containsExactly("The database does not answer.");
    List<JsonNode> lines =
        text.toString().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
    assertThat(lines).extracting(line -> line.path("steps_finished").asInt()).containsExactly(1, 2);
  }
}
