package dev.cairn.benchmarks.loops;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The files that loops read, in a folder of their own. */
final class LoopFiles implements AutoCloseable {
  private static final int FILES_IN_FOLDER = 1_000;
  private static final int ITEMS_FOR_FILE = 10;

  private final Path folder = Files.createTempDirectory("cairn-loops");
  private final int items;

  /**
   * Files that are not written yet.
   *
   * @param items the number of lines and rows, and ten times the number of files of the tree
   */
  LoopFiles(int items) throws IOException {
    this.items = items;
  }

  /** The text of an item. The last one is longer than all others: that shows the end of a loop. */
  String text(int number) {
    return Loops.TEXT + number + (number == items ? ", the last one" : "");
  }

  Path lines() {
    return folder.resolve("lines.txt");
  }

  /** Rows with a number and a quoted text. */
  Path csv() {
    return folder.resolve("rows.csv");
  }

  Path tree() {
    return folder.resolve("tree");
  }

  int filesOfTree() {
    return Math.max(1, items / ITEMS_FOR_FILE);
  }

  /** The name of a file of the tree. That of the last one is longer than all others. */
  String nameInTree(int number) {
    return number == filesOfTree()
        ? "%09d, the last one".formatted(number)
        : "%09d".formatted(number);
  }

  void write() throws IOException {
    Files.write(lines(), numbers(items).mapToObj(this::text).toList());
    Files.write(
        csv(), Stream.concat(Stream.of("id,text"), numbers(items).mapToObj(this::row)).toList());
    for (int number : numbers(filesOfTree()).toArray()) {
      Path file = tree().resolve("%06d".formatted(number / FILES_IN_FOLDER));
      Files.createDirectories(file);
      Files.createFile(file.resolve(nameInTree(number)));
    }
  }

  private static IntStream numbers(int last) {
    return IntStream.rangeClosed(1, last);
  }

  private String row(int number) {
    return "%d,\"%s\"".formatted(number, text(number));
  }

  @Override
  public void close() throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) {
      Files.delete(each);
    }
  }
}
