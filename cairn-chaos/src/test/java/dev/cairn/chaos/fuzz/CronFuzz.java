package dev.cairn.chaos.fuzz;

import dev.cairn.schedule.Cron;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Any text is a schedule with increasing runs, or it is refused. */
public final class CronFuzz {
  private static final Instant BEGIN = Instant.parse("2027-03-28T00:59:59.999Z");
  private static final int RUNS = 5;

  private CronFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) {
    Cron cron;
    try {
      cron = Cron.of(new String(input, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      Expect.helpful(e);
      return;
    }
    Instant last = BEGIN;
    for (int i = 0; i < RUNS; i++) {
      Optional<Instant> next = cron.next(last);
      if (next.isEmpty()) {
        return;
      }
      Instant run = next.get();
      Expect.that(run.isAfter(last), "the run at", run, "does not come after", last);
      Expect.that(run.truncatedTo(ChronoUnit.SECONDS).equals(run), "not at a full second:", run);
      Expect.that(
          cron.next(run.minus(Duration.ofMillis(1))).equals(next),
          "not found from the moment before it:",
          run);
      last = run;
    }
  }
}
