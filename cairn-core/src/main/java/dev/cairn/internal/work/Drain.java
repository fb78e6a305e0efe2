package dev.cairn.internal.work;

import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.concurrent.Patience;
import dev.cairn.internal.store.Connections;
import java.time.Duration;

/**
 * Waits for the jobs of a stopping client. They may end on their own within the grace period. Then
 * they are interrupted, and finally given up. The drain waits for their outcomes as long as the
 * database answers.
 */
final class Drain {
  /** How long interrupted jobs may take to end before they are given up. */
  private static final Duration INTERRUPTED_MAX = Duration.ofSeconds(5);

  /**
   * How often a stop that waits for jobs checks whether a job waits for the stop, in {@code
   * System.exit}.
   */
  private static final Duration EXIT_LOOK = Duration.ofMillis(500);

  /** How long a stop without a deadline waits for outcomes while the database is unreachable. */
  private static final Duration OUTCOMES_MAX = Duration.ofSeconds(10);

  /** If the database has not answered for this long, a stop considers it unreachable. */
  private static final Duration ANSWER_MAX = Duration.ofMillis(500);

  /**
   * How long a stop still waits once it considers the database unreachable, because nothing can be
   * written.
   */
  private static final Duration AWAY_MAX = Duration.ofMillis(100);

  /** How much of the rest a stop keeps for the outcomes of jobs that are claimed late. */
  private static final Duration LAST_OUTCOMES = Duration.ofSeconds(1);

  private final ClaimRegister register;
  private final Completer completer;
  private final SignsOfLife signs;
  private final LastJobs lastJobs;

  Drain(ClaimRegister register, Completer completer, SignsOfLife signs, Connections connections) {
    this.register = register;
    this.completer = completer;
    this.signs = signs;
    this.lastJobs = new LastJobs(register, completer, connections);
  }

  /** Returns when no job is running, by the deadline at the latest. */
  void run(Deadline deadline) {
    endJobs(deadline);
    endLateClaims(deadline);
  }

  /** Asks no more whether the database answers. */
  void stopAsking() {
    signs.stop();
  }

  private void endJobs(Deadline deadline) {
    register.close();
    while (register.hasRunning()) {
      lastJobs.endThoseThatExit();
      Duration grace = deadline.grace();
      if (!grace.isPositive()) {
        interruptJobs(deadline);
        return;
      }
      register.awaitNoneRunning(deadline.graceAtMost(EXIT_LOOK));
    }
    awaitDatabase(deadline);
    // From now on, the outcomes have their own time, even if the jobs have not used up theirs.
    deadline.shortenGrace(Duration.ZERO);
    shortenIfAway(deadline);
  }

  /** Ends the current wait for jobs, so that {@link #run} reads its deadline again. */
  void hurry() {
    register.wake();
  }

  /**
   * Waits for an unreachable database, so that the outcomes can be written: as long as jobs could
   * still run, but at most for {@link #OUTCOMES_MAX}.
   */
  private void awaitDatabase(Deadline deadline) {
    var patience = Deadline.in(deadline.graceAtMost(OUTCOMES_MAX));
    while (patience.rest().isPositive()
        && deadline.grace().isPositive()
        && !completer.awaitIdle(Deadline.in(patience.atMost(ANSWER_MAX)))
        && isAway(patience)) {
      // The conditions wait: first for the outcomes, then for an answer of the database.
    }
  }

  private boolean isAway(Deadline deadline) {
    return !signs.isAnswered(deadline.atMost(ANSWER_MAX));
  }

  /** If the database is unreachable, nothing can be written, so waiting does not help. */
  private void shortenIfAway(Deadline deadline) {
    if (isAway(deadline)) {
      deadline.shorten(AWAY_MAX);
    }
  }

  /**
   * Waits for claims that were sent before the stop and are answered only now: a claim that the
   * database has made uses up an attempt, unless the job is handed back. The jobs do not start,
   * because the register is closed.
   */
  private void endLateClaims(Deadline deadline) {
    var late = Deadline.in(deadline.rest().minus(LAST_OUTCOMES));
    register.awaitAnswers(late.rest());
    awaitNoneRunning(late.rest());
    lastJobs.giveUp();
  }

  private void awaitNoneRunning(Duration most) {
    boolean ignored =
        Patience.await(
            most,
            slice -> {
              register.awaitNoneRunning(slice);
              return !register.hasRunning();
            });
  }

  private void interruptJobs(Deadline deadline) {
    lastJobs.interrupt();
    shortenIfAway(deadline);
    awaitNoneRunning(deadline.atMost(INTERRUPTED_MAX));
    lastJobs.giveUp();
  }
}
