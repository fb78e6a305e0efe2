package dev.cairn.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.model.ModelChecker.Result;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  /** Two steps, each done at once. */
  private static final Map<String, String> STEPS =
      Map.of("Steps", "{1, 2}", "Last", "1", "MaxWrites", "2", "MaxRenewals", "0");

  /** A claim that is renewed. */
  private static final Map<String, String> RENEWAL =
      Map.of("Steps", "{1}", "Last", "1", "MaxWrites", "1", "MaxRenewals", "1");

  private static final Map<String, Map<String, String>> BOUNDS =
      Map.of("cursor", CURSOR, "long cursor", LONG_CURSOR, "steps", STEPS, "renewal", RENEWAL);

  @ParameterizedTest
  @CsvSource({"cursor", "steps", "renewal"})
  void allInvariantsHold(String bounds) {
    Result result = check(bounds, "");

    System.out.println("model of '%s': %s".formatted(bounds, result));
    assertThat(result.holds()).as(result.output()).isTrue();
    assertThat(result.states())
        .as("states, so that the search is not an empty one")
        .isGreaterThan(10_000);
  }

  @Test
  @EnabledIfSystemProperty(named = "cairn.model.large", matches = "true")
  void allInvariantsHoldWithinLargerBounds() {
    for (Map<String, String> more :
        java.util.List.of(
            Map.of("Steps", "{1}", "Last", "2", "MaxWrites", "3", "MaxRenewals", "1"),
            Map.of("Steps", "{1, 2}", "Last", "1", "MaxWrites", "3", "MaxRenewals", "1"),
            Map.of("Steps", "{1}", "Last", "1", "MaxWrites", "2", "MaxClaims", "3"))) {
      Result result = new ModelChecker("large").check("Cairn", ModelChecker.configuration(more));

      System.out.println("model of %s: %s".formatted(more, result));
      assertThat(result.holds()).as(result.output()).isTrue();
    }
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
    "AfterCrash, UsedUp, renewal, AttemptsAreFailures",
    "AfterInterruption, UsedUp, renewal, AttemptsAreFailures",
  })
  void aBrokenRuleIsFound(String rule, String mutant, String bounds, String invariant) {
    Result result = check(bounds, "CONSTANT %s <- %s\n".formatted(rule, mutant));

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
        ModelChecker.configuration(bounds(bounds))
            .replaceAll("(?s)INVARIANTS.*", "INVARIANT " + invariant + "\n");
    Result result =
        new ModelChecker("alone")
            .check("CairnMutants", configuration + "CONSTANT %s <- %s\n".formatted(rule, mutant));

    System.out.println("%s instead of %s: %s".formatted(mutant, rule, result));
    assertThat(result.verdict()).as(result.output()).isEqualTo(invariant);
  }

  private static Result check(String bounds, String more) {
    return new ModelChecker(bounds.replace(' ', '-'))
        .check(
            more.isEmpty() ? "Cairn" : "CairnMutants",
            ModelChecker.configuration(bounds(bounds)) + more);
  }

  private static Map<String, String> bounds(String name) {
    return new HashMap<>(BOUNDS.get(name));
  }
}
