package dev.cairn.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** A seed makes the same program whatever is added to the generator later. */
class GeneratorTest {
  /** That of the texts before there were {@link Additions}. Seeds of planted faults go by them. */
  private static final int HASH = -3_630_787;

  @Test
  void whatIsAddedLaterChangesNoOldProgram() {
    assertThat(
            LongStream.range(0, 500)
                .mapToObj(seed -> Generator.unchanged(seed).toString())
                .toList()
                .hashCode())
        .as("of the programs of old seeds: make what is new by a Random of its own")
        .isEqualTo(HASH);
  }

  @Test
  void additionsMakeNoOtherNames() {
    assertThat(LongStream.range(0, 500))
        .allSatisfy(seed -> {
          Trial with = Generator.trial(seed);
          if (!with.program().isChanged()) {
            assertThat(names(with)).isEqualTo(names(Generator.unchanged(seed)));
          }
        });
  }

  private static Object names(Trial trial) {
    return trial.program().all().map(Meaning::nameOf).toList();
  }
}
