package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobState;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The form of docs/glossary.md. {@link LinksTest} follows its links. */
class GlossaryTest {
  private static final Path PAGE = Path.of("../docs/glossary.md");
  private static final Pattern ROW = Pattern.compile("\\| \\*\\*(.+?)\\*\\* \\| (.+) \\| (.+) \\|");
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]+]\\([a-z-]+\\.md(#[a-z-]+)?\\)");
  private static final Pattern SENTENCE = Pattern.compile("\\.(?: |$)");

  private record Entry(String term, String meaning, String more) {}

  private static List<Entry> entries() {
    return PageCode.lines(PAGE).stream()
        .map(ROW::matcher)
        .filter(row -> row.matches())
        .map(row -> new Entry(row.group(1), row.group(2), row.group(3)))
        .toList();
  }

  private static Stream<String> bold() {
    return Pattern.compile("\\*\\*(.+?)\\*\\*")
        .matcher(String.join("\n", PageCode.lines(PAGE)))
        .results()
        .map(found -> found.group(1));
  }

  @Test
  void eachTermInBoldIsOneEntry() {
    assertThat(entries()).hasSizeGreaterThan(50);
    assertThat(bold()).containsExactlyElementsOf(entries().stream().map(Entry::term).toList());
    assertThat(bold().map(term -> term.toLowerCase(Locale.ROOT)))
        .doesNotHaveDuplicates()
        .isSorted();
  }

  @Test
  void eachMeaningHasOneSentenceOrTwoAndALink() {
    assertThat(entries())
        .allSatisfy(entry -> {
          assertThat(SENTENCE.matcher(entry.meaning()).results().count()).isBetween(1L, 2L);
          assertThat(entry.meaning()).endsWith(".");
          assertThat(entry.more()).matches(LINK);
        });
  }

  @Test
  void eachStateOfAJobIsATerm() {
    assertThat(entries().stream().map(Entry::term))
        .contains(Stream.of(JobState.values()).map(JobState::label).toArray(String[]::new));
  }
}
