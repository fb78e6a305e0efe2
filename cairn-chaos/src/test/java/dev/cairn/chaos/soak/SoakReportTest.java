package dev.cairn.chaos.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.campaign.CampaignOptions;
import dev.cairn.chaos.campaign.CampaignResult;
import dev.cairn.chaos.fleet.FleetPlan;
import dev.cairn.chaos.verdict.Finding;
import dev.cairn.chaos.verdict.Promise;
import dev.cairn.chaos.verdict.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;

/** What a soak says of its samples, and with which exit code it ends. */
class SoakReportTest {
  private static final int ENOUGH = 30;
  private static final Measure HEAP = new Measure("w1-1", "heap", Kind.MEMORY);
  private static final Measure THREADS = new Measure("w1-1", "threads cairn-x", Kind.THREADS);
  private static final Measure ROWS = new Measure(Measure.DATABASE, "cairn_wait rows", Kind.ROWS);

  private final Samples samples = new Samples();

  @Test
  void flatMeasuresAreACleanRun() {
    fill(ENOUGH, index -> 8_000_000 + index % 2);

    assertThat(result().exitCode()).isZero();
    assertThat(new SoakReport(result()).markdown())
        .contains(
            "| w1-1 | heap | 7,813 kB | 7,813 kB |",
            "| 2,048 kB or 10 % | flat |",
            "1 more measures never changed.",
            "Everything is flat.");
  }

  @Test
  void whatGrowsIsNamedAndChangesTheExitCode() {
    fill(ENOUGH, index -> 8_000_000L + index * 1_000_000L);

    assertThat(result().exitCode()).isEqualTo(1);
    assertThat(new SoakReport(result()).markdown())
        .contains("| grew |", "Not flat: w1-1 heap.")
        .doesNotContain("Everything is flat");
    assertThat(new SoakReport(result()).json())
        .contains("\"measure\": \"heap\", \"verdict\": \"grew\"", "\"values\": [[0, 8000000], ");
  }

  @Test
  void aThreadGroupThatWasNotThereBeforeCountsAsNone() {
    for (int index = 0; index < ENOUGH; index++) {
      samples.add("w1-1", index, index < 15 ? Map.of(HEAP, 1L) : Map.of(HEAP, 1L, THREADS, 9L));
    }
    samples.require("w1-1");

    assertThat(result().exitCode()).isEqualTo(1);
    assertThat(new SoakReport(result()).markdown()).contains("Not flat: w1-1 threads cairn-x.");
  }

  @Test
  void tooFewSamplesOfWhatIsAlwaysThereShowNothing() {
    fill(10, index -> index * 9_000_000L);

    assertThat(result().exitCode()).isEqualTo(3);
    assertThat(new SoakReport(result()).markdown())
        .contains("only 8 samples", "Too few samples")
        .doesNotContain("Everything is flat");
  }

  @Test
  void aSubjectThatNeverAnswersShowsNothing() {
    fill(ENOUGH, index -> 1);
    samples.require("w9-1");
    samples.add("w9-1", 0, Map.of());

    assertThat(result().exitCode()).isEqualTo(3);
    assertThat(new SoakReport(result()).markdown())
        .contains("Missing answers: 1.", "Too few samples");
  }

  @Test
  void aWorkerThatWasKilledIsLeftOut() {
    fill(ENOUGH, index -> 1);
    samples.add("w2-1", 0, Map.of(new Measure("w2-1", "heap", Kind.MEMORY), 1L));

    assertThat(result().exitCode()).isZero();
    assertThat(new SoakReport(result()).markdown()).doesNotContain("w2-1");
  }

  @Test
  void aBrokenPromiseIsNoCleanRun() {
    fill(ENOUGH, index -> 1);

    SoakResult result =
        new SoakResult(campaign(List.of(new Finding(Promise.NO_ROW_TWICE, 7, "twice"))), samples);

    assertThat(result.exitCode()).isEqualTo(1);
  }

  private void fill(int count, IntToLongFunction heap) {
    samples.require("w1-1");
    samples.require(Measure.DATABASE);
    for (int index = 0; index < count; index++) {
      samples.add("w1-1", index * 18_000L, Map.of(HEAP, heap.applyAsLong(index)));
      samples.add(Measure.DATABASE, index * 18_000L, Map.of(ROWS, 5L));
    }
  }

  private SoakResult result() {
    return new SoakResult(campaign(List.of()), samples);
  }

  private static CampaignResult campaign(List<Finding> findings) {
    var options =
        new CampaignOptions(
            List.of(),
            false,
            1,
            FleetPlan.of(2, Duration.ofSeconds(4)),
            6,
            Duration.ofMinutes(10),
            1,
            0,
            null,
            Path.of("."));
    return new CampaignResult(
        options,
        new CampaignResult.Pace(6, 60, Duration.ofSeconds(10)),
        List.of(),
        Map.of(),
        List.of(),
        new Verdict(findings, 10, 12, 1, 1, 4, 0, 0, Map.of(), Map.of(), 0, 0, 0, 0, 0, 0));
  }
}
