package dev.cairn.testing;

/** Why a job that was killed did not end as an undisturbed one, in words. */
enum Cause {
  UNSTABLE_ORDER(
      "the order in which the items come is not the same in every run, so that a position means other items each time: sort them by a unique key, or remember the order of the first run as the result of a step"),
  NEVER_ALIKE(
      "two undisturbed runs do not do the same either: take out of the effect what differs by itself, such as times and random values"),
  STATE_IN_FIELD(
      "state is kept in a field of the worker: with one worker for all runs the job ends as it should, but a process that dies takes the field along. Keep it as the result of a step"),
  CURSOR_AHEAD(
      "the cursor is moved before the work is done: move it after the work, to the last finished item"),
  POSITION_SHARED(
      "the position is not unique: items that share it are skipped. Use a key that is unique, with a tie-breaker if need be"),
  POSITION_INEXACT(
      "items behind the position are not found again, though it was moved after its work: it is compared less exactly than it is saved, by milliseconds instead of microseconds for example, or only by a part of it. Compare all of it, with >"),
  AHEAD_OR_SHARED(
      "the cursor is moved before the work is done, or it is not unique, so that items that share it are skipped: move it after the work, to the last finished item, by a key that is unique"),
  NOT_DURABLE(
      "something that was not durable is taken for done: state in memory, or a checkpoint saved before its work"),
  OUTSIDE_OF_TRANSACTION(
      "it is not part of the transaction, since it is there although that was rolled back: it was written on another connection than the one that was given, or outside of the database. Use the given connection"),
  OTHER_TRANSACTION(
      "rows are committed in a transaction that does not hold the checkpoint: save it in the same transaction, with advanceTx, advanceInTransaction or stepTx"),
  OTHER_POSITION("the position in the transaction is not that of its rows"),
  OUTSIDE_OF_STEPS(
      "the effect lies outside of steps, where code runs in every attempt: put it into a step"),
  POSITION_INCLUSIVE(
      "work behind a durable position was done again: the position is read inclusively (>= where > is meant), or the effect lies outside of the step"),
  POSITION_SET_BACK(
      "more is done again than lies behind the last checkpoint: the position is set back, by rewind for example, or is not read"),
  AT_LEAST_ONCE(
      "the work was done and its checkpoint was lost with the process, so it was done again: that is so for every effect outside of the checkpoint's transaction. Do it in that transaction, make it harmless when repeated, or say allowingRepeats()"),
  NO_ORDER(
      "the same is done in another order: give a set as the effect if its order means nothing"),
  OTHER_ENDING(
      "whether the job is cancelled or discarded depends on what the run that was ended had in memory, or has done: decide it in a step, and remember it as its result"),
  SWALLOWED(
      "a catch (Throwable) or catch (Error) swallows what has to end the attempt: a JobInterruption of a deploy or a cancellation is swallowed there too; catch Exception instead, or throw it on"),
  NOT_WAITED_FOR(
      "work is handed to another thread that nobody waits for before the next checkpoint, or before the worker returns: a process that dies loses it. Wait for it before the checkpoint, or use parallel(...) or forEachInParts(...)"),
  NAMES_CHANGE(
      "the names or the order of the steps are not the same in every attempt: a name must not depend on a random value, the time or the number of the attempt"),
  NEVER_ENDS(
      "it snoozes, waits or stops again in each run: for a signal that the test does not give, for example, or for something that another program would do"),
  METADATA(
      "the output or the metadata are made of what one run knows, such as a count in a variable, and a run that continues knows only a part of it: keep it as the result of a step or in the position. If they are to tell how the job was run, say ignoringMetadata()"),
  TOO_FEW_ATTEMPTS(
      "a client discards a job whose process has died as often in a row, without a moved checkpoint, as it has attempts. Allow more attempts; to explore the job nevertheless, say with(tester -> tester.withMaxAttempts(25))"),
  CANNOT_GO_ON("the code cannot go on from where it was: see the exception");

  private final String words;

  Cause(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }
}
