package dev.cairn.chaos.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.attack.Attack;
import dev.cairn.chaos.attack.Attacks;
import dev.cairn.chaos.soak.Flatness.Verdict;
import dev.cairn.chaos.soak.Samples.Point;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The judge of growth, with series made by hand. A sample each 18 seconds is one in ten minutes.
 */
class FlatnessTest {
  private static final int SAMPLES = 36;
  private static final long INTERVAL_MILLIS = 18_000;
  private static final double MEGABYTE = 1 << 20;

  @Test
  void whatStaysTheSameIsFlat() {
    Flatness flatness = judge(index -> 20 * MEGABYTE);

    assertThat(flatness.verdict()).isEqualTo(Verdict.FLAT);
    assertThat(flatness.first()).isEqualTo(flatness.last()).isEqualTo(20 * MEGABYTE);
    assertThat(flatness.slopePerHour()).isZero();
  }

  @Test
  void noiseIsFlat() {
    var random = new Random(7);

    assertThat(judge(index -> (20 + random.nextDouble(4)) * MEGABYTE).verdict())
        .isEqualTo(Verdict.FLAT);
  }

  @Test
  void aLeakGrows() {
    Flatness flatness = judge(index -> (20 + 0.2 * index) * MEGABYTE);

    assertThat(flatness.verdict()).isEqualTo(Verdict.GREW);
    assertThat(flatness.slopePerHour() / MEGABYTE).isBetween(39.9, 40.1);
  }

  @Test
  void aLeakInNoiseGrows() {
    var random = new Random(7);

    assertThat(judge(index -> (20 + 0.2 * index + random.nextDouble(4)) * MEGABYTE).verdict())
        .isEqualTo(Verdict.GREW);
  }

  /** Between the thirds, it grows by two thirds of what it grows in all: that would be allowed. */
  @Test
  void aSlowLeakGrowsByItsSlope() {
    double each = 1.2 * Kind.MEMORY.allowed(20 * MEGABYTE) / 28;

    Flatness flatness = judge(index -> 20 * MEGABYTE + each * index);

    assertThat(flatness.last() - flatness.first())
        .isLessThan(Kind.MEMORY.allowed(flatness.first()));
    assertThat(flatness.verdict()).isEqualTo(Verdict.GREW);
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 21, 24})
  void aStepUpThatStaysGrows(int where) {
    assertThat(judge(index -> (index < where ? 20 : 30) * MEGABYTE).verdict())
        .isEqualTo(Verdict.GREW);
  }

  @Test
  void aStepWithinTheWarmUpIsFlat() {
    assertThat(judge(index -> (index < 7 ? 5 : 30) * MEGABYTE).verdict()).isEqualTo(Verdict.FLAT);
  }

  @Test
  void aStepDownIsFlat() {
    assertThat(judge(index -> (index < 20 ? 30 : 20) * MEGABYTE).verdict()).isEqualTo(Verdict.FLAT);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 7})
  void aSawtoothIsFlat(int teeth) {
    assertThat(judge(index -> (20 + 4.0 * (index % teeth) / teeth) * MEGABYTE).verdict())
        .isEqualTo(Verdict.FLAT);
  }

  @Test
  void aSawtoothThatRisesGrows() {
    assertThat(judge(index -> (20 + 4.0 * (index % 4) / 4 + 0.5 * index) * MEGABYTE).verdict())
        .isEqualTo(Verdict.GREW);
  }

  @Test
  void outliersAreFlat() {
    assertThat(judge(index -> (index % 9 == 8 ? 90 : 20) * MEGABYTE).verdict())
        .isEqualTo(Verdict.FLAT);
  }

  @Test
  void threadsThatAreLeftOneByOneGrow() {
    assertThat(judge(Kind.THREADS, SAMPLES, index -> 4 + index / 5).verdict())
        .isEqualTo(Verdict.GREW);
    assertThat(judge(Kind.THREADS, SAMPLES, index -> 4 + index % 3).verdict())
        .isEqualTo(Verdict.FLAT);
  }

  /**
   * Two runs of ten minutes. From 516 s on, ten jobs without a worker, which an attack had left
   * behind, got another error five times a second each.
   */
  @Test
  void aTableWhoseRowsGrowForEverGrows() {
    int[] seconds = {
      0, 10, 25, 48, 57, 75, 91, 122, 129, 135, 144, 177, 186, 235, 244, 254, 269, 281, 290, 319,
      331, 349, 365, 393, 411, 421, 432, 441, 452, 475, 486, 511, 517, 534, 545, 557, 569, 581, 588,
      598
    };
    int[] kilobytes = {
      136, 208, 304, 456, 496, 496, 496, 496, 496, 496, 496, 496, 496, 760, 816, 880, 928, 1016,
      1088, 1120, 1120, 1120, 1120, 1120, 1120, 688, 688, 704, 1632, 1752, 1752, 1752, 1752, 1296,
      2360, 3920, 6248, 8952, 1312, 3000
    };
    int[] otherSeconds = {
      0, 13, 25, 47, 56, 69, 87, 101, 107, 113, 121, 142, 153, 202, 221, 231, 240, 248, 256, 266,
      280, 296, 312, 341, 357, 365, 376, 385, 417, 459, 490, 507, 516, 531, 544, 555, 566, 576, 581,
      591, 605
    };
    int[] otherKilobytes = {
      136, 232, 288, 384, 384, 384, 384, 384, 384, 384, 400, 400, 408, 824, 792, 792, 792, 752, 752,
      752, 680, 680, 648, 624, 624, 624, 648, 656, 1600, 1456, 1456, 1256, 1256, 1488, 1304, 1656,
      1768, 1952, 872, 1752, 2328
    };

    assertThat(judgeTable(seconds, kilobytes)).isEqualTo(Verdict.GREW);
    assertThat(judgeTable(otherSeconds, otherKilobytes)).isEqualTo(Verdict.GREW);
  }

  private static Verdict judgeTable(int[] seconds, int[] kilobytes) {
    return Flatness.of(
            IntStream.range(0, seconds.length)
                .mapToObj(index -> new Point(seconds[index] * 1_000L, kilobytes[index] * 1_024.0))
                .toList(),
            Kind.TABLE_SIZE)
        .verdict();
  }

  /** A job with a hundred errors of two kilobytes, which stays. */
  @Test
  void aRowThatGrowsAndStaysGrows() {
    assertThat(
            judge(Kind.ROW_SIZE, SAMPLES, index -> Math.clamp((index - 20) * 20L, 4, 200) * 1_024.0)
                .verdict())
        .isEqualTo(Verdict.GREW);
    assertThat(judge(Kind.ROW_SIZE, SAMPLES, index -> (index % 9 < 2 ? 90 : 4) * 1_024.0).verdict())
        .isEqualTo(Verdict.FLAT);
  }

  /** What an attack once made larger stays so, and that is within the warm-up. */
  @Test
  void whatMakesTablesLargerComesFirst() {
    assertThat(SoakCommand.inOrder(Attacks.named(List.of("all"))).subList(0, 5))
        .extracting(Attack::name)
        .containsExactly("maintenance", "timeouts", "role-timeouts", "serialization", "snapshot");
  }

  /** Eighteen jobs a second, each of a kilobyte. */
  @Test
  void aTableThatReusesNothingGrows() {
    assertThat(
            judge(Kind.TABLE_SIZE, SAMPLES, index -> index * INTERVAL_MILLIS * 18 * 1.024)
                .verdict())
        .isEqualTo(Verdict.GREW);
  }

  /** One job in fourteen waits for a signal. */
  @Test
  void signalsThatStayGrow() {
    assertThat(judge(Kind.ROWS, SAMPLES, index -> index * INTERVAL_MILLIS * 0.018 / 14).verdict())
        .isEqualTo(Verdict.GREW);
    assertThat(judge(Kind.ROWS, SAMPLES, index -> 20 + 300 * (index % 10) / 10.0).verdict())
        .isEqualTo(Verdict.FLAT);
  }

  @Test
  void tooFewSamplesShowNothing() {
    int warmUp = 2;
    int enough = Flatness.SAMPLES_MIN + warmUp;

    assertThat(judge(Kind.MEMORY, enough, index -> 1).verdict()).isEqualTo(Verdict.FLAT);
    assertThat(judge(Kind.MEMORY, enough - 1, index -> 1).verdict()).isEqualTo(Verdict.TOO_FEW);
    assertThat(judge(Kind.MEMORY, enough - 1, index -> index * MEGABYTE).verdict())
        .isEqualTo(Verdict.TOO_FEW);
    assertThat(judge(Kind.MEMORY, 0, index -> 1).verdict()).isEqualTo(Verdict.TOO_FEW);
  }

  private static Flatness judge(IntToDoubleFunction value) {
    return judge(Kind.MEMORY, SAMPLES, value);
  }

  private static Flatness judge(Kind kind, int samples, IntToDoubleFunction value) {
    return Flatness.of(
        IntStream.range(0, samples)
            .mapToObj(index -> new Point(index * INTERVAL_MILLIS, value.applyAsDouble(index)))
            .toList(),
        kind);
  }
}
