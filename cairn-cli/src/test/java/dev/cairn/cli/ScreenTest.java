package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScreenTest {
  private final StringWriter terminal = new StringWriter();
  private final Screen screen = new Screen(Output.on(new PrintWriter(terminal)));

  private String drawn() {
    String drawn = terminal.toString();
    terminal.getBuffer().setLength(0);
    return drawn;
  }

  /**
   * The cursor is one line lower then, so that the next picture would be drawn over the message.
   */
  @Test
  void aMessageIsNotDrawnOver() {
    screen.draw(List.of("one", "two"));
    screen.draw(List.of("one", "two"));
    assertThat(drawn()).contains("\u001b[2A");

    screen.line("The database does not answer.");
    screen.draw(List.of("one", "two"));

    assertThat(drawn()).contains("The database does not answer.").doesNotContain("\u001b[2A");
    screen.draw(List.of("one"));
    assertThat(drawn()).contains("\u001b[2A");
  }
}
