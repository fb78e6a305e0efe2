package dev.cairn.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every fault that was found has tests, and the table of them is right. */
class PromiseTableTest {
  private static final Path DOCS = Path.of("../docs");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| ([A-Z]\\d+) \\|[^|]*\\| (.*) \\|$");
  private static final Pattern LINK = Pattern.compile("\\[(\\w+)]\\(([^)]*)\\)((?: `\\w+`)*)");
  private static final Pattern METHOD = Pattern.compile("`(\\w+)`");

  private static List<MatchResult> rows() throws IOException {
    return ROW.matcher(Files.readString(DOCS.resolve("promise.md"))).results().toList();
  }

  @Test
  void everyFaultHasItsRow() throws IOException {
    List<String> faults =
        Stream.of(
                IntStream.rangeClosed(1, 8).mapToObj(n -> "A" + n),
                IntStream.rangeClosed(1, 12).mapToObj(n -> "B" + n),
                IntStream.rangeClosed(1, 11).mapToObj(n -> "C" + n),
                IntStream.rangeClosed(1, 3).mapToObj(n -> "D" + n),
                Stream.of("E1", "E2", "E3"),
                IntStream.rangeClosed(5, 10).mapToObj(n -> "E" + n),
                IntStream.rangeClosed(1, 5).mapToObj(n -> "G" + n),
                IntStream.rangeClosed(1, 5).mapToObj(n -> "L" + n),
                IntStream.rangeClosed(1, 24).mapToObj(n -> "H" + n),
                IntStream.rangeClosed(1, 6).mapToObj(n -> "S" + n))
            .flatMap(each -> each)
            .toList();

    assertThat(rows()).extracting(row -> row.group(1)).containsExactlyElementsOf(faults);
  }

  @Test
  void everyFaultHasATest() throws IOException {
    for (MatchResult row : rows()) {
      assertThat(LINK.matcher(row.group(2)).results()).as(row.group(1)).isNotEmpty();
    }
  }

  @Test
  void everyTestThatIsNamedIsThere() throws IOException {
    List<MatchResult> tests =
        LINK.matcher(Files.readString(DOCS.resolve("promise.md")))
            .results()
            .filter(link -> link.group(2).endsWith(".java"))
            .toList();
    assertThat(tests).hasSizeGreaterThan(40);
    for (MatchResult test : tests) {
      String source = Files.readString(DOCS.resolve(test.group(2)));
      assertThat(source).as(test.group(1)).contains("class " + test.group(1));
      assertThat(source).as(test.group(1)).containsPattern("@(Test|ParameterizedTest|TestFactory)");
      METHOD
          .matcher(test.group(3))
          .results()
          .forEach(method ->
              assertThat(source).as(test.group(1)).contains("void " + method.group(1) + "("));
    }
  }
}
