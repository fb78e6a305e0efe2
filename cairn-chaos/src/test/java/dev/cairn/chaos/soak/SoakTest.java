package dev.cairn.chaos.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.attack.Attacks;
import dev.cairn.chaos.campaign.Campaign;
import dev.cairn.chaos.campaign.CampaignOptions;
import dev.cairn.chaos.campaign.CampaignResult;
import dev.cairn.chaos.fleet.FleetPlan;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A very short form of {@code ./cairn chaos soak}. It shows that everything is measured, and that
 * so few samples are no verdict.
 */
@Tag("thorough")
@Tag("chaos")
class SoakTest {
  @TempDir private Path folder;

  @Test
  void everythingIsMeasuredAndTheSparedWorkerLives() throws Exception {
    var samples = new Samples();
    var printed = new StringWriter();

    CampaignResult campaign =
        Campaign.run(options(), new Sampler(samples), new PrintWriter(printed, true));

    var result = new SoakResult(campaign, samples);
    assertThat(campaign.verdict().findings()).as(printed.toString()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(samples.missing()).isZero();
    assertThat(names(samples, "w1-1"))
        .contains(
            "heap",
            "metaspace",
            "open files",
            "connections of the pool",
            "connections in use",
            "threads cairn-heartbeat",
            "threads cairn-fetch-chaos");
    assertThat(names(samples, Measure.DATABASE))
        .contains(
            "river_job rows",
            "river_job dead rows",
            "river_job size",
            "river_job largest row",
            "river_job_pkey size",
            "cairn_checkpoint rows",
            "river_job rows of other kinds",
            "sessions chaos-w1",
            "oldest transaction")
        .noneMatch(name -> name.startsWith("chaos_"));
    assertThat(samples.judged())
        .allMatch(each -> List.of("w1-1", Measure.DATABASE).contains(each.measure().subject()));
  }

  private static List<String> names(Samples samples, String subject) {
    return samples.series().keySet().stream()
        .filter(measure -> measure.subject().equals(subject))
        .map(Measure::name)
        .collect(Collectors.toList());
  }

  private CampaignOptions options() {
    return new CampaignOptions(
        Attacks.named(List.of("kill")),
        false,
        3,
        FleetPlan.of(2, Duration.ofSeconds(4)).sparing(1, Duration.ofSeconds(1)),
        6,
        Duration.ofSeconds(6),
        1,
        0,
        null,
        folder);
  }
}
