package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void helpNamesEveryCommandButTheHiddenOne() {
    CommandRun run = CommandRun.of("--help");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains(
            "demo ",
            "migrate ",
            "roles ",
            "work ",
            "man ",
            "jobs ",
            "queues ",
            "clients ",
            "periodic ",
            "stats ",
            "doctor ")
        .contains("./cairn bench")
        .doesNotContain("demo-worker");
  }

  @Test
  void wrongUsageIsExitCodeTwo() {
    assertThat(CommandRun.of("juggle").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("demo", "--kills", "many").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("demo", "--kills", "many").err()).contains("--kills");
  }

  @Test
  void aMissingCommandIsWrongUsage() {
    assertThat(CommandRun.of().exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("migrate").exitCode()).isEqualTo(2);
  }

  @Test
  void versionIsPrinted() {
    assertThat(CommandRun.of("--version").out()).startsWith("cairn ").contains("Java ");
  }
}
