package dev.cairn.programs;

import dev.cairn.programs.Plan.Blow;
import dev.cairn.testing.internal.DatabaseCall;
import java.util.function.Predicate;

/** Decides for each commit of a job's own transactions which blow falls on it. */
final class CommitBlows {
  /** The call that the thread makes, and its blow: each kind of blow asks for it. */
  private static final ThreadLocal<Decided> DECIDED = new ThreadLocal<>();

  private record Decided(DatabaseCall call, Blow blow) {}

  Predicate<DatabaseCall> are(Blow blow) {
    return call -> {
      Attempt attempt = Attempt.CURRENT.get();
      return attempt != null && call.isCommit() && decide(attempt, call) == blow;
    };
  }

  @SuppressWarnings("ReferenceEquality") // one object for each call
  private static Blow decide(Attempt attempt, DatabaseCall call) {
    Decided last = DECIDED.get();
    if (last == null || last.call() != call) {
      last = new Decided(call, attempt.atCommit());
      DECIDED.set(last);
    }
    return last.blow();
  }
}
