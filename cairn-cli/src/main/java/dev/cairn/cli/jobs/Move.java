package dev.cairn.cli.jobs;

import dev.cairn.cli.Span;
import dev.cairn.jobs.JobUpdate;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** When and where a job that waits is to run. */
final class Move {
  @Option(names = "--queue", paramLabel = "QUEUE", description = "Its new queue.")
  private @Nullable String queue;

  @Option(names = "--priority", paramLabel = "N", description = "1 (first) to 4 (last).")
  private @Nullable Integer priority;

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
  private @Nullable Duration in;

  @Option(
      names = "--max-attempts",
      paramLabel = "N",
      description = "The maximum number of attempts, with those that it has used.")
  private @Nullable Integer maxAttempts;

  /** Refuses what does not say what to change. */
  void require(CommandSpec command) {
    if (Stream.of(queue, priority, at, in, maxAttempts).allMatch(Objects::isNull)) {
      throw new ParameterException(
          command.commandLine(),
          "nothing to change: give --queue, --priority, --at, --in or --max-attempts");
    }
    if (at != null && in != null) {
      throw new ParameterException(
          command.commandLine(), "--at and --in say the same: give one of them");
    }
  }

  /**
   * What to change.
   *
   * @param now the time of the database; asked only if it is needed
   */
  JobUpdate update(CommandSpec command, Supplier<Instant> now) {
    try {
      Instant due = in == null ? at : now.get().plus(in);
      JobUpdate update = JobUpdate.nothing();
      update = queue == null ? update : update.withQueue(queue);
      update = priority == null ? update : update.withPriority(priority);
      update = due == null ? update : update.withScheduledAt(due);
      return maxAttempts == null ? update : update.withMaxAttempts(maxAttempts);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new ParameterException(command.commandLine(), e.getMessage());
    }
  }
}
