package dev.cairn.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.model.ModelChecker.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The invariants of the protocol in all states within small bounds, and that each of them would be
 * violated if a rule were broken. {@code -Dcairn.model.large=true} adds larger bounds, which take
 * some minutes.
 */
@Timeout(3_600)
class ModelTest {
  /** One step that is made of two items, buffered or in transactions. */
  private static final Map<String, String> CURSOR =
      Map.of("Steps", "{1}", "Last", "2", "MaxWrites", "2", "MaxRenewals", "0");

  /** The same, with a write more, so that something can be done after a rollback. */
  private static final Map<String, String> LONG_CURSOR =
      Map.of("Steps", "{1}", "Last", "2", "MaxWrites", "3", "MaxRenewals", "0");

  /** Two steps, each done at once; the client that takes a job away may be the one that has it. */
  private static final Map<String, String> STEPS =
      Map.of(
          "Steps", "{1, 2}", "Last", "1", "MaxWrites", "2", "MaxRenewals", "0", "Clients", "{a}");

  /** A claim that is renewed, or not heard of. */
  private static final Map<String, String> RENEWAL =
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

  /** Two claims of one client. */
  private static final Map<String, String> TWO_CLAIMS = with(CURSOR, "Clients", "{a}");

  /** The same, and two items that a database may lose while the client goes on. */
  private static final Map<String, String> BACK_CURSOR =
      with(TWO_CLAIMS, "StepsBack", "TRUE", "MaxClaims", "1");

  private static final Map<String, String> BACK_STEPS =
      with(STEPS, "StepsBack", "TRUE", "MaxClaims", "1");

  /** Two claims, of which the database may lose one. */
  private static final Map<String, String> BACK_CLAIMS =
      with(TWO_CLAIMS, "StepsBack", "TRUE", "Last", "1", "MaxWrites", "1");

  /** Two steps that are worked side by side. */
  private static final Map<String, String> BACK_BRANCHES = with(BACK_STEPS, "Branches", "TRUE");

  private static final Map<String, Map<String, String>> BOUNDS =
      Map.of(
          "cursor",
          CURSOR,
          "long cursor",
          LONG_CURSOR,
          "steps",
          STEPS,
          "renewal",
          RENEWAL,
          "two claims",
          TWO_CLAIMS,
          "back cursor",
          BACK_CURSOR,
          "back steps",
          BACK_STEPS,
          "back claims",
          BACK_CLAIMS,
          "back branches",
          BACK_BRANCHES);

  private static final List<Map<String, String>> LARGE =
      List.of(
          with(LONG_CURSOR, "MaxRenewals", "1"),
          Map.of("Steps", "{1, 2}", "Last", "1", "MaxWrites", "3", "MaxRenewals", "0"),
          with(RENEWAL, "MaxClaims", "3", "MaxAttempts", "3"),
          with(TWO_CLAIMS, "StepsBack", "TRUE"),
          with(STEPS, "StepsBack", "TRUE"),
          with(RENEWAL, "StepsBack", "TRUE"));

  static List<Map<String, String>> bounds() {
    var bounds =
        new ArrayList<Map<String, String>>(
            List.of(CURSOR, STEPS, RENEWAL, BACK_CURSOR, BACK_STEPS, BACK_CLAIMS, BACK_BRANCHES));
    if (Boolean.getBoolean("cairn.model.large")) {
      bounds.addAll(LARGE);
    }
    return bounds;
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void allInvariantsHold(Map<String, String> bounds) {
    Result result =
        new ModelChecker("invariants").check("Cairn", ModelChecker.configuration("Cairn", bounds));

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
        "IsNewer <- AlwaysNewer                  | cursor        | CheckpointsGoForward",
        "OpenTx <- OpenTxWithoutItsCheckpoint    | cursor        | NoCheckpointAhead",
        "AfterTx <- MemoryRunsAhead              | long cursor   | NoCheckpointAhead",
        "CommitWrite <- CommitRowsAlone          | cursor        | NoRowsAhead",
        "MayOpenTx <- AlwaysOpenTx               | cursor        | NothingDurableRunsAgain",
        "Resumed <- FromZero                     | cursor        | NothingDurableRunsAgain",
        "MayBegin <- AlwaysBegin                 | steps         | StepsInOrder",
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
        "CommitWrite <- CommitRowsAlone | long cursor | ExactlyOnce",
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
  @CsvSource({"back cursor", "back steps", "back claims"})
  void oneAfterTheOtherTheLastWriteStandsForAll(String bounds) {
    Result result =
        new ModelChecker("last")
            .check(
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
