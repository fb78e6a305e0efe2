package dev.cairn.programs;

import dev.cairn.programs.Node.Elements;
import dev.cairn.programs.Node.Folder;
import dev.cairn.programs.Node.Items;
import dev.cairn.programs.Node.Lines;
import dev.cairn.programs.Node.Range;
import dev.cairn.programs.Node.Rows;
import dev.cairn.programs.Node.TextFile;
import dev.cairn.programs.Node.Within;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How far a job has come in a source, and what that means when the source has changed.
 *
 * <ul>
 *   <li>Of <b>numbers and rows</b> the last finished one is known, and what lies behind it now is
 *       done. Of rows within rows, it is the last row that was left behind: each row behind it goes
 *       on where it was left.
 *   <li>Of a <b>list</b> it is known how many are finished. One that is shorter than that by now is
 *       refused; so is a part of one, if the list does not reach to the end of the part.
 *   <li>Of a <b>file</b> what was read of it is known, and its first KiB as the first attempt has
 *       found it. If it begins with both, it goes on behind what was read; else it is refused, and
 *       also if it is gone.
 *   <li>Of <b>files in folders</b> the last one is known that was left behind. Those behind it that
 *       were begun go on where they were left, or are refused as any file; all others begin at
 *       their beginning. One with a new name is another file. Without the folder nothing is done.
 * </ul>
 */
final class Place {
  /** Stands where the source fails: nothing comes behind it. */
  static final String REFUSED = "refused";

  private static final int HEAD = 1_024;

  private static final Comparator<String> BY_KEY =
      (one, other) -> Arrays.compare(keyOf(one), keyOf(other));

  private final int end;
  private int done;
  private String last;
  private Known known;
  private final Map<String, Known> begun = new HashMap<>();
  private final Set<String> within = new HashSet<>();

  /**
   * What is known of a file.
   *
   * @param head its beginning
   * @param read what was read of it
   */
  private record Known(String head, String read) {
    boolean isOf(String content) {
      return content.startsWith(head) && content.startsWith(read);
    }
  }

  private Place(int first, int end) {
    this.end = end;
    this.done = first;
  }

  static Place atBeginning() {
    return new Place(0, -1);
  }

  /** In a part of numbers or of a list, which stays what it was when the source was split. */
  static Place inPart(int first, int end) {
    return new Place(first, end);
  }

  private boolean isPart() {
    return end >= 0;
  }

  /** What is still to be done of what is there now. */
  List<String> rest(Items items, boolean later) {
    return switch (items) {
      case Range it -> numbers(done, isPart() ? end : now(it, later).size());
      case Elements it -> {
        int size = now(it, later).size();
        int to = isPart() ? end : size;
        yield Math.max(done, to) > size ? List.of(REFUSED) : numbers(done, to);
      }
      case Rows it ->
          now(it, later).stream()
              .sorted(Comparator.comparing(Integer::valueOf))
              .filter(key -> last == null || Integer.parseInt(key) > Integer.parseInt(last))
              .toList();
      case Within it ->
          now(it, later).stream()
              .filter(item -> last == null || BY_KEY.compare(rowOf(item), last) > 0)
              .filter(item -> !within.contains(item))
              .toList();
      case Lines it -> lines(it, later);
      case Folder it -> inFolder(it, later);
    };
  }

  private static List<String> now(Items items, boolean later) {
    return later ? items.later() : items.first();
  }

  private static List<String> numbers(int from, int to) {
    return from >= to ? List.of() : Dsl.numbers(to).subList(from, to);
  }

  private List<String> lines(Lines it, boolean later) {
    List<String> lines = later ? it.afterwards() : it.atFirst();
    if (lines == null) {
      return List.of(REFUSED);
    }
    String content = content(it.width(), lines);
    if (known == null) {
      known = new Known(head(content), "");
    }
    return known.isOf(content) ? behind(known, it.width(), lines) : List.of(REFUSED);
  }

  private static String content(int width, List<String> lines) {
    var content = new StringBuilder();
    lines.forEach(line -> content.append(line(width, line)));
    return content.toString();
  }

  /** A line of a file as it is written. */
  static String line(int width, String text) {
    return text + " ".repeat(Math.max(0, width - text.length())) + "\n";
  }

  private static String head(String content) {
    return content.substring(0, Math.min(HEAD, content.length()));
  }

  private static List<String> behind(Known known, int width, List<String> lines) {
    int finished = 0;
    int length = 0;
    while (length < known.read().length()) {
      length += line(width, lines.get(finished)).length();
      finished++;
    }
    return lines.subList(finished, lines.size());
  }

  private List<String> inFolder(Folder it, boolean later) {
    List<TextFile> files = later ? it.afterwards() : it.atFirst();
    if (files == null) {
      return List.of(REFUSED);
    }
    var rest = new ArrayList<String>();
    for (TextFile file : sorted(files)) {
      if (last != null && TextFile.BY_PATH.compare(file.name(), last) <= 0) {
        continue;
      }
      String content = content(it.width(), file.lines());
      Known of = begun.getOrDefault(file.name(), new Known("", ""));
      if (!of.isOf(content)) {
        rest.add(REFUSED);
        return rest;
      }
      behind(of, it.width(), file.lines()).forEach(line -> rest.add(file.name() + "." + line));
    }
    return rest;
  }

  private static List<TextFile> sorted(List<TextFile> files) {
    return files.stream().sorted(Comparator.comparing(TextFile::name, TextFile.BY_PATH)).toList();
  }

  /** What is there now is finished up to an item. */
  void advance(Items items, boolean later, String item) {
    switch (items) {
      case Range it -> done = Integer.parseInt(item) + 1;
      case Elements it -> done = Integer.parseInt(item) + 1;
      case Rows it -> last = item;
      case Within it -> advanceWithin(now(it, later), item);
      case Lines it -> {
        List<String> lines = later ? it.afterwards() : it.atFirst();
        known = new Known(known.head(), upTo(it.width(), lines, item));
      }
      case Folder it -> advanceInFolder(it, later ? it.afterwards() : it.atFirst(), item);
    }
  }

  private static String upTo(int width, List<String> lines, String line) {
    return content(width, lines.subList(0, lines.indexOf(line) + 1));
  }

  private void advanceWithin(List<String> all, String item) {
    String row = rowOf(item);
    all.stream()
        .map(Place::rowOf)
        .filter(other -> BY_KEY.compare(other, row) < 0)
        .max(BY_KEY)
        .ifPresent(other -> last = last == null || BY_KEY.compare(other, last) > 0 ? other : last);
    all.stream()
        .filter(other -> rowOf(other).equals(row) && BY_KEY.compare(other, item) <= 0)
        .forEach(within::add);
  }

  private void advanceInFolder(Folder folder, List<TextFile> files, String item) {
    String name = item.substring(0, item.lastIndexOf('.'));
    for (TextFile file : sorted(files)) {
      if (TextFile.BY_PATH.compare(file.name(), name) < 0
          && (last == null || TextFile.BY_PATH.compare(file.name(), last) > 0)) {
        last = file.name();
      }
      if (file.name().equals(name)) {
        String head =
            begun.containsKey(name)
                ? begun.get(name).head()
                : head(content(folder.width(), file.lines()));
        String line = item.substring(name.length() + 1);
        begun.put(name, new Known(head, upTo(folder.width(), file.lines(), line)));
      }
    }
  }

  private static String rowOf(String item) {
    return item.contains(".") ? item.substring(0, item.indexOf('.')) : item;
  }

  private static int[] keyOf(String item) {
    return Arrays.stream(item.split("\\.")).mapToInt(Integer::parseInt).toArray();
  }
}
