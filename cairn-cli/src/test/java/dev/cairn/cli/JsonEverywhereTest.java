package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Every command that reports or lists something does so in JSON as well, as docs/cli.md says. */
class JsonEverywhereTest {
  /** These print no report: a page, a script, files, or what the jobs themselves print. */
  private static final Set<String> WITHOUT =
      Set.of("dashboard", "completion", "man", "work", "demo-worker");

  private static final Path DOCS = Path.of("..", "docs", "cli.md");

  private static List<CommandLine> leaves(CommandLine command) {
    var leaves = new ArrayList<CommandLine>();
    if (command.getSubcommands().isEmpty()) {
      leaves.add(command);
    }
    command.getSubcommands().values().forEach(each -> leaves.addAll(leaves(each)));
    return leaves;
  }

  private static String name(CommandLine command) {
    return command.getCommandSpec().qualifiedName(" ").replaceFirst("^cairn ", "");
  }

  @Test
  void eachReportingCommandHasTheOption() {
    var lacking = new TreeSet<String>();
    for (CommandLine command : leaves(Main.commandLine())) {
      String name = name(command);
      boolean has = command.getCommandSpec().findOption("--json") != null;
      if (!WITHOUT.contains(name) && !has) {
        lacking.add(name);
      }
    }
    assertThat(lacking).isEmpty();
  }

  /** The rows of the table name a command, or some of one: `queues pause`, `resume`. */
  @Test
  void eachHasARowInTheTableOfFields() throws Exception {
    String docs = Files.readString(DOCS);
    int begin = docs.indexOf("| command | fields |");
    String table = docs.substring(begin, docs.indexOf("\n\n", begin));
    var named = new TreeSet<String>();
    for (String row : table.lines().skip(2).toList()) {
      String group = "";
      String first = row.split("\\|", -1)[1];
      for (String name :
          Pattern.compile("`([^`]+)`")
              .matcher(first)
              .results()
              .map(MatchResult.class::cast)
              .map(found -> found.group(1))
              .toList()) {
        int space = name.indexOf(' ');
        group = space < 0 ? group : name.substring(0, space + 1);
        named.add(space < 0 ? group + name : name);
      }
    }
    var lacking = new TreeSet<String>();
    for (CommandLine command : leaves(Main.commandLine())) {
      String name = name(command);
      boolean verb =
          name.matches(
              "jobs (interrupt|pause|resume|cancel|retry|delete|redrive|restart|rewind|skip-step|update)");
      if (command.getCommandSpec().findOption("--json") != null && !verb && !named.contains(name)) {
        lacking.add(name);
      }
    }
    assertThat(lacking).isEmpty();
  }
}
