package dev.cairn.programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Changes of the text of Cairn's classes that make a fault of them. */
record Planting(List<Change> changes) {
  private static final Path CORE = Path.of("../cairn-core/src/main/java/dev/cairn");
  private static final Path TEST_KIT = Path.of("src/main/java/dev/cairn/testing");

  Planting {
    changes = List.copyOf(changes);
  }

  /**
   * One change.
   *
   * @param source the file of the class
   * @param right code that it has once, whatever its line breaks
   * @param wrong what comes in its place
   */
  record Change(Path source, String right, String wrong) {
    String className() {
      return source.getFileName().toString().replace(".java", "");
    }

    private String in(String code) {
      Pattern pattern =
          Pattern.compile(
              Arrays.stream(right.strip().split("\\s+"))
                  .map(Pattern::quote)
                  .collect(Collectors.joining("\\s+")));
      long found = pattern.matcher(code).results().count();
      if (found != 1) {
        throw new IllegalStateException(
            ("%s has this code %d times, and should have it once. If the class has changed, plant "
                    + "the fault into its new code: %s")
                .formatted(source, found, right));
      }
      return pattern.matcher(code).replaceFirst(Matcher.quoteReplacement(wrong));
    }
  }

  /**
   * A change of a class of the core.
   *
   * @param name that of the class, without {@code dev.cairn.}
   */
  static Planting inCore(String name, String right, String wrong) {
    return new Planting(List.of()).andInCore(name, right, wrong);
  }

  /** A change of a class of the test kit. */
  static Planting inTestKit(String name, String right, String wrong) {
    return new Planting(List.of()).andInTestKit(name, right, wrong);
  }

  /** One more change, in the same class or another one. */
  Planting andInCore(String name, String right, String wrong) {
    return with(new Change(CORE.resolve(name.replace('.', '/') + ".java"), right, wrong));
  }

  /** Likewise in the test kit. */
  Planting andInTestKit(String name, String right, String wrong) {
    return with(new Change(TEST_KIT.resolve(name + ".java"), right, wrong));
  }

  private Planting with(Change change) {
    var all = new ArrayList<>(changes);
    all.add(change);
    return new Planting(all);
  }

  /** The simple names of the classes that are changed. */
  Set<String> classNames() {
    return changes.stream()
        .map(Change::className)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /**
   * The sources with the fault, by their files.
   *
   * @throws IllegalStateException if the code is not there that is to be changed
   */
  Map<Path, String> sources() throws IOException {
    var sources = new LinkedHashMap<Path, String>();
    for (Change change : changes) {
      String code = sources.get(change.source());
      sources.put(
          change.source(), change.in(code == null ? Files.readString(change.source()) : code));
    }
    return sources;
  }
}
