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
          Map.entry("Claim", "a client claims the job"),
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
          Map.entry("HandBack", "the client hands back a job that it does not work"),
          Map.entry("Load", "the run loads its checkpoints"),
          Map.entry("Tell", "the run is told that it has lost the job"),
          Map.entry("Remember", "a standby has all that is committed by now"),
          Map.entry("StepBack", "the database goes back to what the standby has"),
          Map.entry("Lapse", "a client's lease is over"),
          Map.entry("NoticeLapse", "the client notices that its lease is over"),
          Map.entry("SendClaim", "a client sends a claim"),
          Map.entry("ClaimBegins", "the server begins with the claim"),
          Map.entry("ClaimCommits", "the claim commits"),
          Map.entry("Answer", "the answer to the claim arrives, the run begins"),
          Map.entry("Fail", "the client takes its claim for failed"),
          Map.entry("LostBegins", "the server begins with the claim all the same"),
          Map.entry("LostCommits", "the claim commits all the same"),
          Map.entry("LostEnds", "the server drops the claim"),
          Map.entry("LookAsks", "the client asks what runs under its name"),
          Map.entry("LookEnds", "the client compares the answer with its register"),
          Map.entry("SeesDead", "a client sees that another one is dead"),
          Map.entry("Refuse", "a write of the run is refused, because what it follows is gone"),
          Map.entry("Pass", "an interval passes"),
          Map.entry("GoOrCome", "the database goes out of reach, or is back"),
          Map.entry("SendRescue", "a client sends a rescue"));

  private Words() {}

  static String story(List<String> actions) {
    return IntStream.range(0, actions.size())
        .mapToObj(
            i -> "%d. %s".formatted(i + 1, WORDS.getOrDefault(actions.get(i), actions.get(i))))
        .collect(Collectors.joining("\n"));
  }
}
