package dev.cairn.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.model.ModelChecker.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The invariants of the protocol in all states within small bounds, and that each of them would be
 * violated if a rule were broken. The tests tagged {@code long} add wider bounds and the broken
 * rules; with {@code -Dcairn.model.large=true} they add larger ones still, which take some minutes.
 */
@Timeout(3_600)
class ModelTest {
  /** One step that is made of two items, buffered or in transactions. */
  private static final Map<String, String> WIDE_CURSOR =
      Map.of("Steps", "{1}", "Last", "2", "MaxWrites", "2", "MaxRenewals", "0");

  /** The same with one write. */
  private static final Map<String, String> CURSOR = with(WIDE_CURSOR, "MaxWrites", "1");

  /** The same with three writes, so that something can be done after a rollback. */
  private static final Map<String, String> LONG_CURSOR = with(WIDE_CURSOR, "MaxWrites", "3");

  /** Two steps, each done at once; the client that takes a job away may be the one that has it. */
  private static final Map<String, String> WIDE_STEPS =
      Map.of(
          "Steps", "{1, 2}", "Last", "1", "MaxWrites", "2", "MaxRenewals", "0", "Clients", "{a}");

  /** The same with one write. */
  private static final Map<String, String> STEPS = with(WIDE_STEPS, "MaxWrites", "1");

  /** A claim that is renewed, or not heard of. */
  private static final Map<String, String> WIDE_RENEWAL =
      Map.of(
          "Steps",
          "{1}",
          "Last",
          "1",
          "MaxWrites",
          "1",
          "MaxRenewals",
          "1",
          "AnswersGetLost",
          "TRUE");

  /** The same with one client. */
  private static final Map<String, String> RENEWAL = with(WIDE_RENEWAL, "Clients", "{a}");

  /** Two claims of one client. */
  private static final Map<String, String> TWO_CLAIMS = with(WIDE_CURSOR, "Clients", "{a}");

  /** The same, and two items that a database may lose while the client goes on. */
  private static final Map<String, String> BACK_CURSOR =
      with(TWO_CLAIMS, "StepsBack", "TRUE", "MaxClaims", "1");

  private static final Map<String, String> BACK_STEPS =
      with(WIDE_STEPS, "StepsBack", "TRUE", "MaxClaims", "1");

  /** Two claims, of which the database may lose one. */
  private static final Map<String, String> BACK_CLAIMS =
      with(TWO_CLAIMS, "StepsBack", "TRUE", "Last", "1", "MaxWrites", "1");

  /** Two steps that are worked side by side. */
  private static final Map<String, String> BACK_BRANCHES = with(BACK_STEPS, "Branches", "TRUE");

  private static final Map<String, Map<String, String>> BOUNDS =
      Map.ofEntries(
          Map.entry("cursor", CURSOR),
          Map.entry("wide cursor", WIDE_CURSOR),
          Map.entry("long cursor", LONG_CURSOR),
          Map.entry("renewal", RENEWAL),
          Map.entry("two claims", TWO_CLAIMS),
          Map.entry("back cursor", BACK_CURSOR),
          Map.entry("back steps", BACK_STEPS),
          Map.entry("back claims", BACK_CLAIMS),
          Map.entry("back branches", BACK_BRANCHES));

  private static final List<Map<String, String>> LARGE =
      List.of(
          with(LONG_CURSOR, "MaxRenewals", "1"),
          with(WIDE_STEPS, "MaxWrites", "3", "Clients", "{a, b}"),
          with(WIDE_RENEWAL, "MaxClaims", "3", "MaxAttempts", "3"),
          with(TWO_CLAIMS, "StepsBack", "TRUE"),
          with(WIDE_STEPS, "StepsBack", "TRUE"),
          with(WIDE_RENEWAL, "StepsBack", "TRUE"));

  /** The smallest in which every broken rule below that concerns them is found. */
  static List<Map<String, String>> bounds() {
    return List.of(CURSOR, STEPS, RENEWAL, BACK_CURSOR, BACK_STEPS, BACK_CLAIMS, BACK_BRANCHES);
  }

  static List<Map<String, String>> widerBounds() {
    var bounds = new ArrayList<>(List.of(WIDE_CURSOR, WIDE_STEPS, WIDE_RENEWAL));
    if (Boolean.getBoolean("cairn.model.large")) {
      bounds.addAll(LARGE);
    }
    return bounds;
  }

  @Tag("thorough")
  @ParameterizedTest
  @MethodSource("bounds")
  void allInvariantsHold(Map<String, String> bounds) {
    String configuration = ModelChecker.configuration("Cairn", bounds);
    assertAllHold(bounds, new ModelChecker("invariants").checkBriefly("Cairn", configuration));
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("widerBounds")
  void allInvariantsHoldInWiderBounds(Map<String, String> bounds) {
    String configuration = ModelChecker.configuration("Cairn", bounds);
    assertAllHold(bounds, new ModelChecker("invariants").check("Cairn", configuration));
  }

  private static void assertAllHold(Map<String, String> bounds, Result result) {
    System.out.println("model of %s: %s".formatted(bounds, result));
    assertThat(result.holds()).as(result.output()).isTrue();
    assertThat(result.states())
        .as("states, so that the search is no empty one")
        .isGreaterThan(3_000);
  }

  /**
   * Each line: the rule and what takes its place, the bounds, and the invariant that then fails.
   */
  @Tag("long")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Held <- HeldByNameAlone                 | cursor        | StaleRunWritesNothing",
        "Held <- HeldByState                     | cursor        | StaleRunWritesNothing",
        "Held <- HeldAlsoWhileWaiting            | cursor        | StaleRunWritesNothing",
        "MayFinish <- FinishIfRunning            | cursor        | StaleRunWritesNothing",
        "NextAt <- ClockStandsStill              | cursor        | StaleRunWritesNothing",
        "Locked <- NoLock                        | cursor        | StaleRunWritesNothing",
        "MayRescue <- AlwaysRescue               | cursor        | StaleRunWritesNothing",
        "IsNewer <- AlwaysNewer                  | wide cursor   | CheckpointsGoForward",
        "IsNewer <- AlwaysNewer                  | back cursor   | OnlyLossIsRefused",
        "OpenTx <- OpenTxWithoutItsCheckpoint    | cursor        | NoCheckpointAhead",
        "AfterTx <- MemoryRunsAhead              | back cursor   | NoCheckpointAhead",
        "CommitWrite <- CommitRowsAlone          | cursor        | NoRowsAhead",
        "MayOpenTx <- AlwaysOpenTx               | back cursor   | NothingDurableRunsAgain",
        "Resumed <- FromZero                     | cursor        | NothingDurableRunsAgain",
        "MayBegin <- AlwaysBegin                 | back steps    | StepsInOrder",
        "Note <- NoNote                          | renewal       | ClaimsHold",
        "AfterCrash <- UsedUp                    | renewal       | AttemptsAreFailures",
        "AfterInterruption <- UsedUp             | renewal       | AttemptsAreFailures",
        "MayHandBack <- NeverHandBack            | renewal       | NoLostJob",
        "MayForget <- AlwaysForget, StaysKnown <- IsForgotten | renewal | NoLostJob",
        // Two claims of one client in one statement.
        "Saves <- SavesByJob                     | two claims    | StaleRunWritesNothing",
        "Carried <- CarriedByJob                 | two claims    | StaleRunWritesNothing",
        "HasLost <- HasLostByJob, MayHandBack <- OnlyInDoubt | two claims | NoLostJob",
        // A database that steps back.
        "Follows <- FollowsAnything              | back cursor   | NoCheckpointAhead",
        "Follows <- FollowsAnything              | back steps    | StepsInOrder",
        "Saves <- SavesIfHeld                    | back cursor   | NoCheckpointAhead",
        "MayFinish <- FinishIfHeld               | back cursor   | CompletedIsDone",
        "Follows <- FollowsTheLast               | back branches | CompletedIsDone",
        "IsRefused <- RefusedIfLost              | back cursor   | NoLostJob",
        "MayRead <- AlwaysRead                   | back cursor   | NothingDurableRunsAgain",
        "MayRead <- AlwaysRead                   | back claims   | NothingDurableRunsAgain",
        "MayLoad <- AlwaysRead                   | back claims   | CompletedIsDone",
        "MayHandBack <- OnlyInDoubt              | back claims   | NoLostJob",
        "StaysKnown <- IsForgotten               | back claims   | NoLostJob",
        "MayClaim <- Anybody                     | back claims   | NoLostJob",
        "NextAt <- AfterTheRow                   | back claims   | StaleRunWritesNothing",
      })
  void aBrokenRuleIsFound(String rules, String bounds, String invariant) {
    Result result =
        new ModelChecker("broken")
            .checkBriefly("CairnMutants", ModelChecker.replacing(named(bounds), rules));

    System.out.println("%s: %s".formatted(rules, result));
    assertThat(result.verdict()).as(result.output()).isEqualTo(invariant);
    assertThat(result.actions()).isNotEmpty();
  }

  /** Invariants that others imply in most cases: each alone against a rule it is there for. */
  @Tag("long")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CommitWrite <- CommitRowsAlone | cursor      | ExactlyOnce",
        "AfterTx <- MemoryRunsAhead     | long cursor | CompletedIsDone",
        "AfterCrash <- UsedUp           | renewal     | DiscardedForCause",
        "Follows <- FollowsAnything     | back cursor | CompletedIsDone",
        "CommitWrite <- SetAsideAlone   | back cursor | CompletedIsDone",
      })
  void anInvariantAloneFindsABrokenRule(String rules, String bounds, String invariant) {
    String configuration = ModelChecker.onlyInvariant(named(bounds), invariant);
    Result result =
        new ModelChecker("alone")
            .check("CairnMutants", ModelChecker.replacing(configuration, rules));

    System.out.println("%s: %s".formatted(rules, result));
    assertThat(result.verdict()).as(result.output()).isEqualTo(invariant);
  }

  /** Where the steps follow each other, it is enough to name the last write. */
  @ParameterizedTest
  @CsvSource({"back cursor", "back steps"})
  void oneAfterTheOtherTheLastWriteStandsForAll(String bounds) {
    assertLastWriteStandsForAll(bounds);
  }

  @Tag("long")
  @Test
  void theLastWriteStandsForAllInTwoClaimsToo() {
    assertLastWriteStandsForAll("back claims");
  }

  private static void assertLastWriteStandsForAll(String bounds) {
    Result result =
        new ModelChecker("last")
            .checkBriefly(
                "CairnMutants", ModelChecker.replacing(named(bounds), "Follows <- FollowsTheLast"));

    System.out.println("the last write of %s: %s".formatted(bounds, result));
    assertThat(result.holds()).as(result.output()).isTrue();
  }

  private static String named(String bounds) {
    return ModelChecker.configuration("Cairn", Objects.requireNonNull(BOUNDS.get(bounds), bounds));
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
