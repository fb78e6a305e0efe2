package dev.cairn.programs;

import dev.cairn.jobs.QuarantinedItem;
import dev.cairn.programs.Node.ForEach;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an item that was put aside is called in a program. */
final class Listed {
  private Listed() {}

  /** By its failure, which names it; else by its position, if its process has died at it. */
  static String id(Program program, QuarantinedItem listed) {
    List<String> names = List.of(listed.step().split("/"));
    ForEach step =
        program
            .all()
            .filter(ForEach.class::isInstance)
            .map(ForEach.class::cast)
            .filter(each -> names.contains(each.name()))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no step " + listed.step()));
    String failure = listed.error().lines().findFirst().orElse("");
    int id = failure.indexOf(Meaning.id(step.name(), ""));
    return id >= 0
        ? failure.substring(id)
        : Meaning.id(step.name(), item(step, JsonMapper.shared().readTree(listed.position())));
  }

  private static String item(ForEach step, JsonNode position) {
    return switch (step.items()) {
      case Node.Range items -> position.asString();
      case Node.Rows items -> position.asString();
      case Node.Elements items -> String.valueOf(position.asInt() - 1);
      case Node.Lines items -> line(items.first(), items.later(), position.path("line"));
      case Node.Within items ->
          position.path("current").asString() + "." + position.path("inner").asString();
      case Node.Folder items -> inFolder(items, position);
    };
  }

  private static String inFolder(Node.Folder items, JsonNode position) {
    String name = position.path("current").asString();
    return line(
        in(name, items.first()), in(name, items.later()), position.path("inner").path("line"));
  }

  private static List<String> in(String file, List<String> items) {
    return items.stream().filter(item -> item.startsWith(file + ".")).toList();
  }

  /** What was finished is the same in both, or is not there any more. */
  private static String line(List<String> first, List<String> later, JsonNode number) {
    int index = number.asInt() - 1;
    return (index < later.size() ? later : first).get(index);
  }
}
