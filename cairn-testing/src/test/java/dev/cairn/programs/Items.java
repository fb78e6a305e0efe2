package dev.cairn.programs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * What a source holds, version by version: the first attempt finds the first one, the second
 * attempt the second one, and so on; all that come later find the last one.
 */
sealed interface Items {
  int versions();

  /** The names of the items of a version, from 0, in their order. */
  List<String> of(int version);

  /** Which version an attempt finds, from 1. */
  default int version(int attempt) {
    return Math.min(attempt, versions()) - 1;
  }

  /** The items as an attempt finds them, from 1. */
  default List<String> at(int attempt) {
    return of(version(attempt));
  }

  /** The items of all versions. */
  default Set<String> all() {
    var all = new LinkedHashSet<String>();
    for (int version = 0; version < versions(); version++) {
      all.addAll(of(version));
    }
    return all;
  }

  /** Whether an item is the same in every version. */
  default boolean isSteady(String item) {
    for (int version = 0; version < versions(); version++) {
      if (!of(version).contains(item)) {
        return false;
      }
    }
    return true;
  }

  /** How often a job may meet an item as it goes through. */
  default int meetings() {
    return 1;
  }

  /** Whether a job that has begun with some version may be refused another one. */
  default boolean mayBeRefused() {
    return false;
  }

  default boolean changes() {
    return mayBeRefused() || !all().stream().allMatch(this::isSteady);
  }

  /** Whether something holds of a version and one that comes later. */
  private static <T> boolean anyPair(List<T> versions, BiPredicate<T, T> holds) {
    for (int later = 1; later < versions.size(); later++) {
      for (int earlier = 0; earlier < later; earlier++) {
        if (holds.test(versions.get(earlier), versions.get(later))) {
          return true;
        }
      }
    }
    return false;
  }

  /** The numbers from 0 on. */
  record Range(List<Integer> counts) implements Items {
    public Range {
      counts = List.copyOf(counts);
    }

    @Override
    public int versions() {
      return counts.size();
    }

    @Override
    public List<String> of(int version) {
      return Dsl.numbers(counts.get(version));
    }

    @Override
    public String toString() {
      return "range(%s)".formatted(Dsl.joined(counts));
    }
  }

  /** The elements of a list. */
  record Elements(List<Integer> counts) implements Items {
    public Elements {
      counts = List.copyOf(counts);
    }

    @Override
    public int versions() {
      return counts.size();
    }

    @Override
    public List<String> of(int version) {
      return Dsl.numbers(counts.get(version));
    }

    @Override
    public boolean mayBeRefused() {
      return anyPair(counts, (earlier, later) -> later < earlier);
    }

    @Override
    public String toString() {
      return "elements(%s)".formatted(Dsl.joined(counts));
    }
  }

  /** Items of which one is known again by its key. */
  sealed interface Keyed extends Items {}

  /** Rows by key, in a source of our own. */
  record Rows(List<List<Integer>> keys) implements Keyed {
    public Rows {
      keys = keys.stream().map(List::copyOf).toList();
    }

    @Override
    public int versions() {
      return keys.size();
    }

    @Override
    public List<String> of(int version) {
      return keys.get(version).stream().sorted().map(String::valueOf).toList();
    }

    @Override
    public String toString() {
      return "rows(%s)".formatted(Dsl.joined(keys.stream().map(Dsl::list).toList()));
    }
  }

  /**
   * Rows of a table in the database.
   *
   * @param page how many are read at once
   * @param bounded whether rows behind the last one at the beginning are left out
   */
  record Table(int page, boolean bounded, Rows rows) implements Keyed {
    @Override
    public int versions() {
      return rows.versions();
    }

    @Override
    public List<String> of(int version) {
      return rows.of(version);
    }

    @Override
    public String toString() {
      return "table(%d, %s, %s)".formatted(page, bounded, rows);
    }
  }

  /** So many items within each row. */
  record Within(Keyed outer, int inner) implements Items {
    @Override
    public int versions() {
      return outer.versions();
    }

    @Override
    public List<String> of(int version) {
      return outer.of(version).stream()
          .flatMap(row -> Dsl.numbers(inner).stream().map(each -> row + "." + each))
          .toList();
    }

    @Override
    public String toString() {
      return "within(%s, %d)".formatted(outer, inner);
    }
  }

  /** The pages of a service, whose tokens are the numbers of the pages. */
  record Paged(List<Pages> services) implements Items {
    public Paged {
      services = List.copyOf(services);
    }

    @Override
    public int versions() {
      return services.size();
    }

    @Override
    public List<String> of(int version) {
      return services.get(version).pages().stream().flatMap(List::stream).toList();
    }

    /** By its place: it is known by that alone. */
    @Override
    public boolean isSteady(String item) {
      return services.stream().map(pages -> pages.place(item)).distinct().count() == 1;
    }

    @Override
    public int meetings() {
      return (int) services.stream().distinct().count();
    }

    /** A page that there is no more is none that the service knows. */
    @Override
    public boolean mayBeRefused() {
      return anyPair(services, (earlier, later) -> later.pages().size() < earlier.pages().size());
    }

    @Override
    public boolean changes() {
      return meetings() > 1;
    }

    @Override
    public String toString() {
      return "paged(%s)".formatted(Dsl.joined(services));
    }
  }

  /** What a service answers. */
  record Pages(List<List<String>> pages) {
    public Pages {
      pages = pages.stream().map(List::copyOf).toList();
    }

    /** Where an item lies, and whether it is the last of all; empty if it is not there. */
    private String place(String item) {
      for (int page = 0; page < pages.size(); page++) {
        int index = pages.get(page).indexOf(item);
        if (index >= 0) {
          boolean isLastOfPage = index == pages.get(page).size() - 1;
          return "%d, %d, %s".formatted(page, index, isLastOfPage && page == pages.size() - 1);
        }
      }
      return "";
    }

    @Override
    public String toString() {
      return "pages(%s)"
          .formatted(
              Dsl.joined(pages.stream().map(page -> Dsl.list(Dsl.allQuoted(page))).toList()));
    }
  }

  /**
   * The records of a file.
   *
   * @param width how long each is, filled up with spaces; 0 for no longer than its text
   */
  record Lines(Format format, int width, List<Content> contents) implements Items {
    public Lines {
      contents = List.copyOf(contents);
    }

    @Override
    public int versions() {
      return contents.size();
    }

    @Override
    public List<String> of(int version) {
      return contents.get(version).lines();
    }

    @Override
    public boolean mayBeRefused() {
      return contents.stream().anyMatch(Content::isBroken)
          || anyPair(contents, (earlier, later) -> !later.continues(earlier));
    }

    @Override
    public String toString() {
      return "lines(%s, %d, %s)".formatted(format, width, Dsl.joined(contents));
    }
  }

  /**
   * The lines of the files in a folder and those within it.
   *
   * @param width as that of {@link Lines}
   */
  record Folder(int width, List<Tree> trees) implements Items {
    public Folder {
      trees = List.copyOf(trees);
    }

    @Override
    public int versions() {
      return trees.size();
    }

    @Override
    public List<String> of(int version) {
      var items = new ArrayList<String>();
      trees
          .get(version)
          .sorted()
          .forEach(file -> file.content().lines().forEach(line -> items.add(file.item(line))));
      return items;
    }

    /** A file that has come, has gone or has grown is not refused. */
    @Override
    public boolean mayBeRefused() {
      return trees.stream().anyMatch(Tree::isBroken) || anyPair(trees, Folder::mayBeRefused);
    }

    private static boolean mayBeRefused(Tree earlier, Tree later) {
      return earlier.files().stream()
          .anyMatch(file ->
              later.files().stream()
                  .anyMatch(other ->
                      other.name().equals(file.name())
                          && !other.content().continues(file.content())));
    }

    @Override
    public String toString() {
      return "folder(%d, %s)".formatted(width, Dsl.joined(trees));
    }
  }

  /** A folder; without it there are no files. */
  record Tree(boolean isThere, List<TextFile> files) {
    public Tree {
      files = List.copyOf(files);
    }

    List<TextFile> sorted() {
      return files.stream().sorted(Comparator.comparing(TextFile::name, TextFile.BY_PATH)).toList();
    }

    boolean isBroken() {
      return !isThere || files.stream().anyMatch(file -> file.content().isBroken());
    }

    @Override
    public String toString() {
      return isThere ? "files(%s)".formatted(Dsl.joined(files)) : "noFolder()";
    }
  }

  /**
   * A file of lines.
   *
   * @param name the path below the folder
   */
  record TextFile(String name, Content content) {
    /** Folder by folder, each by its names. */
    static final Comparator<String> BY_PATH =
        (one, other) -> Arrays.compare(one.split("/"), other.split("/"));

    Format format() {
      return name.endsWith(".gz") ? Format.PACKED : Format.PLAIN;
    }

    /** The name of one of its lines. */
    String item(String line) {
      return name + "." + line;
    }

    @Override
    public String toString() {
      return "file(%s, %s)".formatted(Dsl.quoted(name), content);
    }
  }

  /** What is found under the name of a file. */
  record Content(State state, List<String> lines) {
    /** The ways in which a file can be there, or not. */
    enum State {
      WHOLE("text"),
      /** Another record begins behind the last one, and the file ends within it. */
      CUT("cut"),
      GONE("gone"),
      /** A folder has its name. */
      FOLDER("aFolder"),
      /** It is not packed, although its name says so. */
      NOT_PACKED("notPacked");

      private final String word;

      State(String word) {
        this.word = word;
      }
    }

    public Content {
      lines = List.copyOf(lines);
    }

    boolean isBroken() {
      return state != State.WHOLE;
    }

    boolean continues(Content earlier) {
      return lines.size() >= earlier.lines.size()
          && lines.subList(0, earlier.lines.size()).equals(earlier.lines);
    }

    @Override
    public String toString() {
      return "%s(%s)".formatted(state.word, Dsl.joined(Dsl.allQuoted(lines)));
    }
  }
}
