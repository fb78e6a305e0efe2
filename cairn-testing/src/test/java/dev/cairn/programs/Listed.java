package dev.cairn.programs;

import dev.cairn.programs.Node.ForEach;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an item that was put aside is called in a program. */
final class Listed {
  private Listed() {}

  static String id(Program program, String path, String position) {
    List<String> names = List.of(path.split("/"));
    ForEach step =
        program
            .all()
            .filter(ForEach.class::isInstance)
            .map(ForEach.class::cast)
            .filter(each -> names.contains(each.name()))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no step " + path));
    return Meaning.id(step.name(), item(step, JsonMapper.shared().readTree(position)));
  }

  private static String item(ForEach step, JsonNode position) {
    return switch (step.items()) {
      case Node.Range items -> position.asString();
      case Node.Rows items -> position.asString();
      case Node.Elements items -> String.valueOf(position.asInt() - 1);
      case Node.Lines items -> String.valueOf(position.path("line").asInt() - 1);
      case Node.Within items ->
          position.path("current").asString() + "." + position.path("inner").asString();
    };
  }
}
