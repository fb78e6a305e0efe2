package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoReportTest {
  private static DemoReport report(int kills, int killsWanted, long missing) {
    return report(Attack.KILL, kills, killsWanted, 0, missing);
  }

  private static DemoReport report(
      Attack attack, int kills, int killsWanted, int comebacks, long missing) {
    return new DemoReport(
        "/usr/share",
        7,
        7_000,
        0,
        attack,
        kills,
        killsWanted,
        3,
        List.of(),
        kills,
        comebacks,
        0,
        missing,
        0,
        0,
        0,
        1_500,
        0,
        new Summary(7, 7_000, 0, List.of(), 0, 0));
  }

  private static String text(DemoReport report) {
    return DemoText.of(
        report,
        new Demo.Settings(
            Path.of("/usr/share"),
            report.attack(),
            report.killsWanted(),
            3,
            Duration.ofSeconds(2)));
  }

  @Test
  void withoutAnyKillItHasShownNothingAndSaysSo() {
    DemoReport report = report(0, 3, 0);

    assertThat(report.hasShownWhatItShould()).isFalse();
    assertThat(text(report))
        .contains("0 of 3 (the work ended before the others", "No worker was killed", "--dir")
        .doesNotContain("Every file is in the table");
  }

  @Test
  void fewerKillsThanWantedAndNoneWantedWillDo() {
    assertThat(report(1, 3, 0).hasShownWhatItShould()).isTrue();
    assertThat(report(0, 0, 0).hasShownWhatItShould()).isTrue();
    assertThat(text(report(0, 0, 0))).contains("Every file is in the table exactly once");
  }

  @Test
  void itSaysHowManyThatSurvivedTheAttackLetGoOfTheJob() {
    assertThat(text(report(Attack.ZOMBIE, 3, 3, 3, 0)))
        .contains("freezes                3 (seed 3)", "gave up the job        3 of 3");
    assertThat(text(report(Attack.BLACKHOLE, 3, 3, 2, 0)))
        .contains("black holes            3 (seed 3)", "gave up the job        2 of 3");
    assertThat(text(report(3, 3, 0))).doesNotContain("let go");
  }

  @Test
  void aMissingFileWeighsMoreThanAMissingKill() {
    assertThat(report(3, 3, 1).hasShownWhatItShould()).isFalse();
    assertThat(text(report(0, 3, 1))).contains("The table is wrong");
  }
}
