package dev.cairn.cli;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** Asks before something that cannot be undone. */
public final class Confirmation {
  private Confirmation() {}

  /**
   * Asks on standard output, reads standard input, and says on standard error that nothing was
   * changed unless the answer is yes.
   *
   * @param question one sentence that ends with a question mark
   */
  public static boolean of(CommandSpec command, String question) {
    Output.of(command).text(question + " [yes/no] ");
    Optional<String> answer =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
            .lines()
            .findFirst();
    if (answer.filter(it -> it.strip().equalsIgnoreCase("yes")).isPresent()) {
      return true;
    }
    Output.errorsOf(command)
        .line(
            answer.isPresent()
                ? "Nothing was changed."
                : "Nothing was changed, because nobody answered. Use --yes to skip the question.");
    return false;
  }
}
