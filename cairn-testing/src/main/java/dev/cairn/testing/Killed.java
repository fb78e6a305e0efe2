package dev.cairn.testing;

/** What ends a run that is killed. An error, so that a worker's own handlers do not hold it up. */
final class Killed extends Error {
  private static final long serialVersionUID = 1L;

  Killed() {
    super("the process was killed here by its test", null, false, true);
  }
}
