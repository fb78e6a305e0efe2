package dev.cairn.chaos.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.attack.Attacks;
import dev.cairn.chaos.fleet.FleetPlan;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import dev.cairn.chaos.verdict.Finding;
import dev.cairn.chaos.verdict.Promise;
import dev.cairn.chaos.verdict.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a report says of attacks that came to nothing. */
class CampaignReportTest {
  private static final List<Finding> NONE = List.of();

  @Test
  void attacksThatStruckAndMetJobsAreACleanRun() {
    CampaignResult result = result(NONE, 7, strike("kill", true), strike("freeze", true));

    assertThat(result.exitCode()).isZero();
    assertThat(new CampaignReport(result, "./cairn chaos").markdown())
        .contains("All promises were kept", "freeze 1, kill 1")
        .doesNotContain("Never struck", "No attack met");
  }

  @Test
  void anAttackThatNeverStruckIsToldAndChangesTheExitCode() {
    CampaignResult result = result(NONE, 7, strike("kill", true), strike("freeze", false));

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(new CampaignReport(result, "./cairn chaos").markdown())
        .contains("Never struck, so nothing is known of them: freeze.", "Strikes: kill 1.");
    assertThat(new CampaignReport(result, "./cairn chaos").json())
        .contains("\"missed\": [\"freeze\"]");
  }

  @Test
  void soIsAnAttackThatHadNoTurn() {
    assertThat(result(NONE, 7, strike("kill", true)).missed()).containsExactly("freeze");
  }

  @Test
  void attacksThatMetNoJobAreTold() {
    CampaignResult result = result(NONE, 0, strike("kill", true), strike("freeze", true));

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(new CampaignReport(result, "./cairn chaos").markdown())
        .contains("No attack met a job");
  }

  @Test
  void aBrokenPromiseWeighsMost() {
    var finding = new Finding(Promise.NO_ROW_TWICE, 7, "twice");
    CampaignResult result = result(List.of(finding), 0, strike("kill", true));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(new CampaignReport(result, "./cairn chaos").markdown())
        .contains("Broken promises", "Never struck", "No attack met a job");
  }

  @Test
  void theCommandRepeatsTheRunAndHidesThePassword() {
    assertThat(markdown(result(NONE, 7, strike("kill", true))))
        .contains(
            "./cairn chaos --attack kill,freeze --seed 1 --workers 2 --heartbeat 4s --duration"
                + " 1m30s --rate 6 --rotations 1 --jobs 700 --url"
                + " jdbc:postgresql://db:5432/staging?...")
        .doesNotContain("secret");
  }

  @Test
  void theLoadIsTheOneThatWasThere() {
    CampaignResult result = result(NONE, 7, strike("kill", true));

    assertThat(markdown(result)).contains("| kill, freeze | 4.0/s |", "intended load was 6.0/s");
    assertThat(new CampaignReport(result, "./cairn chaos").json())
        .contains(
            "\"pairs\": false, \"workers\": 2, \"seconds\": 25, \"loadWished\": 6.00, \"load\":"
                + " 4.00");
  }

  @Test
  void placesThatAttacksTakeInTurnAreCounted() {
    CampaignResult result = result(NONE, 7, strike("kill", true));

    assertThat(markdown(result)).contains("Places: kill: at work 3.");
    assertThat(new CampaignReport(result, "./cairn chaos").json())
        .contains("\"places\": {\"kill: at work\": 3}");
  }

  @Test
  void attacksThatFailedOnTheWayAreTold() {
    CampaignResult result = result(NONE, 7, strike("kill", true));

    assertThat(markdown(result)).contains("failed before their end:\n\n- kill: it is \"gone\"");
    assertThat(new CampaignReport(result, "./cairn chaos").json())
        .contains("\"failures\": [\"kill: it is \\\"gone\\\"\"]");
  }

  private static String markdown(CampaignResult result) {
    return new CampaignReport(result, "./cairn chaos").markdown();
  }

  private static Strike strike(String attack, boolean whole) {
    return new Strike(attack, "w1-1", 0, 1, Set.of(Harm.DEATH), whole);
  }

  private static CampaignResult result(List<Finding> findings, long met, Strike... strikes) {
    var options =
        new CampaignOptions(
            Attacks.named(List.of("kill", "freeze")),
            false,
            1,
            FleetPlan.of(2, Duration.ofSeconds(4)),
            6,
            Duration.ofSeconds(90),
            1,
            700,
            "jdbc:postgresql://db:5432/staging?user=me&password=secret",
            Path.of("."));
    var verdict =
        new Verdict(findings, 10, 12, 1, met, 4, 0, 0, Map.of(), Map.of(), 0, 0, 0, 0, 0, 0);
    var pace = new CampaignResult.Pace(6, 100, Duration.ofSeconds(25));
    return new CampaignResult(
        options,
        pace,
        List.of(strikes),
        Map.of("kill: at work", 3L),
        List.of("kill: it is \"gone\""),
        verdict);
  }
}
