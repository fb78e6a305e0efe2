package dev.cairn.testing;

import dev.cairn.resumable.CheckpointMismatchException;
import dev.cairn.testing.Boundary.Kind;

/** Guesses why a job that was killed did not end as an undisturbed one. */
final class Causes {
  private Causes() {}

  static String ofFailure(ExploredRun explored) {
    if (Judgement.find(explored.failure(), CheckpointMismatchException.class) != null) {
      return "the names or the order of the steps are not the same in every attempt: a name must not depend on a random value, the time or the number of the attempt";
    }
    return "the code cannot go on from where it was: see the exception";
  }

  static String of(ExploredRun explored, KillSchedule schedule, EffectDifference difference) {
    Boundary boundary = explored.lastEnd();
    Fate fate = schedule.ends().getLast().fate();
    Kind kind = boundary == null ? Kind.RETURNED : boundary.kind();
    boolean cursor =
        boundary != null
            && boundary.checkpoint() != null
            && !boundary.checkpoint().finished()
            && boundary.checkpoint().value() != null;
    if (!difference.missing().isEmpty()) {
      return ofMissing(fate, kind, cursor);
    }
    if (kind == Kind.BEFORE_COMMIT || kind == Kind.AFTER_COMMIT) {
      boolean holds = boundary != null && boundary.checkpoint() != null;
      return holds
          ? "the position in the transaction is not that of its rows"
          : "rows are committed in a transaction that does not hold the checkpoint: save it in the same transaction, with advanceTx, advanceInTransaction or stepTx";
    }
    if (fate == Fate.LOST && kind == Kind.SAVED) {
      return "the work was done and its checkpoint was lost with the process, so it was done again: that is so for every effect outside of the checkpoint's transaction. Do it in that transaction, make it harmless when repeated, or say allowingRepeats()";
    }
    if (cursor) {
      return "work behind a durable position was done again: the position is read inclusively (>= where > is meant), or the effect lies outside of the step";
    }
    return "the effect lies outside of steps, where code runs in every attempt: put it into a step";
  }

  private static String ofMissing(Fate fate, Kind kind, boolean cursor) {
    if (kind == Kind.SAVED && fate != Fate.LOST && cursor) {
      return "the cursor is moved before the work is done, or it is not unique, so that items that share it are skipped: move it after the work, to the last finished item, by a key that is unique";
    }
    return "something that was not durable is taken for done: state in memory, or a checkpoint saved before its work";
  }
}
