package dev.cairn.chaos.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.attack.Attacks;
import dev.cairn.chaos.history.Strike;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The short form of {@code ./cairn chaos}: real processes, a real server, and the attacks that find
 * most. {@code -Dcairn.chaos.seed=N} has them come in another way.
 */
@Tag("chaos")
class CampaignTest {
  private static final List<String> ATTACKS =
      List.of("kill", "cut-after-commit", "server-immediate", "freeze");

  @TempDir private Path folder;

  @Test
  void promisesAreKeptUnderAttack() throws Exception {
    var options =
        new CampaignOptions(
            Attacks.named(ATTACKS),
            false,
            Long.getLong("cairn.chaos.seed", 20),
            2,
            6,
            Duration.ofSeconds(22),
            0,
            Duration.ofSeconds(4),
            null,
            folder);
    var printed = new StringWriter();

    CampaignResult result = Campaign.run(options, new PrintWriter(printed, true));

    assertThat(result.verdict().findings()).as(printed.toString()).isEmpty();
    assertThat(result.strikes()).extracting(Strike::attack).contains("kill");
    assertThat(result.verdict().jobs()).isGreaterThan(20);
    assertThat(result.verdict().cutOff()).as("runs that an attack cut off").isPositive();
  }
}
