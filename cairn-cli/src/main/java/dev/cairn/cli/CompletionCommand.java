package dev.cairn.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./cairn completion}: what a shell needs to complete commands and options. */
@Command(
    name = "completion",
    description = {
      "Print a script that completes commands and options in bash:",
      "eval \"$(./cairn completion)\""
    })
final class CompletionCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public void run() {
    CommandSpec root = spec.root();
    Output.of(spec).text(AutoComplete.bash(root.name(), root.commandLine()));
  }
}
