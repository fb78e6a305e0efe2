package dev.cairn.cli.man;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual page of a command.
 *
 * @param name of the page, for example {@code cairn-jobs-list}
 */
record ManPage(String name, String roff) {
  /** The pages of a command and of all below it, but of hidden ones. */
  static List<ManPage> of(CommandSpec command) {
    var pages = new ArrayList<ManPage>();
    pages.add(new ManPage(name(command), roff(command)));
    below(command).forEach(each -> pages.addAll(of(each)));
    return pages;
  }

  private static Stream<CommandSpec> below(CommandSpec command) {
    return command.subcommands().values().stream()
        .map(each -> each.getCommandSpec())
        .filter(each -> !each.usageMessage().hidden())
        .distinct();
  }

  private static String name(CommandSpec command) {
    return command.qualifiedName("-");
  }

  private static List<String> description(CommandSpec command) {
    return List.of(command.usageMessage().description());
  }

  private static String roff(CommandSpec command) {
    List<String> description = description(command);
    Roff page =
        new Roff()
            .title(name(command), String.join(" ", command.root().version()))
            .section("NAME")
            .text(name(command) + " - " + String.join(" ", first(description)))
            .section("SYNOPSIS")
            .text(command.commandLine().getHelp().synopsis(0).strip().replaceAll("\\s+", " "))
            .section("DESCRIPTION")
            .text(description);
    parameters(page, command);
    options(page, command);
    commands(page, command);
    page.text(List.of(command.usageMessage().footer()));
    return seeAlso(page, command).toString();
  }

  /** The first sentence. */
  private static List<String> first(List<String> description) {
    var lines = new ArrayList<String>();
    for (String line : description) {
      lines.add(line.replaceFirst("[.:]$", ""));
      if (!line.equals(lines.getLast())) {
        break;
      }
    }
    return lines;
  }

  private static void parameters(Roff page, CommandSpec command) {
    List<PositionalParamSpec> shown =
        command.positionalParameters().stream().filter(each -> !each.hidden()).toList();
    if (!shown.isEmpty()) {
      page.section("PARAMETERS");
      shown.forEach(each -> page.item(each.paramLabel(), List.of(each.description())));
    }
  }

  private static void options(Roff page, CommandSpec command) {
    List<OptionSpec> shown = command.options().stream().filter(each -> !each.hidden()).toList();
    if (!shown.isEmpty()) {
      page.section("OPTIONS");
      shown.forEach(each -> page.item(term(each), List.of(each.description())));
    }
  }

  private static String term(OptionSpec option) {
    String names = String.join(", ", option.names());
    return option.arity().max() == 0 ? names : names + "=" + option.paramLabel();
  }

  private static void commands(Roff page, CommandSpec command) {
    List<CommandSpec> below = below(command).toList();
    if (!below.isEmpty()) {
      page.section("COMMANDS");
      below.forEach(each -> page.item(each.qualifiedName(" "), first(description(each))));
    }
  }

  private static Roff seeAlso(Roff page, CommandSpec command) {
    @Nullable CommandSpec parent = command.parent();
    List<String> others =
        Stream.concat(
                parent == null ? Stream.empty() : Stream.of(name(parent)),
                below(command).map(ManPage::name))
            .toList();
    return others.isEmpty() ? page : page.section("SEE ALSO").pages(others);
  }
}
