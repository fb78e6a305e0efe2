package dev.cairn.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.model.ModelChecker.Result;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a client knows of its claims: the register, the lease, the search for orphans and the
 * rescue, each in small bounds. The tests tagged {@code long} break its rules; {@code
 * -Dcairn.model.large=true} adds larger bounds.
 */
@Timeout(3_600)
class ClaimsModelTest {
  /** One client, whose claims may fail and commit all the same. */
  private static final Map<String, String> SEARCH =
      Map.of("Clients", "{a}", "Lapses", "FALSE", "Fails", "TRUE", "Looks", "TRUE");

  /** The same, with renewals, and with jobs that are taken away and claimed again. */
  private static final Map<String, String> RENEWED_SEARCH =
      with(SEARCH, "ByClock", "TRUE", "Renews", "TRUE");

  /** Two claims of one client, whose answers come in any order. */
  private static final Map<String, String> ORDER =
      Map.of(
          "Clients",
          "{a}",
          "Fetchers",
          "{f, g}",
          "Lapses",
          "FALSE",
          "ByClock",
          "TRUE",
          "Looks",
          "TRUE");

  /** Two clients that lose their lease and rescue from each other. */
  private static final Map<String, String> LEASE = Map.of();

  /** One client that loses its lease, and nobody else. */
  private static final Map<String, String> ALONE = Map.of("Clients", "{a}", "Looks", "TRUE");

  /** One client, and a database that steps back. */
  private static final Map<String, String> BACK =
      Map.of("Clients", "{a}", "Lapses", "FALSE", "Looks", "TRUE", "StepsBack", "TRUE");

  private static final Map<String, String> TWO_FETCHERS = Map.of("Fetchers", "{f, g}");

  private static final Map<String, Map<String, String>> BOUNDS =
      Map.of(
          "search",
          SEARCH,
          "renewed search",
          RENEWED_SEARCH,
          "order",
          ORDER,
          "lease",
          LEASE,
          "alone",
          ALONE,
          "back",
          BACK);

  private static final Map<String, Map<String, String>> LARGE =
      Map.of(
          "three claims",
          with(LEASE, "MaxClaims", "3"),
          "search and lease",
          with(RENEWED_SEARCH, "Lapses", "TRUE", "StepsBack", "TRUE"),
          "three claims in any order",
          with(ORDER, "MaxClaims", "3", "Fails", "TRUE", "Looks", "TRUE"));

  static Stream<String> bounds() {
    return Boolean.getBoolean("cairn.model.large")
        ? Stream.concat(BOUNDS.keySet().stream(), LARGE.keySet().stream()).sorted()
        : BOUNDS.keySet().stream().sorted();
  }

  @Tag("thorough")
  @ParameterizedTest
  @MethodSource("bounds")
  void allInvariantsHold(String bounds) {
    var checker = new ModelChecker("claims");
    Result result =
        LARGE.containsKey(bounds)
            ? checker.check("Claims", named(bounds))
            : checker.checkBriefly("Claims", named(bounds));

    System.out.println("model of claims, %s: %s".formatted(bounds, result));
    assertThat(result.holds()).as(result.output()).isTrue();
    assertThat(result.states()).as("states, so that the search is no empty one").isGreaterThan(200);
  }

  /**
   * Each line: the rule and what takes its place, the bounds, and the invariant that then fails.
   */
  @Tag("long")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // The register and the search for orphans.
        "Known <- KnownToRun           | search         | WhoWorksHolds",
        "IsConfirmed <- FoundOnce      | search         | WhoWorksHolds",
        "IsConfirmed <- FoundTwice     | search         | WhoWorksHolds",
        "Named <- ByItsTimeAlone       | renewed search | WhoWorksHolds",
        "MayLook <- Never              | search         | NoLostJob",
        "MayLook <- OnlyInDoubt        | back           | NoLostJob",
        "Older <- NoneIsOlder          | order          | OneRunPerClient",
        "IsOutdated <- NeverOutdated   | order          | OneRunPerClient",
        // The lease and the rescue.
        "MaySeemDead <- Always         | lease          | WhoWorksHolds",
        "NewLease <- AsBefore          | lease          | WhoWorksHolds",
        "IsLate <- LateOnArrival       | lease          | WhoWorksHolds",
        "IsStillDead <- WasDead        | lease          | WhoWorksHolds",
        "MayClaim <- Always            | lease          | OneRescuePerDeath",
        // Signing off.
        "MaySignOff <- Always          | search         | NothingIsDropped",
        "AfterSignOff <- IsDeleted     | search         | NoLostJob",
        "AfterSignOff <- IsDeleted     | back           | NoLostJob",
      })
  void aBrokenRuleIsFound(String rules, String bounds, String invariant) {
    Result result =
        new ModelChecker("claims-broken")
            .checkBriefly("ClaimsMutants", ModelChecker.replacing(named(bounds), rules));

    System.out.println("%s: %s".formatted(rules, result));
    assertThat(result.verdict()).as(result.output()).isEqualTo(invariant);
    assertThat(result.actions()).isNotEmpty();
  }

  private static final String NO_LEASE =
      "MaySend <- Always, MayClaim <- Always, MayRescue <- AlwaysWith, NewLease <- AsBefore,"
          + " IsLate <- NeverLate, NoticeLapse <- NotNoticed";

  private static final String BY_JOB =
      "HasLost <- HasLostByJob, Older <- NoneIsOlder, IsOutdated <- NeverOutdated,"
          + " MayLook <- OnlyInDoubt";

  /** The faults that these rules were made for, with the rules that there were before. */
  static Stream<String[]> faults() {
    return Stream.of(
        new String[] {"a job is lost under a living client", BY_JOB, "order", "NoLostJob"},
        new String[] {"an outcome is dropped that holds", BY_JOB, "order", "NothingIsDropped"},
        new String[] {"a client rescues itself", NO_LEASE, "alone", "OneRescuePerDeath"});
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("faults")
  void theRulesOfOldHaveTheirFaults(String fault, String rules, String bounds, String invariant) {
    String configuration = ModelChecker.onlyInvariant(named(bounds), invariant);
    Result result =
        new ModelChecker("claims-old")
            .checkBriefly("ClaimsMutants", ModelChecker.replacing(configuration, rules));

    System.out.println("%s: %s".formatted(fault, result));
    assertThat(result.verdict()).as(result.output()).isEqualTo(invariant);
  }

  /** Provided that every statement ends, be it by a time limit. */
  @Tag("thorough")
  @ParameterizedTest
  @CsvSource({"search", "back"})
  void everyOrphanIsHandedBackInTheEnd(String bounds) {
    Result result =
        new ModelChecker("claims-end")
            .checkBriefly("Claims", ModelChecker.inTheEnd(named(bounds), "OrphansAreFound"));

    System.out.println("orphans of %s: %s".formatted(bounds, result));
    assertThat(result.holds()).as(result.output()).isTrue();
  }

  @Test
  void aSearchThatWaitsForRestMayNeverEnd() {
    Result result =
        new ModelChecker("claims-end")
            .checkBriefly(
                "ClaimsMutants",
                ModelChecker.replacing(
                    ModelChecker.inTheEnd(named("search"), "OrphansAreFound"),
                    "IsConfirmed <- FoundAtRest"));

    assertThat(result.verdict()).as(result.output()).isEqualTo(Result.NEVER);
  }

  /**
   * A known limit: a claim that the server holds between its snapshot and its lock for longer than
   * the timeout, while another one of the same client is rescued.
   */
  @ParameterizedTest
  @EnabledIfSystemProperty(named = "cairn.model.large", matches = "true")
  @CsvSource(
      delimiter = '|',
      value = {
        "IsStillDead <- IsStillDead     | OneRescuePerDeath",
        "IsStillDead <- IsDeadAndAtRest | holds"
      })
  void aDeathIsCountedTwiceIfAClaimHangsAndLocksNoClient(String rules, String verdict) {
    Result result =
        new ModelChecker("claims-hang")
            .check("ClaimsMutants", ModelChecker.replacing(named("two fetchers"), rules));

    System.out.println("%s: %s".formatted(rules, result));
    assertThat(result.verdict()).as(result.output()).isEqualTo(verdict);
  }

  private static String named(String bounds) {
    Map<String, String> constants = BOUNDS.getOrDefault(bounds, LARGE.get(bounds));
    return ModelChecker.configuration(
        "Claims",
        bounds.equals("two fetchers") ? TWO_FETCHERS : Objects.requireNonNull(constants, bounds));
  }

  /** Bounds like others, but for some constants: names and values in turn. */
  private static Map<String, String> with(Map<String, String> bounds, String... constants) {
    var changed = new HashMap<>(bounds);
    for (int i = 0; i < constants.length; i += 2) {
      changed.put(constants[i], constants[i + 1]);
    }
    return Map.copyOf(changed);
  }
}
