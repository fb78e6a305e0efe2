package dev.cairn.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.model.ModelChecker.Result;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may take a client for dead, if the database is out of reach or stands still for any time. */
@Timeout(600)
class LeaseModelTest {
  @Tag("thorough")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"{a, b} | 3 | 1", "{a, b, c} | 3 | 1", "{a, b} | 5 | 1", "{a, b} | 5 | 3"})
  void noOutageTakesTheJobsOfTheLiving(String clients, String timeout, String margin) {
    Result result =
        new ModelChecker("lease")
            .checkBriefly(
                "Lease",
                ModelChecker.configuration(
                    "Lease", Map.of("Clients", clients, "Timeout", timeout, "Margin", margin)));

    System.out.println(
        "model of the lease, %s, timeout %s, margin %s: %s"
            .formatted(clients, timeout, margin, result));
    assertThat(result.holds()).as(result.output()).isTrue();
    assertThat(result.states()).isGreaterThan(1_000);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "IsSteady <- AlwaysSteady",
        "StillMay <- AlwaysMay",
        "StillMay <- MayIfAlive",
        "StillMay <- MayIfNamed",
      })
  void aBrokenRuleIsFound(String rule) {
    Result result =
        new ModelChecker("lease")
            .checkBriefly(
                "LeaseMutants",
                ModelChecker.replacing(ModelChecker.configuration("Lease", Map.of()), rule));

    System.out.println("%s: %s".formatted(rule, result));
    assertThat(result.verdict()).as(result.output()).isEqualTo("TheLivingKeepTheirJobs");
  }

  /** Two clients do not beat at the same moment, but within one interval. */
  @Test
  void theMarginIsAtLeastAnInterval() {
    Result result =
        new ModelChecker("lease")
            .checkBriefly("Lease", ModelChecker.configuration("Lease", Map.of("Margin", "0")));

    assertThat(result.verdict()).as(result.output()).isEqualTo("TheLivingKeepTheirJobs");
  }

  /** The rules are not so strict that nobody rescues. */
  @Test
  void theJobsOfTheDeadAreTaken() {
    Result result =
        new ModelChecker("lease")
            .checkBriefly(
                "Lease",
                ModelChecker.onlyInvariant(
                    ModelChecker.configuration("Lease", Map.of()), "TheDeadKeepTheirJobs"));

    assertThat(result.verdict()).as(result.output()).isEqualTo("TheDeadKeepTheirJobs");
  }
}
