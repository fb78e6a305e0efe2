package dev.cairn.dashboard.internal.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.jobs.StepProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StepTreeTest {
  private static final Instant NOW = Instant.parse("2026-01-01T10:00:00Z");

  private static StepProgress step(String name, boolean finished) {
    return new StepProgress(
        name, null, finished, false, 1, NOW, Duration.ZERO, NOW, null, null, null, 0);
  }

  private static List<String> sorted(int most, Stream<StepProgress> steps) {
    return StepTree.of(steps.toList(), most).stream()
        .map(node -> node.depth() + " " + node.step().name())
        .toList();
  }

  private static List<String> sorted(String... names) {
    return sorted(1_000, Stream.of(names).map(name -> step(name, false)));
  }

  /** They began in this order. */
  @Test
  void theStepsOfABranchStandBehindIt() {
    assertThat(
            sorted(
                "read",
                "load",
                "load/de",
                "load/fr",
                "load/de/a",
                "load/fr/a",
                "load/de/b",
                "tell"))
        .containsExactly(
            "0 read",
            "0 load",
            "1 load/de",
            "2 load/de/a",
            "2 load/de/b",
            "1 load/fr",
            "2 load/fr/a",
            "0 tell");
  }

  @Test
  void aSlashMayBePartOfAName() {
    assertThat(sorted("a/b", "a/b/c/d", "/x", "e/", "e"))
        .containsExactly("0 a/b", "1 a/b/c/d", "0 /x", "0 e", "1 e/");
    assertThat(sorted()).isEmpty();
  }

  @Test
  void ofTooManyTheUnfinishedAndTheLastOnesAreKept() {
    Stream<StepProgress> many =
        Stream.concat(
            Stream.of(step("all", true), step("all/waits", false)),
            IntStream.range(0, 5_000).mapToObj(i -> step("all/" + i, i != 4_999)));

    assertThat(sorted(3, many)).containsExactly("0 all", "1 all/waits", "1 all/4998", "1 all/4999");
  }

  @Test
  void manyLevelsAreNoRecursion() {
    String deep = IntStream.range(0, 2_000).mapToObj(i -> "s").reduce((a, b) -> a + "/" + b).get();
    List<StepProgress> steps =
        IntStream.rangeClosed(1, 2_000)
            .mapToObj(i -> step(deep.substring(0, i * 2 - 1), true))
            .toList();

    assertThat(StepTree.of(steps, 10_000).getLast().depth()).isEqualTo(1_999);
  }
}
