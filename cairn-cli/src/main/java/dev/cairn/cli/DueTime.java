package dev.cairn.cli;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** When a job is due: one of the options {@code --at} and {@code --in}, as an argument group. */
public final class DueTime {
  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "When it is due, such as 2026-11-27T08:00:00Z; at once if that has passed.")
  private @Nullable Instant at;

  @Option(
      names = "--in",
      paramLabel = "DURATION",
      converter = Span.class,
      description = "The time until it is due, such as 90s, 15m, 2h or 1d12h.")
  private @Nullable Duration delay;

  /** The time at which it is due; null if a delay is given. */
  public @Nullable Instant at() {
    return at;
  }

  /** How long from now it is due, by the database's clock; null if a time is given. */
  public @Nullable Duration delay() {
    return delay;
  }
}
