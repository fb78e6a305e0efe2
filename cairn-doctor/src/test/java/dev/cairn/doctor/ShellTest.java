package dev.cairn.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mail", "a;b", "x y", "it's", "$(rm x)", "`x`", "", "'", "*", "a\\b", "-x", "\"q\""
      })
  void aShellTakesAWordAsItIs(String text) throws Exception {
    Process shell =
        new ProcessBuilder("sh", "-c", "printf %s " + Shell.word(text))
            .redirectErrorStream(true)
            .start();

    assertThat(new String(shell.getInputStream().readAllBytes(), UTF_8)).isEqualTo(text);
  }

  @Test
  void whatNeedsNoQuotesHasNone() {
    assertThat(Shell.word("resize_image")).isEqualTo("resize_image");
    assertThat(Shell.word("mail-2")).isEqualTo("mail-2");
  }
}
