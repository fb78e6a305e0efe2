package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page on performance is for users. Runs in full belong into the performance log. */
class PerformancePageTest {
  private static final Path PAGE = Path.of("..", "docs", "performance.md");
  private static final int LINES_MAX = 130;
  private static final int WORDS_MAX = 1_800;

  @Test
  void thePageStaysShort() throws IOException {
    List<String> lines = Files.readAllLines(PAGE);

    assertThat(lines).hasSizeBetween(50, LINES_MAX);
    assertThat(String.join(" ", lines).split("\\s+", -1)).hasSizeLessThan(WORDS_MAX);
  }
}
