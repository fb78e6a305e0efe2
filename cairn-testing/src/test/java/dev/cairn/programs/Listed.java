package dev.cairn.programs;

import dev.cairn.jobs.QuarantinedItem;
import dev.cairn.programs.Node.ForEach;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an item that was put aside is called in a program. */
final class Listed {
  private Listed() {}

  /**
   * By its failure, which names it; by its position if its process has died at it, or if that is
   * certain, because the source does not change.
   */
  static String id(Program program, QuarantinedItem listed) {
    return id(program, listed.step(), listed.position(), listed.error());
  }

  static String id(Program program, String path, String position, String error) {
    List<String> names = Stream.of(path.split("/")).map(program::nodeOf).toList();
    ForEach step =
        program
            .all()
            .filter(ForEach.class::isInstance)
            .map(ForEach.class::cast)
            .filter(each -> names.contains(each.name()))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no step " + path));
    String failure = error.lines().findFirst().orElse("");
    int id = failure.indexOf(Meaning.id(step.name(), ""));
    return id >= 0 && step.items().changes()
        ? failure.substring(id)
        : Meaning.id(step.name(), item(step, JsonMapper.shared().readTree(position)));
  }

  private static String item(ForEach step, JsonNode position) {
    return switch (step.items()) {
      case Items.Range items -> position.asString();
      case Items.Elements items -> String.valueOf(position.asInt() - 1);
      case Items.Keyed items -> key(items, position);
      case Items.Within items ->
          key(items.outer(), position.path("current")) + "." + position.path("inner").asString();
      case Items.Paged items -> inPages(items, position);
      case Items.Lines items ->
          atLine(versions(items), items.format(), position.path("line").asInt());
      case Items.Folder items -> {
        String name = position.path("current").asString();
        yield atLine(
            versions(items).stream().map(version -> in(name, version)).toList(),
            Format.PLAIN,
            position.path("inner").path("line").asInt());
      }
    };
  }

  private static String key(Items.Keyed items, JsonNode position) {
    return switch (items) {
      case Items.Rows rows -> position.asString();
      case Items.Table table -> position.path("key").path(0).asString();
    };
  }

  private static List<List<String>> versions(Items items) {
    return IntStream.range(0, items.versions()).mapToObj(items::of).toList();
  }

  private static List<String> in(String file, List<String> items) {
    return items.stream().filter(item -> item.startsWith(file + ".")).toList();
  }

  /** What was finished is the same in all versions, or is not there any more. */
  private static String atLine(List<List<String>> versions, Format format, int line) {
    int index = line / format.linesPerRecord() - 1;
    return versions.reversed().stream()
        .filter(version -> index < version.size())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no line %d in %s".formatted(line, versions)))
        .get(index);
  }

  private static String inPages(Items.Paged items, JsonNode position) {
    int page = position.path("token").asInt(0);
    int finished = position.path("finished").asInt();
    for (Items.Pages service : items.services().reversed()) {
      List<List<String>> pages = service.pages();
      if (page < pages.size() && finished > 0 && finished <= pages.get(page).size()) {
        return pages.get(page).get(finished - 1);
      }
    }
    throw new IllegalStateException("no item at %s in %s".formatted(position, items));
  }
}
