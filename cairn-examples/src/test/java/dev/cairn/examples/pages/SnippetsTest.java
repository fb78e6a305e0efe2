package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a reader copies from a page is compiled: each block is a region of a source. */
class SnippetsTest {
  private static final List<PageCode> REGIONS = PageCode.regions();

  static Stream<PageCode> blocks() {
    return PageCode.blocks().stream();
  }

  static Stream<PageCode> regions() {
    return REGIONS.stream();
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void aBlockOfAPageIsCompiled(PageCode block) {
    String page = block.pages().getFirst();
    List<PageCode> candidates =
        REGIONS.stream().filter(region -> region.pages().contains(page)).toList();

    Predicate<PageCode> isCompiled =
        each -> isWholeFile(each) || candidates.stream().anyMatch(one -> one.says(each.text()));
    assertThat(block)
        .as(() -> difference(block, candidates))
        .matches(isCompiled, "is a region of a source");
  }

  /** A program with its package is shown as a whole, and needs no mark. */
  private static boolean isWholeFile(PageCode block) {
    return block.text().startsWith("package ")
        && PageCode.sources().stream()
            .anyMatch(source -> block.says(String.join("\n", PageCode.lines(source))));
  }

  private static String difference(PageCode block, List<PageCode> candidates) {
    return block
        .nearest(candidates)
        .map(region ->
            "%s says '%s', where the region of %s says '%s'"
                .formatted(block, block.from(region), region, region.from(block)))
        .orElse(
            "%s has no region: mark one by '// docs: %s' and '// end docs', or put '<!-- not compiled: REASON -->' before the block"
                .formatted(block, block.pages().getFirst()));
  }

  @ParameterizedTest
  @MethodSource("regions")
  void aRegionIsOnEachPageThatItNames(PageCode region) {
    List<String> showing =
        PageCode.blocks().stream()
            .filter(block -> region.says(block.text()))
            .map(block -> block.pages().getFirst())
            .toList();

    assertThat(showing).as(region.toString()).containsAll(region.pages());
  }

  @Test
  void aBlockWithoutARegionAndOneThatDiffersAreFound() {
    var page = Path.of("../docs/some.md");
    List<PageCode> blocks =
        PageCode.blocks(
            page,
            """
            <!-- not compiled: the code of another library -->

            ```java
            elsewhere();
            ```

            ```java
            int one = 1;   // first
            ```
            """
                .lines()
                .toList());
    String begin = "  // docs" + ": some.md"; // in one piece it would be a region of this file
    List<PageCode> regions =
        PageCode.regions(
            Path.of("../Some.java"),
            List.of(
                begin,
                "  int one = 1; // first",
                "  // end docs",
                begin,
                "  int two = 2;",
                "  // end docs"));

    assertThat(blocks.stream().map(PageCode::text).collect(Collectors.joining()))
        .isEqualTo("int one = 1;   // first");
    assertThat(regions).hasSize(2);
    assertThat(regions.getFirst().says(blocks.getFirst().text())).isTrue();
    assertThat(regions.getLast().says(blocks.getFirst().text())).isFalse();
    assertThat(difference(blocks.getFirst(), regions.subList(1, 2)))
        .contains("docs/some.md, line 8", "one=1;", "Some.java, line 5", "two=2;");
    assertThat(difference(blocks.getFirst(), List.of())).contains("// docs: some.md");
  }
}
