package dev.cairn.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.model.ModelChecker.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The invariants of the protocol in all states within small bounds, and that each of them would be
 * violated if a rule were broken. {@code -Dcairn.model.large=true} adds larger bounds, which take
 * some minutes.
 */
@Tag("once")
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

  private static final Map<String, Map<String, String>> BOUNDS =
      Map.of("cursor", CURSOR, "long cursor", LONG_CURSOR, "steps", STEPS, "renewal", RENEWAL);

  private static final List<Map<String, String>> LARGE =
      List.of(
          Map.of("Steps", "{1}", "Last", "2", "MaxWrites", "3", "MaxRenewals", "1"),
          Map.of("Steps", "{1, 2}", "Last", "1", "MaxWrites", "3", "MaxRenewals", "0"),
          Map.of(
              "Steps",
              "{1}",
              "Last",
              "1",
              "MaxWrites",
              "1",
              "MaxRenewals",
              "1",
              "MaxClaims",
              "3",
              "MaxAttempts",
              "3",
              "AnswersGetLost",
              "TRUE"));

  static List<Map<String, String>> bounds() {
    var bounds = new ArrayList<Map<String, String>>(List.of(CURSOR, STEPS, RENEWAL));
    if (Boolean.getBoolean("cairn.model.large")) {
      bounds.addAll(LARGE);
    }
    return bounds;
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void allInvariantsHold(Map<String, String> bounds) {
    Result result =
        new ModelChecker("invariants").check("Cairn", ModelChecker.configuration(bounds));

    System.out.println("model of %s: %s".formatted(bounds, result));
    assertThat(result.holds()).as(result.output()).isTrue();
    assertThat(result.states())
        .as("states, so that the search is no empty one")
        .isGreaterThan(10_000);
  }

  /** Each line: the rule, what takes its place, the bounds, and the invariant that then fails. */
  @ParameterizedTest
  @CsvSource({
    "Held, HeldByNameAlone, cursor, StaleRunWritesNothing",
    "Held, HeldByState, cursor, StaleRunWritesNothing",
    "Held, HeldAlsoWhileWaiting, cursor, StaleRunWritesNothing",
    "MayFinish, FinishIfRunning, cursor, StaleRunWritesNothing",
    "NextAt, ClockStandsStill, cursor, StaleRunWritesNothing",
    "Locked, NoLock, cursor, StaleRunWritesNothing",
    "MayRescue, AlwaysRescue, cursor, StaleRunWritesNothing",
    "IsNewer, AlwaysNewer, cursor, CheckpointsGoForward",
    "OpenTx, OpenTxWithoutItsCheckpoint, cursor, NoCheckpointAhead",
    "AfterTx, MemoryRunsAhead, long cursor, NoCheckpointAhead",
    "CommitWrite, CommitRowsAlone, cursor, NoRowsAhead",
    "MayOpenTx, AlwaysOpenTx, cursor, NothingDurableRunsAgain",
    "Resumed, FromZero, cursor, NothingDurableRunsAgain",
    "MayBegin, AlwaysBegin, steps, StepsInOrder",
    "Note, NoNote, renewal, NoLostJob",
    "MayForget, AlwaysForget, renewal, NoLostJob",
    "MayHandBack, NeverHandBack, renewal, NoLostJob",
    "AfterCrash, UsedUp, renewal, AttemptsAreFailures",
    "AfterInterruption, UsedUp, renewal, AttemptsAreFailures",
  })
  void aBrokenRuleIsFound(String rule, String mutant, String bounds, String invariant) {
    Result result = broken(bounds, "CONSTANT %s <- %s\n".formatted(rule, mutant));

    System.out.println("%s instead of %s: %s".formatted(mutant, rule, result));
    assertThat(result.verdict()).as(result.output()).isEqualTo(invariant);
    assertThat(result.actions()).isNotEmpty();
  }

  /** Invariants that others imply in most cases: each alone against a rule it is there for. */
  @ParameterizedTest
  @CsvSource({
    "CommitWrite, CommitRowsAlone, long cursor, ExactlyOnce",
    "AfterTx, MemoryRunsAhead, long cursor, CompletedIsDone",
    "AfterCrash, UsedUp, renewal, DiscardedForCause",
  })
  void anInvariantAloneFindsABrokenRule(
      String rule, String mutant, String bounds, String invariant) {
    String configuration =
        ModelChecker.configuration(named(bounds))
            .replaceAll("(?s)INVARIANTS.*", "INVARIANT " + invariant + "\n");
    Result result =
        new ModelChecker("alone")
            .check("CairnMutants", configuration + "CONSTANT %s <- %s\n".formatted(rule, mutant));

    System.out.println("%s instead of %s: %s".formatted(mutant, rule, result));
    assertThat(result.verdict()).as(result.output()).isEqualTo(invariant);
  }

  private static Result broken(String bounds, String replacement) {
    return new ModelChecker("broken")
        .checkBriefly("CairnMutants", ModelChecker.configuration(named(bounds)) + replacement);
  }

  private static Map<String, String> named(String bounds) {
    return Objects.requireNonNull(BOUNDS.get(bounds), bounds);
  }
}
