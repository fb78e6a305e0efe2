package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Run;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.store.Connections;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import java.time.Duration;

/** Ends the jobs that a stopping client cannot wait for. */
final class LastJobs {
  private static final Log log = Log.of(LastJobs.class);

  /** How long all given up jobs together wait for their checkpoints that are being written. */
  private static final Duration IN_FLIGHT_MAX = Duration.ofMillis(50);

  private final ClaimRegister register;
  private final Attempts attempts;
  private final Completer completer;
  private final Connections connections;

  LastJobs(ClaimRegister register, Completer completer, Connections connections) {
    this.register = register;
    this.attempts = new Attempts(register);
    this.completer = completer;
    this.connections = connections;
  }

  /**
   * Ends the jobs that called {@code System.exit}. If a shutdown hook stops the client, such a job
   * waits for the stop, and the stop would wait for the job.
   */
  void endThoseThatExit() {
    var inFlight = Deadline.in(IN_FLIGHT_MAX);
    attempts.all().stream()
        .filter(ProcessExit::isAwaitedBy)
        .forEach(attempt -> giveUp(attempt.held(), "its worker has called System.exit", inFlight));
  }

  void interrupt() {
    attempts.all().forEach(attempt -> attempt.gate().interrupt());
  }

  /** Gives up all jobs that have not ended. */
  void giveUp() {
    var inFlight = Deadline.in(IN_FLIGHT_MAX);
    register
        .all()
        .forEach(held -> giveUp(held, "its code did not react to an interrupt", inFlight));
  }

  /**
   * Releases a job whose code does not end, and keeps that code from writing to the job (R5). An
   * open transaction of the code may lock the job's row, so that no one can write the outcome. If
   * Cairn began that transaction, it is rolled back.
   */
  private void giveUp(HeldClaim held, String why, Deadline inFlight) {
    if (!held.end()) {
      return;
    }
    Run run = held.run().orElse(null);
    log.warn(
        "Job {} is abandoned because its client stops: {} [CAIRN-514]", held.claim().jobId(), why);
    try {
      completer.complete(
          run instanceof Attempt attempt
              ? ending(held, attempt, inFlight)
              : new Ending(held, FinishedAttempt.handedBack(held.claim())));
    } catch (Throwable e) {
      held.reopen();
      log.error(
          "Could not hand back job {} while its client stops [CAIRN-526]", held.claim().jobId(), e);
      return;
    }
    register.ended(held);
    held.lose();
    if (run instanceof Attempt attempt) {
      attempt.gate().threads().forEach(connections::abortOf);
    }
  }

  /**
   * The outcome of an abandoned attempt. The worker's transaction may have completed the job
   * already.
   */
  private static Ending ending(HeldClaim held, Attempt attempt, Deadline inFlight) {
    FinishedAttempt finished = finished(attempt, inFlight);
    return new Ending(held, finished, Executor.ifNotCompleted(attempt, finished));
  }

  private static FinishedAttempt finished(Attempt attempt, Deadline inFlight) {
    return ForeignCode.ask(
        "the end of " + attempt.describe(),
        "when it was abandoned",
        FinishedAttempt.handedBack(attempt.claimed().claim()),
        () -> Executor.finished(attempt, outcome(attempt), inFlight.rest()));
  }

  /**
   * A job that ends the process has failed. The attempt also counts as a crash, so that an item
   * that always ends the process is found (R20).
   */
  private static Outcome outcome(Attempt attempt) {
    if (!ProcessExit.isAwaitedBy(attempt)) {
      return new Outcome.Interrupted(InterruptionReason.SHUTDOWN);
    }
    attempt.metadata().count(MetadataKeys.RESCUE_COUNT);
    return Verdict.onExit(attempt);
  }
}
