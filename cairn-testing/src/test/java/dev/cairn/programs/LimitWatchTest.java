package dev.cairn.programs;

import static dev.cairn.programs.Dsl.options;
import static dev.cairn.programs.Dsl.program;
import static dev.cairn.programs.Dsl.step;
import static dev.cairn.programs.Dsl.trial;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.TimeLimitException;
import org.junit.jupiter.api.Test;

/** Complains of a time limit that ends a try before its time, and of no other one. */
class LimitWatchTest {
  private final Node longer = step("step1", options(2, 3_600_000, false));
  private final Node shorter = step("step2", options(2, 1, false));
  private final Node unlimited = step("step3");
  private final World world = new World(0, trial(program(longer), Plan.NONE), null);

  @Test
  void aLimitThatEndsATryBeforeItsTimeIsComplainedOf() {
    assertThatThrownBy(() -> around(longer, () -> limitPasses()));

    assertThat(world.complaints()).singleElement().asString().contains("before its time");
  }

  @Test
  void theLimitOfAnInnerStepEndsItsOwnTryOnly() {
    assertThatThrownBy(() ->
        around(
            longer,
            () ->
                around(
                    shorter,
                    () ->
                        around(
                            unlimited,
                            () -> {
                              awaitLimit();
                              limitPasses();
                            }))));

    assertThat(world.complaints()).isEmpty();
  }

  @Test
  void theTimeOfEachTryIsMeasuredByItself() {
    assertThatThrownBy(() ->
        LimitWatch.around(
            world,
            step("step4", options(2, 3_600_000, false)),
            () -> LimitWatch.oneTry(world, longer, LimitWatchTest::limitPasses)));

    assertThat(world.complaints()).singleElement().asString().contains("step1");
  }

  private void around(Node node, ProgramCode.Code code) throws Exception {
    LimitWatch.around(world, node, code);
  }

  private static void limitPasses() {
    throw new TimeLimitException("over", null);
  }

  private static void awaitLimit() {
    while (!LimitWatch.hasPassed()) {
      Thread.onSpinWait();
    }
  }
}
