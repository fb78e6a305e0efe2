package dev.cairn.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every rule of the specification has tests, and the table of them in the guide is right. */
class RuleTableTest {
  private static final Path ROOT = Path.of("..");
  private static final int RULES = 42;
  private static final Pattern TEST = Pattern.compile("void r(\\d+)_\\w+\\(");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| R(\\d+) \\|[^|]*\\| (.*) \\|$");
  private static final Pattern CELL = Pattern.compile("\\[(\\w+)]\\([^)]*\\) (\\d+)");

  @Test
  void everyRuleIsHeldByTheTestsOfTheTable() throws IOException {
    Map<Integer, Map<String, Integer>> found = new TreeMap<>();
    for (Path source : sources()) {
      TEST.matcher(Files.readString(source))
          .results()
          .forEach(test ->
              found
                  .computeIfAbsent(Integer.valueOf(test.group(1)), rule -> new TreeMap<>())
                  .merge(name(source), 1, Integer::sum));
    }
    Map<Integer, Map<String, Integer>> table = new TreeMap<>();
    ROW.matcher(Files.readString(ROOT.resolve("docs/resumable-rules.md")))
        .results()
        .forEach(row -> table.put(Integer.valueOf(row.group(1)), cells(row.group(2))));

    assertThat(found.keySet())
        .isEqualTo(new TreeSet<>(IntStream.rangeClosed(1, RULES).boxed().toList()));
    assertThat(table).isEqualTo(found);
  }

  private static Map<String, Integer> cells(String text) {
    var cells = new TreeMap<String, Integer>();
    for (MatchResult cell : CELL.matcher(text).results().toList()) {
      cells.put(cell.group(1), Integer.valueOf(cell.group(2)));
    }
    return cells;
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules
          .map(module -> module.resolve("src/test/java"))
          .filter(Files::isDirectory)
          .flatMap(RuleTableTest::below)
          .toList();
    }
  }

  private static Stream<Path> below(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(Path source) {
    return source.getFileName().toString().replace(".java", "");
  }
}
