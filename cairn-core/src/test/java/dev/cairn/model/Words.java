package dev.cairn.model;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The actions of the model in words, for whoever reads how an invariant was violated. */
final class Words {
  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("Beat", "a client gives a sign of life"),
          Map.entry("FallSilent", "a client gives no sign of life for too long"),
          Map.entry("Die", "a client is killed"),
          Map.entry("SignOff", "a client signs off"),
          Map.entry("Claim", "a client claims the job and loads its checkpoints"),
          Map.entry("Rescue", "a client takes the job from one that seems dead"),
          Map.entry("RescueByClock", "a leader takes the job because it runs for long"),
          Map.entry("Renew", "the claim is renewed"),
          Map.entry("Advance", "the run finishes an item, its checkpoint is buffered"),
          Map.entry("OpenTx", "the run finishes an item in a transaction, with its checkpoint"),
          Map.entry("OpenCompletion", "the run completes the job in a transaction"),
          Map.entry("CommitWrite", "the transaction commits"),
          Map.entry("CommitCompletion", "the transaction that completes the job commits"),
          Map.entry("RollBack", "the transaction is rolled back"),
          Map.entry("ReadBack", "the run reads its checkpoint back"),
          Map.entry("TakeFlush", "the buffered checkpoints are sent"),
          Map.entry("Flush", "the buffered checkpoints arrive"),
          Map.entry("Resend", "the buffered checkpoints are sent once more and written"),
          Map.entry("End", "the run ends"),
          Map.entry("Finish", "the outcome arrives"),
          Map.entry(
              "OpenTxWithoutItsCheckpoint",
              "a transaction begins, its checkpoint is written outside of it"),
          Map.entry("CommitRowsAlone", "the transaction commits, its checkpoint is buffered"),
          Map.entry("ClaimUnheard", "a client claims the job, but the answer is lost"),
          Map.entry("HandBack", "the client hands back a job that it does not work"));

  private Words() {}

  static String story(List<String> actions) {
    return IntStream.range(0, actions.size())
        .mapToObj(
            i -> "%d. %s".formatted(i + 1, WORDS.getOrDefault(actions.get(i), actions.get(i))))
        .collect(Collectors.joining("\n"));
  }
}
