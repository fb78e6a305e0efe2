package dev.cairn.internal.work;

import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.Deadline;
import java.time.Duration;

/**
 * Lets the jobs of a client that stops end: by themselves while there is grace, interrupted after
 * that, given up in the end. Their outcomes are waited for as long as the database answers.
 */
final class Drain {
  /** How long interrupted jobs may take to end before they are given up. */
  private static final Duration INTERRUPTED_MAX = Duration.ofSeconds(5);

  /** How often a stop that waits for jobs looks whether one of them waits for the stop. */
  private static final Duration EXIT_LOOK = Duration.ofMillis(500);

  /** How long outcomes wait at most where a stop has no deadline, and the database is away. */
  private static final Duration OUTCOMES_MAX = Duration.ofSeconds(10);

  /** A database that has not answered for so long is taken for away by a stop. */
  private static final Duration ANSWER_MAX = Duration.ofMillis(500);

  /** How long a stop goes on after that: there is nothing to wait for. */
  private static final Duration AWAY_MAX = Duration.ofMillis(100);

  private final ClaimRegister register;
  private final Completer completer;
  private final Heartbeat heartbeat;
  private final LastJobs lastJobs;

  Drain(ClaimRegister register, Completer completer, Heartbeat heartbeat) {
    this.register = register;
    this.completer = completer;
    this.heartbeat = heartbeat;
    this.lastJobs = new LastJobs(register, completer);
  }

  /** Returns when no job runs any more, by the deadline at the latest. */
  void run(Deadline deadline) {
    register.close();
    while (register.hasRunning()) {
      lastJobs.endThoseThatExit();
      Duration grace = deadline.grace();
      if (!grace.isPositive()) {
        interruptJobs(deadline);
        return;
      }
      register.awaitNoneRunning(grace.compareTo(EXIT_LOOK) < 0 ? grace : EXIT_LOOK);
    }
    awaitDatabase(deadline);
    // The rest has its time from now on, whatever was left of the jobs' time.
    deadline.shortenGrace(Duration.ZERO);
    shortenIfAway(deadline);
  }

  /** The jobs may go on no longer than the deadline says by now. */
  void hurry() {
    register.wake();
  }

  /** Outcomes wait for a database that is away as long as jobs could have gone on. */
  private void awaitDatabase(Deadline deadline) {
    Duration grace = deadline.grace();
    var patience = Deadline.in(grace.compareTo(OUTCOMES_MAX) < 0 ? grace : OUTCOMES_MAX);
    while (patience.rest().isPositive()
        && !completer.awaitIdle(Deadline.in(patience.atMost(ANSWER_MAX)))
        && isAway(patience)) {
      // The next look comes after the time that the outcomes were waited for.
    }
  }

  private boolean isAway(Deadline deadline) {
    long asked = System.nanoTime();
    return !heartbeat.isAnswered(deadline.atMost(ANSWER_MAX)) && !completer.hasWrittenSince(asked);
  }

  /** If the database is away nothing can be written: whoever stops gets no more by waiting. */
  private void shortenIfAway(Deadline deadline) {
    if (isAway(deadline)) {
      deadline.shorten(AWAY_MAX);
    }
  }

  private void interruptJobs(Deadline deadline) {
    lastJobs.interrupt();
    shortenIfAway(deadline);
    var interrupted = Deadline.in(deadline.atMost(INTERRUPTED_MAX));
    while (register.hasRunning() && interrupted.rest().isPositive()) {
      register.awaitNoneRunning(interrupted.rest());
    }
    lastJobs.giveUp();
  }
}
