package dev.cairn.cli.jobs;

import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.Jobs;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who acts on jobs, and why. */
final class Actor {
  @Option(
      names = "--by",
      paramLabel = "NAME",
      defaultValue = "${sys:user.name}",
      description = "The operator to record on the job (default: the name of the user).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String name;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why, to be recorded on the job as well.")
  private @Nullable String reason;

  JobOperator on(Jobs jobs) {
    JobOperator operator = jobs.operator(name);
    return reason == null ? operator : operator.because(reason);
  }
}
