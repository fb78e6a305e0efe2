package dev.cairn.programs;

import static dev.cairn.programs.Dsl.effect;
import static dev.cairn.programs.Dsl.program;
import static dev.cairn.programs.Dsl.trial;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.programs.Shrinker.Bench;
import dev.cairn.programs.Shrinker.Finding;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Complaints are of one kind if only names and numbers differ, and a trial shrinks in its kind. */
class KindsTest {
  @Test
  void namesAndNumbersMakeNoOtherKind() {
    assertThat(kind("row tx1 is there too often: 2 times, and should be 1"))
        .isEqualTo(kind("row each12:d/e.gz.3 is there too often: 3 times, and should be 0 to 2"));
    assertThat(kind("items are not put aside: [each1:0, each1:b/c.2]"))
        .isEqualTo(kind("items are not put aside: [each7:1]"));
    assertThat(kind("attempt 2 does 12.1 of each1, and not 10 before it"))
        .isEqualTo(kind("attempt 3 does b/c.0 of each4, and not b.gz.1 before it"));
  }

  @Test
  void otherWordsAndErrorsAreOfOtherKinds() {
    assertThat(kind("row tx1 is there too often: 2 times, and should be 1"))
        .isNotEqualTo(kind("row tx1 is there too seldom: 0 times, and should be 1"))
        .isNotEqualTo(kind("effect tx1 is there too often: 2 times, and should be 1"));
    assertThat(kind("an attempt failed with an error [CAIRN-301]"))
        .isNotEqualTo(kind("an attempt failed with an error [CAIRN-304]"));
  }

  @Test
  void theScheduleOfTheExplorerMakesNoOtherKind() {
    assertThat(kind("killed\n  What was done: killed there\n  What came out: wrong"))
        .isEqualTo(kind("killed\n  What was done: stopped here\n  What came out: wrong"))
        .isNotEqualTo(kind("killed\n  What was done: killed there\n  What came out: late"));
  }

  @Test
  void aTrialDoesNotShrinkIntoAnotherFault() throws Exception {
    var begin =
        new Finding(
            trial(program(effect("effect1"), effect("effect2"), effect("effect3")), Plan.NONE),
            List.of("the job hangs in step 3"));
    Bench bench =
        Bench.of(trial ->
            List.of(
                trial.program().nodes().size() > 1
                    ? "the job hangs in step 2"
                    : "the job is discarded"));

    assertThat(Shrinker.shrink(bench, begin, trial -> true).trial().program().nodes()).hasSize(2);
  }

  private static Object kind(String complaint) {
    return Kinds.of(List.of(complaint));
  }
}
