package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether the keyboard can be read. */
class KeyboardTest {
  /** Number, name, state, parent, group, session, terminal, and the group that has the terminal. */
  @ParameterizedTest
  @CsvSource({
    "7 (java) S 1 7 5 34816 7 4194304, false",
    "7 (java) S 1 7 5 34816 5 4194304, true",
    "7 (a) name) S 1 7 5 34816 5 4194304, true",
    "7 (java) S 1 7 5 0 -1 4194304, false",
    "nonsense, false"
  })
  void aProcessIsInTheBackgroundIfAnotherGroupHasTheTerminal(String stat, boolean background) {
    assertThat(Keyboard.isInBackground(stat)).isEqualTo(background);
  }

  @ParameterizedTest
  @CsvSource({
    "/dev/pts/3, true",
    "/dev/tty1, true",
    "/dev/console, true",
    "/dev/null, false",
    "pipe:[71], false",
    "/home/ada/input, false"
  })
  void aPipeOrAFileCanAlwaysBeRead(String file, boolean terminal) {
    assertThat(Keyboard.isTerminal(file)).isEqualTo(terminal);
  }
}
