package dev.cairn.resumable;

import dev.cairn.internal.foreign.Log;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.MiddlewareContext;
import java.sql.Connection;

/**
 * A step whose body may finish it in a transaction of its own (R42). When the body has ended, and
 * before it is tried again, the database is asked whether that has happened.
 */
final class FinishByHand {
  private static final Log log = Log.of(FinishByHand.class);

  private final StepRunner runner;
  private final StepEntry entry;
  private boolean called;
  private boolean committed;

  FinishByHand(StepRunner runner, StepEntry entry) {
    this.runner = runner;
    this.entry = entry;
  }

  /** The body finishes its step in this transaction. */
  void in(MiddlewareContext context, Connection connection) {
    runner.ledger().requireAllMet(entry);
    context.checkpoints().saveTx(connection, entry.finished(null));
    called = true;
  }

  /** Whether the step has finished in a transaction that is committed. */
  boolean isCommitted() {
    return committed;
  }

  void run(StepBody body) throws Exception {
    if (called && hasFinished()) {
      return;
    }
    called = false;
    try {
      body.run();
    } catch (Exception e) {
      if (!hasFinishedDespite(e)) {
        throw e;
      }
    }
    if (called && !committed && !hasFinished()) {
      throw new IllegalStateException(
          ("step '%s' of %s called finishTx, but its transaction is not committed: commit it "
                  + "before the body of the step returns, or throw if it was rolled back [CAIRN-328]")
              .formatted(entry.path(), runner.values().job()));
    }
  }

  private boolean hasFinishedDespite(Exception failure) {
    if (!called) {
      return false;
    }
    Checkpoint saved = runner.committed(entry, failure);
    if (saved == null) {
      return false;
    }
    log.warn(
        "Step '{}' of {} threw an exception after its transaction was committed: the step "
            + "has finished, and the job continues [CAIRN-328]",
        entry.path(),
        runner.values().job(),
        failure);
    committed = true;
    return true;
  }

  private boolean hasFinished() {
    committed =
        runner.context().checkpoints().read(entry.path()).filter(Checkpoint::finished).isPresent();
    return committed;
  }
}
