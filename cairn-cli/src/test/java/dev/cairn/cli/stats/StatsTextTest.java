package dev.cairn.cli.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatsTextTest {
  /** Of each of many queues fewer jobs are counted than of a state. */
  @Test
  void numbersThatWereNotCountedToTheEndSaySo() {
    var stats =
        new Stats(
            Instant.parse("2026-11-24T12:00:00Z"),
            1,
            null,
            Map.of("available", 100_000L, "running", 99_999L),
            100_000,
            new Stats.Rates(10_000, true, 0, 0, false, 0, 0),
            List.of(new Stats.Queue("mail", false, 5_000, 4_999, 7_000, 5_000, 0)),
            false,
            List.of());

    assertThat(new StatsText(Integer.MAX_VALUE, 100).of(stats))
        .anyMatch(line -> line.matches("available +100,000\\+  10,000/s inserted, or more"))
        .anyMatch(line -> line.matches("running +99,999 *"))
        .contains("and more queues, of which the last by name were not looked at")
        .anyMatch(line -> line.matches("mail +5,000\\+ +4,999 +7,000\\+ +- *"));
  }
}
