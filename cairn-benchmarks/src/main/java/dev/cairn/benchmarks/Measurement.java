package dev.cairn.benchmarks;

import dev.cairn.cli.JsonOutput;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * A command that measures something and reports it, as a table or with {@code --json}.
 *
 * @param <R> the report, with all raw figures
 */
abstract class Measurement<R> implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "How often to repeat it, ${DEFAULT-VALUE} times unless given.")
  private int rounds;

  @Option(
      names = "--json",
      description =
          "Print one JSON object with all raw figures on standard output; progress goes to "
              + "standard error.")
  private boolean json;

  abstract R measure() throws Exception;

  /** The report as a table for people. */
  abstract String text(R report);

  @Override
  public final Integer call() throws Exception {
    require("--rounds", rounds, 1, 1_000);
    R report = measure();
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? JsonOutput.of(report) : text(report));
    out.flush();
    return 0;
  }

  final int rounds() {
    return rounds;
  }

  /** A line about what is going on, in the form of {@link String#format}. */
  @SuppressWarnings("AnnotateFormatMethod") // not worth a dependency
  final void tell(String line, Object... values) {
    PrintWriter writer = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
    writer.println(line.formatted(values));
    writer.flush();
  }

  final void require(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new ParameterException(
          spec.commandLine(), "%s must be %d to %d".formatted(option, least, most));
    }
  }
}
