package dev.cairn.programs;

import dev.cairn.programs.Items.Content;
import dev.cairn.programs.Items.Elements;
import dev.cairn.programs.Items.Folder;
import dev.cairn.programs.Items.Keyed;
import dev.cairn.programs.Items.Lines;
import dev.cairn.programs.Items.Paged;
import dev.cairn.programs.Items.Range;
import dev.cairn.programs.Items.Rows;
import dev.cairn.programs.Items.Table;
import dev.cairn.programs.Items.TextFile;
import dev.cairn.programs.Items.Tree;
import dev.cairn.programs.Items.Within;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How far a job has come in a source, and what that means when the source has changed.
 *
 * <ul>
 *   <li>Of <b>numbers and rows</b> the last finished one is known, and what lies behind it now is
 *       done. Of rows within rows, it is the last row that was left behind: each row behind it goes
 *       on where it was left. If rows are bounded, the last row that the first attempt has found
 *       stays the last one.
 *   <li>Of a <b>list</b> it is known how many are finished. One that is shorter than that by now is
 *       refused; so is a part of one, if the list does not reach to the end of the part.
 *   <li>Of <b>pages</b> it is known how many items of which page are finished. What lies behind
 *       them now is done; once the last page is finished there is nothing more. A page that the
 *       service knows no more is refused.
 *   <li>Of a <b>file</b> what was read of it is known, and its first KiB as the first attempt has
 *       found it. If it begins with both, it goes on behind what was read; else it is refused, and
 *       also if it is gone. If it breaks off, what comes before is done.
 *   <li>Of <b>files in folders</b> the last one is known that was left behind. Those behind it that
 *       were begun go on where they were left, or are refused as any file; all others begin at
 *       their beginning. One with a new name is another file. Without the folder nothing is done.
 *   <li><b>Parts</b> of numbers, of a list or of rows stay what they were when the source was
 *       split: rows that have come since belong to the part in whose bounds they lie, and those
 *       behind all others to the last one, unless they are bounded.
 * </ul>
 */
final class Place {
  /** Stands where the source fails: nothing comes behind it. */
  static final String REFUSED = "refused";

  private static final Comparator<String> BY_KEY =
      (one, other) -> Arrays.compare(keyOf(one), keyOf(other));

  /** Behind the last part of rows that are not bounded. */
  private static final String NO_END = "";

  private final boolean isPart;
  private final int end;
  private int done;
  private String last;

  /** The last row that there is for this job; null if that is not known yet. */
  private String upTo;

  private Spot spot = new Spot(0, 0, false);
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

  /**
   * A place among pages.
   *
   * @param finished how many items of the page are finished
   * @param end whether it was the last page
   */
  record Spot(int page, int finished, boolean end) {}

  private Place(boolean isPart, int first, int end, String last, String upTo) {
    this.isPart = isPart;
    this.done = first;
    this.end = end;
    this.last = last;
    this.upTo = upTo;
  }

  static Place atBeginning() {
    return new Place(false, 0, -1, null, null);
  }

  /** The parts of a source as an attempt finds it: so many at most. */
  static List<Place> inParts(Items items, int attempt, int most) {
    return items instanceof Table table
        ? partsOfRows(table, attempt, most)
        : partsOfNumbers(items.at(attempt).size(), most);
  }

  private static List<Place> partsOfNumbers(int size, int most) {
    var all = new ArrayList<Place>();
    int from = 0;
    for (int part = 0; part < most; part++) {
      int to = from + (size - from) / (most - part);
      if (to > from) {
        all.add(new Place(true, from, to, null, null));
      }
      from = to;
    }
    return all;
  }

  /** The first ones have one more if they cannot all have the same number. */
  private static List<Place> partsOfRows(Table table, int attempt, int most) {
    List<String> rows = table.at(attempt);
    var all = new ArrayList<Place>();
    String after = null;
    int from = 0;
    for (int part = 0; part < Math.min(most, rows.size()); part++) {
      from += rows.size() / most + (part < rows.size() % most ? 1 : 0);
      boolean isOpen = from == rows.size() && !table.bounded();
      String last = rows.get(from - 1);
      all.add(new Place(true, 0, -1, after, isOpen ? NO_END : last));
      after = last;
    }
    if (rows.isEmpty() && !table.bounded()) {
      all.add(new Place(true, 0, -1, null, NO_END));
    }
    return all;
  }

  /** The items that lie behind it in what an attempt finds. */
  List<String> rest(Items items, int attempt) {
    return switch (items) {
      case Range it -> numbers(done, isPart ? end : it.at(attempt).size());
      case Elements it -> {
        int size = it.at(attempt).size();
        int to = isPart ? end : size;
        yield Math.max(done, to) > size ? List.of(REFUSED) : numbers(done, to);
      }
      case Keyed it -> bounded(it, attempt).filter(key -> isBehind(key, last)).toList();
      case Within it -> {
        Set<String> rows = new HashSet<>(bounded(it.outer(), attempt).toList());
        yield it.at(attempt).stream()
            .filter(item -> rows.contains(rowOf(item)))
            .filter(item -> last == null || BY_KEY.compare(rowOf(item), last) > 0)
            .filter(item -> !within.contains(item))
            .toList();
      }
      case Paged it -> inPages(it.services().get(it.version(attempt)).pages());
      case Lines it -> inFile(it, it.contents().get(it.version(attempt)));
      case Folder it -> inFolder(it.width(), it.trees().get(it.version(attempt)));
    };
  }

  private static List<String> numbers(int from, int to) {
    return from >= to ? List.of() : Dsl.numbers(to).subList(from, to);
  }

  private static boolean isBehind(String key, String other) {
    return other == null || Integer.parseInt(key) > Integer.parseInt(other);
  }

  private Stream<String> bounded(Keyed rows, int attempt) {
    List<String> there = rows.at(attempt);
    if (upTo == null && rows instanceof Table table && table.bounded()) {
      upTo = there.isEmpty() ? "-1" : there.getLast();
    }
    return there.stream()
        .filter(key -> upTo == null || upTo.equals(NO_END) || !isBehind(key, upTo));
  }

  private List<String> inPages(List<List<String>> pages) {
    if (spot.end()) {
      return List.of();
    }
    if (spot.page() >= pages.size()) {
      return List.of(REFUSED);
    }
    List<String> page = pages.get(spot.page());
    var rest =
        new ArrayList<String>(page.subList(Math.min(spot.finished(), page.size()), page.size()));
    pages.subList(spot.page() + 1, pages.size()).forEach(rest::addAll);
    return rest;
  }

  private List<String> inFile(Lines it, Content content) {
    if (it.format().isRefused(it.width(), content)) {
      return List.of(REFUSED);
    }
    String text = it.format().text(it.width(), content);
    if (known == null) {
      known = new Known(head(text), "");
    }
    return known.isOf(text) ? behind(known, it.format(), it.width(), content) : List.of(REFUSED);
  }

  private static String head(String text) {
    return text.substring(0, Math.min(Format.HEAD, text.length()));
  }

  private static List<String> behind(Known known, Format format, int width, Content content) {
    int finished = 0;
    int length = 0;
    while (length < known.read().length()) {
      length += format.text(width, List.of(content.lines().get(finished))).length();
      finished++;
    }
    var rest = new ArrayList<>(content.lines().subList(finished, content.lines().size()));
    if (content.isBroken()) {
      rest.add(REFUSED);
    }
    return rest;
  }

  private List<String> inFolder(int width, Tree tree) {
    var rest = new ArrayList<String>();
    if (!tree.isThere()) {
      rest.add(REFUSED);
    }
    for (TextFile file : tree.sorted()) {
      if (last != null && TextFile.BY_PATH.compare(file.name(), last) <= 0) {
        continue;
      }
      Known of = begun.getOrDefault(file.name(), new Known("", ""));
      boolean isRefused =
          file.format().isRefused(width, file.content())
              || !of.isOf(file.format().text(width, file.content()));
      if (isRefused) {
        rest.add(REFUSED);
        return rest;
      }
      for (String line : behind(of, file.format(), width, file.content())) {
        rest.add(line.equals(REFUSED) ? REFUSED : file.item(line));
      }
      if (file.content().isBroken()) {
        return rest;
      }
    }
    return rest;
  }

  /** What an attempt finds is finished up to an item. */
  void advance(Items items, int attempt, String item) {
    switch (items) {
      case Range it -> done = Integer.parseInt(item) + 1;
      case Elements it -> done = Integer.parseInt(item) + 1;
      case Rows it -> last = item;
      case Table it -> last = item;
      case Within it -> advanceWithin(it.at(attempt), item);
      case Paged it -> spot = behind(it.services().get(it.version(attempt)).pages(), item);
      case Lines it -> {
        List<String> lines = it.at(attempt);
        known =
            new Known(
                known.head(),
                it.format().text(it.width(), lines.subList(0, lines.indexOf(item) + 1)));
      }
      case Folder it -> advanceInFolder(it.width(), it.trees().get(it.version(attempt)), item);
    }
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

  private Spot behind(List<List<String>> pages, String item) {
    for (int page = spot.page(); page < pages.size(); page++) {
      int index = pages.get(page).indexOf(item);
      if (index >= 0 && (page > spot.page() || index >= spot.finished())) {
        boolean isLastOfPage = index == pages.get(page).size() - 1;
        return new Spot(page, index + 1, isLastOfPage && page == pages.size() - 1);
      }
    }
    throw new IllegalStateException("no item %s behind %s in %s".formatted(item, spot, pages));
  }

  private void advanceInFolder(int width, Tree tree, String item) {
    String name = item.substring(0, item.lastIndexOf('.'));
    for (TextFile file : tree.sorted()) {
      if (TextFile.BY_PATH.compare(file.name(), name) < 0
          && (last == null || TextFile.BY_PATH.compare(file.name(), last) > 0)) {
        last = file.name();
      }
      if (file.name().equals(name)) {
        List<String> lines = file.content().lines();
        String head =
            begun.containsKey(name)
                ? begun.get(name).head()
                : head(file.format().text(width, file.content()));
        int finished = lines.indexOf(item.substring(name.length() + 1)) + 1;
        begun.put(name, new Known(head, file.format().text(width, lines.subList(0, finished))));
      }
    }
  }

  private static String rowOf(String item) {
    return item.contains(".") ? item.substring(0, item.indexOf('.')) : item;
  }

  private static int[] keyOf(String item) {
    return Arrays.stream(item.split("\\.")).mapToInt(Integer::parseInt).toArray();
  }

  // What was put aside in pages.

  /** Where an item of pages lies. */
  record Aside(Spot after) {}

  /** Where the next item lies. */
  Aside aside(Paged items, int attempt, String item) {
    return new Aside(behind(items.services().get(items.version(attempt)).pages(), item));
  }

  /** What lies there now; null if that is another place. */
  static String again(Aside aside, Paged items, int attempt) {
    List<List<String>> pages = items.services().get(items.version(attempt)).pages();
    Spot after = aside.after();
    return after.page() < pages.size() && after.finished() <= pages.get(after.page()).size()
        ? pages.get(after.page()).get(after.finished() - 1)
        : null;
  }
}
