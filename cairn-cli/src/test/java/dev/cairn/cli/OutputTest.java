package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.cli.Picture.Control;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OutputTest {
  private static final String LOST =
      "the output could not be written: its reader has ended, or the disk is full [CAIRN-906]";

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream stream = new PrintStream(printed, false, StandardCharsets.UTF_8);
  private final Output output = Output.on(stream);

  private String printed() {
    output.flush();
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aLineIsOneLineWhateverItHolds() {
    output.line("one\ntwo\r\nthree\tfour\u2028five\u001b[2J");
    assertThat(printed()).isEqualTo("one?two??three?four?five?[2J%n".formatted());
  }

  @Test
  void whatNobodyGetsIsAnErrorOfTheCommand() {
    var errors = new ByteArrayOutputStream();

    int code = Main.run(Broken.stream(), new PrintStream(errors, true), "--version");

    assertThat(code).isEqualTo(ExitCodes.FAILED);
    assertThat(errors.toString(StandardCharsets.UTF_8))
        .isEqualTo("Error: " + LOST + System.lineSeparator());
    Output broken = Output.on(Broken.stream());
    assertThatThrownBy(() -> broken.line("x")).hasMessage(LOST);
    assertThatThrownBy(() -> broken.text("x\n")).hasMessage(LOST);
    assertThatCode(() -> broken.message("x")).doesNotThrowAnyException();
    assertThatCode(() -> Output.onErrors(Broken.stream()).line("x")).doesNotThrowAnyException();
  }

  @Test
  void aTextKeepsItsLinesAndTabs() {
    output.text("one\r\n\ttwo\rthree\u009b2J\u202e\n");
    output.text("\r");
    output.text("\n\r!");
    assertThat(printed()).isEqualTo("one\r\n\ttwo?three?2J?\n\r\n?!");
  }

  @Test
  void whatHasNoEffectOfItsOwnStays() {
    String text = "gr\u00fc\u00dfe, \u6771\u4eac, \ud83d\ude80, \u0645\u06cc\u200c\u062e, \u05d0";
    output.line(text);
    assertThat(printed()).isEqualTo(text + System.lineSeparator());
  }

  @Test
  void everyWayToWriteIsPlain() {
    output.print("\u001b");
    output.print('\u001b');
    output.print(new char[] {'\u001b'});
    output.append('\u001b').append("\u001b").append("-\u001b-", 1, 2);
    output.write('\u001b');
    output.write("\u001b");
    output.printf("%s", "\u001b");
    assertThat(printed()).isEqualTo("?????????");
  }

  @Test
  void aPictureHasOurSequencesAndPlainText() {
    output.draw(
        new Picture()
            .control(Control.RETURN)
            .text("a\u001b[2J\rb")
            .control(Control.NEW_LINE)
            .up(2));
    assertThat(printed()).isEqualTo("\ra?[2J?b\n\u001b[2A");
  }

  @Test
  void loggersAreHeardInPlainText() {
    try (var errors = new PlainStream(stream)) {
      errors.println("a\u001b[2J");
      errors.print("b\u202e\n");
      new IllegalStateException("c\u009b2J").printStackTrace(errors);
      errors.printf("%s%n", "d\u001b");
    }
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .startsWith("a?[2J%nb?\n".formatted())
        .contains("IllegalStateException: c?2J", "\tat ", "d?");
  }
}
