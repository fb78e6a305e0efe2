package dev.cairn.programs;

import java.util.List;

/**
 * What happens to a job from outside.
 *
 * @param signalsFirst whether the signals from outside are given before it is inserted; else when
 *     it waits for nothing else
 * @param rewind the top-level step to which an operator rewinds it when it first waits for long;
 *     empty for none
 */
record Plan(List<Hit> hits, boolean signalsFirst, String rewind, Afterwards afterwards) {
  static final Plan NONE = new Plan(List.of(), false, "", Afterwards.NOTHING);

  Plan {
    hits = List.copyOf(hits);
  }

  static Plan plan(Hit... hits) {
    return new Plan(List.of(hits), false, "", Afterwards.NOTHING);
  }

  static Hit hit(Blow blow, int number) {
    return new Hit(blow, number);
  }

  Plan withHits(List<Hit> others) {
    return new Plan(others, signalsFirst, rewind, afterwards);
  }

  Plan signalsFirst(boolean first) {
    return new Plan(hits, first, rewind, afterwards);
  }

  Plan rewindTo(String step) {
    return new Plan(hits, signalsFirst, step, afterwards);
  }

  Plan then(Afterwards next) {
    return new Plan(hits, signalsFirst, rewind, next);
  }

  /** A blow at the so-manieth place of its kind, over all attempts, from 1. */
  record Hit(Blow blow, int number) {
    @Override
    public String toString() {
      return "hit(Blow.%s, %d)".formatted(blow, number);
    }
  }

  /** What can hit a job. The first four do at an effect, the others at a commit of its own. */
  enum Blow {
    /** The process dies: nothing of the attempt goes on, and the job is rescued. */
    KILL,
    /** An operator interrupts the job. */
    INTERRUPT,
    /** An operator pauses the job, and resumes it when it has stopped. */
    PAUSE,
    /** The job is taken from its client as if that had died, and the attempt goes on. */
    TAKEN,
    /** The commit happens and its answer is lost. */
    ANSWER_LOST,
    /** The connection is lost before the commit. */
    COMMIT_LOST,
    /** The commit fails with 40001. */
    COLLISION;

    boolean isAtCommit() {
      return switch (this) {
        case KILL, INTERRUPT, PAUSE, TAKEN -> false;
        case ANSWER_LOST, COMMIT_LOST, COLLISION -> true;
      };
    }
  }

  /** What an operator does when the job has ended and nothing fails any more. */
  enum Afterwards {
    NOTHING,
    /** Has the items done again that were put aside. */
    REDRIVE,
    /** Has all done again. */
    RESTART
  }

  @Override
  public String toString() {
    return "plan(%s)%s%s%s"
        .formatted(
            Dsl.joined(hits),
            signalsFirst ? ".signalsFirst(true)" : "",
            rewind.isEmpty() ? "" : ".rewindTo(%s)".formatted(Dsl.quoted(rewind)),
            afterwards == Afterwards.NOTHING ? "" : ".then(Afterwards.%s)".formatted(afterwards));
  }
}
