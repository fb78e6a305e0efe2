package dev.cairn.programs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.programs.Plan.Blow;
import dev.cairn.programs.Shrinker.Bench;
import dev.cairn.programs.Shrinker.Finding;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Trials shrink to little more than what goes wrong in them. Here each one goes wrong that has some
 * parts together, and nothing is run.
 */
class ShrinkerTest {
  /** No meeting has more parts: two branches that meet, in a parallel step. */
  private static final int NODES_MAX = 3;

  private static final int SEEDS = 3;
  private static final int SEEDS_OF_BRANCHES = 50;

  @Tag("thorough")
  @ParameterizedTest
  @EnumSource
  void aTrialShrinksToTheMeetingThatGoesWrong(Feature meeting) throws Exception {
    for (long seed : seeds(meeting::isIn, SEEDS)) {
      shrinks(seed, meeting::isIn);
    }
  }

  @Tag("thorough")
  @Test
  void aTransactionInABranchThatIsKilledIsAllThatIsLeft() throws Exception {
    Predicate<Trial> wrong =
        trial ->
            !trial.program().isChanged() && hasTransactionInBranch(trial) && has(trial, Blow.KILL);
    for (long seed : seeds(wrong, SEEDS_OF_BRANCHES)) {
      Trial smallest = shrinks(seed, wrong);

      assertThat(smallest.program().all().count()).as("seed %d", seed).isEqualTo(2);
      assertThat(smallest.plan().hits())
          .as("seed %d", seed)
          .containsExactly(Plan.hit(Blow.KILL, 1));
    }
  }

  private static boolean hasTransactionInBranch(Trial trial) {
    return trial
        .program()
        .has(node ->
            node instanceof Node.Parallel
                && Program.withAllWithin(node).anyMatch(Node.StepTx.class::isInstance));
  }

  private static boolean has(Trial trial, Blow blow) {
    return trial.plan().hits().stream().anyMatch(hit -> hit.blow() == blow);
  }

  private static long[] seeds(Predicate<Trial> wrong, int most) {
    return LongStream.iterate(0, seed -> seed + 1)
        .filter(seed -> wrong.test(Generator.trial(seed)))
        .limit(most)
        .toArray();
  }

  private static Trial shrinks(long seed, Predicate<Trial> wrong) throws Exception {
    var begin = new Finding(Generator.trial(seed), List.of("wrong"));
    Bench bench = Bench.of(trial -> wrong.test(trial) ? List.of("wrong") : List.of());

    Trial smallest = Shrinker.shrink(bench, begin, trial -> true).trial();

    assertThat(wrong).as("seed %d: %s", seed, smallest).accepts(smallest);
    assertThat(smallest.program().all().count())
        .as("seed %d: %s", seed, smallest)
        .isLessThanOrEqualTo(NODES_MAX);
    return smallest;
  }
}
