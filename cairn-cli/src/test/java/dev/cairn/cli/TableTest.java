package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.cli.Table.Column;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableTest {
  private final Table table =
      new Table(Column.number("id"), Column.cut("kind", 6), Column.cut("error", 8))
          .row("7", "send_email_to_customers", "the server does not answer")
          .row("1234", "sleep", "-");

  @Test
  void columnsAreAsWideAsTheirCells() {
    assertThat(table.lines(Integer.MAX_VALUE))
        .containsExactly(
            "  id  kind                     error",
            "   7  send_email_to_customers  the server does not answer",
            "1234  sleep                    -");
  }

  @Test
  void theWidestColumnsGiveWayFirst() {
    assertThat(table.lines(40))
        .containsExactly(
            "  id  kind              error",
            "   7  send_email_to_..  the server doe..",
            "1234  sleep             -");
  }

  @ParameterizedTest
  @CsvSource({"57, 57", "30, 30", "22, 22", "10, 22"})
  void noLineIsLongerThanTheTerminalUnlessItIsTooNarrowForAnything(int terminal, int longest) {
    assertThat(table.lines(terminal).stream().mapToInt(TextWidth::of).max()).hasValue(longest);
  }

  @Test
  void charactersOfTwoColumnsAndOfNoneStayInTheirColumn() {
    List<String> lines =
        new Table(Column.cut("kind", 4), Column.text("state"))
            .row("\u6ce8\u6587\u3092\u51fa\u8377", "a")
            .row("cafe\u0301", "b")
            .row("\u2713 \u2192", "c")
            .lines(Integer.MAX_VALUE);

    assertThat(lines.stream().map(line -> TextWidth.of(line.substring(0, line.length() - 1))))
        .containsExactly(TextWidth.of("kind        stat"), 12, 12, 12);
  }

  @Test
  void whatIsCutEndsWithDotsAndNeverInHalfACharacter() {
    assertThat(TextWidth.fit("\u6ce8\u6587\u3092", 5)).isEqualTo("\u6ce8..");
    assertThat(TextWidth.fit("\u6ce8\u6587\u3092", 6)).isEqualTo("\u6ce8\u6587\u3092");
    assertThat(TextWidth.fit("abc", 2)).isEqualTo("..");
    assertThat(TextWidth.fit("abc", 0)).isEmpty();
    assertThat(TextWidth.fit("\ud83d\ude00\ud83d\ude00\ud83d\ude00", 5))
        .isEqualTo("\ud83d\ude00..");
    assertThat(TextWidth.right("7", 3)).isEqualTo("  7");
  }

  @Test
  void aRowHasACellForEachColumn() {
    assertThatThrownBy(() -> table.row("1")).hasMessage("a row needs 3 cells, not 1");
  }
}
