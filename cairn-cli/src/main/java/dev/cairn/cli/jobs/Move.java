package dev.cairn.cli.jobs;

import dev.cairn.cli.DueTime;
import dev.cairn.jobs.JobUpdate;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** When and where a job that waits is to run. */
final class Move {
  @Option(names = "--queue", paramLabel = "QUEUE", description = "Its new queue.")
  private @Nullable String queue;

  @Option(names = "--priority", paramLabel = "N", description = "1 (first) to 4 (last).")
  private @Nullable Integer priority;

  @ArgGroup private @Nullable DueTime due;

  @Option(
      names = "--max-attempts",
      paramLabel = "N",
      description = "The maximum number of attempts, with those that it has used.")
  private @Nullable Integer maxAttempts;

  /** Refuses what does not say what to change. */
  void require(CommandSpec command) {
    if (Stream.of(queue, priority, due, maxAttempts).allMatch(Objects::isNull)) {
      throw new ParameterException(
          command.commandLine(),
          "nothing to change: give --queue, --priority, --at, --in or --max-attempts");
    }
  }

  /**
   * What to change.
   *
   * @param now the time of the database; asked only if it is needed
   */
  JobUpdate update(CommandSpec command, Supplier<Instant> now) {
    try {
      JobUpdate update = JobUpdate.nothing();
      update = queue == null ? update : update.withQueue(queue);
      update = priority == null ? update : update.withPriority(priority);
      update = due == null ? update : update.withScheduledAt(time(due, now));
      return maxAttempts == null ? update : update.withMaxAttempts(maxAttempts);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new ParameterException(command.commandLine(), e.getMessage());
    }
  }

  private static Instant time(DueTime due, Supplier<Instant> now) {
    Duration delay = due.delay();
    return delay == null ? Objects.requireNonNull(due.at()) : now.get().plus(delay);
  }
}
