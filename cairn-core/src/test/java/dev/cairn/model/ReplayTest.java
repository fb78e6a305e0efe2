package dev.cairn.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.model.ModelChecker.Result;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the real statements do is what the model says; and a model that says otherwise is refused.
 */
@Tag("thorough")
@Timeout(1_800)
class ReplayTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private static final int TRACES = Integer.getInteger("cairn.model.traces", 320);

  /** Enough to show that a model is wrong: the first 39 show it for each of the rules below. */
  private static final int SOME = Math.min(TRACES, 60);

  private static final int LENGTH = Integer.getInteger("cairn.model.length", 30);
  private static final Pattern POSITION = Pattern.compile("/\\\\ (trace|step) = (\\d+)");
  private static final List<List<String>> traces = new ArrayList<>();

  @BeforeAll
  @Timeout(1_800)
  static void walk() throws SQLException {
    StoreWalk.createTable(database);
    for (int seed = 1; seed <= TRACES; seed++) {
      traces.add(StoreWalk.events(database, seed, LENGTH));
    }
  }

  @Test
  void theModelAllowsWhatTheStatementsDo() {
    Result result = replay(traces, List.of());

    System.out.println("replay of %d traces: %s".formatted(TRACES, result));
    assertThat(result.holds()).as(() -> divergence(result)).isTrue();
    assertThat(result.states()).isGreaterThanOrEqualTo((long) TRACES * LENGTH);
  }

  /** A walk that never comes to the interesting places would show nothing. */
  @Test
  void theTracesGoEverywhere() {
    String all = traces.stream().flatMap(List::stream).collect(Collectors.joining("\n"));

    for (String action :
        List.of(
            "beat",
            "silence",
            "die",
            "sign off",
            "claim",
            "claim unheard",
            "hand back",
            "rescue",
            "rescue by clock",
            "renew",
            "advance",
            "open tx",
            "open completion",
            "commit",
            "roll back",
            "read back",
            "take flush",
            "flush",
            "resend",
            "end",
            "finish")) {
      assertThat(all).contains("act |-> \"" + action + "\"");
    }
    for (String end : List.of("completed", "discarded")) {
      assertThat(all).contains("seen |-> <<\"" + end + "\"");
    }
    for (String action : List.of("claim", "rescue", "rescue by clock", "renew", "finish")) {
      assertThat(all)
          .containsPattern("\"" + action + "\", [^\\n]*ok \\|-> TRUE")
          .containsPattern("\"" + action + "\", [^\\n]*ok \\|-> FALSE");
    }
  }

  @Test
  void anObservationThatIsNotTheModelsIsFound() {
    List<String> changed = new ArrayList<>(traces.get(0));
    int last = changed.size() - 1;
    String event = changed.get(last);
    changed.set(last, event.replaceFirst("seen \\|-> <<\"\\w+\"", "seen |-> <<\"lost\""));
    assertThat(changed.get(last)).isNotEqualTo(event);

    Result result = replay(List.of(traces.get(1), changed), List.of());

    assertThat(result.verdict()).isEqualTo(Result.DEADLOCK);
    assertThat(position(result)).isEqualTo("trace 2, event " + (last + 1));
  }

  /** The statements follow these rules: a model without one of them does not fit what they do. */
  @Tag("long")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Held <- HeldByNameAlone",
        "MayFinish <- FinishIfRunning",
        "IsNewer <- AlwaysNewer",
        "OpenTx <- OpenTxWithoutItsCheckpoint",
        "Locked <- NoLock",
        "Note <- NoNote",
        "AfterCrash <- UsedUp",
        "AfterInterruption <- UsedUp",
        "StaysKnown <- IsForgotten",
      })
  void aModelWithoutARuleIsRefused(String rule) {
    Result result = replay(traces.subList(0, SOME), List.of(rule));

    assertThat(result.verdict()).as(result.output()).isEqualTo(Result.DEADLOCK);
  }

  private static Result replay(List<List<String>> traces, List<String> rules) {
    var checker = new ModelChecker("replay");
    checker.write("Traces", module(traces));
    String configuration =
        """
        SPECIFICATION TraceSpec
        CONSTANTS
          Clients = {"a", "b"}
          Steps = {1, 2}
          Last = %d
          MaxClaims = %d
          MaxWrites = 1000
          MaxRenewals = 1000
          MaxAttempts = %d
          AnswersGetLost = TRUE
          KeepTime = TRUE
          StepsBack = FALSE
          Branches = FALSE
          Nobody = "nobody"
        """
            .formatted(SimulatedRun.LAST, LENGTH, StoreWalk.MAX_ATTEMPTS);
    return checker.checkBriefly(
        "CairnTrace", ModelChecker.replacing(configuration, String.join(", ", rules)));
  }

  private static String module(List<List<String>> traces) {
    String definitions =
        IntStream.range(0, traces.size())
            .mapToObj(i -> "T%d == <<\n%s>>\n".formatted(i + 1, String.join(",\n", traces.get(i))))
            .collect(Collectors.joining());
    String names =
        IntStream.rangeClosed(1, traces.size())
            .mapToObj(i -> "T" + i)
            .collect(Collectors.joining(", "));
    return """
    ---- MODULE Traces ----
    EXTENDS Naturals
    CONSTANT Nobody
    %sTraces == <<%s>>
    ====
    """
        .formatted(definitions, names);
  }

  private static String divergence(Result result) {
    return "the model does not allow %s\n%s".formatted(position(result), result.output());
  }

  /** The event at which the replay came to a stop. */
  private static String position(Result result) {
    int trace = 0;
    int step = 0;
    var matcher = POSITION.matcher(result.output());
    while (matcher.find()) {
      int value = Integer.parseInt(matcher.group(2));
      if (matcher.group(1).equals("trace")) {
        trace = value;
      } else {
        step = value;
      }
    }
    return "trace %d, event %d".formatted(trace, step + 1);
  }
}
