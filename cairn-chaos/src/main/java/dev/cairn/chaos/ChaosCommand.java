package dev.cairn.chaos;

import dev.cairn.chaos.matrix.MatrixCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./cairn chaos}: attacks on Cairn. */
@Command(
    name = "chaos",
    description = "Disturb Cairn's database calls, and check its jobs.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = MatrixCommand.class)
public final class ChaosCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  /** The command, not run yet. */
  public ChaosCommand() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name a COMMAND: matrix");
  }
}
