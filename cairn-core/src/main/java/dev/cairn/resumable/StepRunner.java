package dev.cairn.resumable;

import dev.cairn.JobCancelException;
import dev.cairn.JobDiscardException;
import dev.cairn.JobSnoozeException;
import dev.cairn.TransactionBody;
import dev.cairn.UncountedFailureException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.MiddlewareContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Runs the bodies of one attempt's steps. Thread-safe. */
final class StepRunner {
  /** How often a pause between tries checks whether the attempt has to stop. */
  private static final Duration LOOK = Duration.ofMillis(100);

  private final MiddlewareContext context;
  private final StepLedger ledger;
  private final StepValues values;
  private final StepTransactions transactions;
  private final StepEvents events;
  private final FailureRules failures = new FailureRules();
  private final SourceFaults faults = new SourceFaults();

  StepRunner(
      MiddlewareContext context,
      StepLedger ledger,
      StepValues values,
      StepTransactions transactions) {
    this.context = context;
    this.ledger = ledger;
    this.values = values;
    this.transactions = transactions;
    this.events = new StepEvents(context);
  }

  MiddlewareContext context() {
    return context;
  }

  StepLedger ledger() {
    return ledger;
  }

  StepTransactions transactions() {
    return transactions;
  }

  FailureRules failures() {
    return failures;
  }

  SourceFaults faults() {
    return faults;
  }

  StepValues values() {
    return values;
  }

  void run(StepScope scope, StepOptions options, StepEntry entry, StepBody body) throws Exception {
    if (options.isolated() && scope.hasFinishedAny()) {
      context.checkpoints().flush();
      throw scope.suspend();
    }
    ledger.begin(scope, entry);
    events.started(entry);
    boolean returned = false;
    try {
      runTries(scope, options, entry, body);
      scope.yieldIfWaiting();
      returned = true;
      events.finished(entry);
    } catch (Throwable e) {
      events.ended(entry, e);
      throw e;
    } finally {
      scope.close(returned);
    }
  }

  /** Runs a step that its body may finish in a transaction that the body begins itself. */
  void runFinishable(StepScope scope, StepOptions options, StepEntry entry, StepBody body)
      throws Exception {
    var byHand = new FinishByHand(this, entry);
    scope.finishable(entry, byHand);
    run(scope, options, entry, () -> byHand.run(body));
    if (byHand.isCommitted()) {
      ledger.noteFinished(entry, null);
      context.checkpoints().progressed();
      scope.yieldIfInterrupted();
    } else {
      ledger.finish(entry, null);
    }
  }

  /**
   * Enters a finished step again if quarantined items of nested steps have to be processed again.
   * Finished nested steps are not run, and the step stays finished and keeps its result.
   */
  void redriveWithin(StepScope scope, StepOptions options, StepEntry entry, StepBody body)
      throws Exception {
    if (ledger.aside().isWantedWithin(entry.path())) {
      runAgain(scope, options, entry, body);
    }
  }

  /** Runs code within a step that has finished, and stays finished. */
  void runAgain(StepScope scope, StepOptions options, StepEntry entry, StepBody body)
      throws Exception {
    ledger.reopen(scope, entry);
    boolean returned = false;
    try {
      runTries(scope, options, entry, body);
      scope.yieldIfWaiting();
      returned = true;
    } finally {
      scope.close(returned);
    }
  }

  private void runTries(StepScope scope, StepOptions options, StepEntry entry, StepBody body)
      throws Exception {
    for (int tries = 1; ; tries++) {
      try {
        runOnce(options, body);
        return;
      } catch (Exception e) {
        if (tries >= options.tries() || endsAttempt(e)) {
          throw e;
        }
        pause(scope, options.pauseAfter(tries), e);
        ledger.retry(entry);
        scope.forgetFailure();
      }
    }
  }

  private void runOnce(StepOptions options, StepBody body) throws Exception {
    Duration timeout = options.timeout();
    if (timeout == null) {
      body.run();
    } else {
      context.<@Nullable Void>within(
          timeout,
          () -> {
            body.run();
            return null;
          });
    }
  }

  /**
   * Exceptions that decide the whole job are never retried within an attempt, also if they are the
   * cause of another one: code that runs in a pool or behind a proxy wraps what it throws.
   */
  static boolean endsAttempt(Exception failure) {
    var thrown = new ForeignFailure(failure);
    return failure instanceof InterruptedException
        || thrown.find(TooManyAsideException.class) != null
        || thrown.find(JobCancelException.class) != null
        || thrown.find(JobDiscardException.class) != null
        || thrown.find(JobSnoozeException.class) != null
        || thrown.find(UncountedFailureException.class) != null;
  }

  /**
   * Runs the body of a step with a cursor. If the body fails, or stops because another branch has
   * failed, its position is noted: the enclosing steps may be tried again within this attempt.
   */
  <C> void runWith(StepCursor<C> cursor, CursorBody<C> body) throws Exception {
    try {
      body.run(cursor);
    } catch (Exception | BranchGroup.Stopped e) {
      try {
        ledger.noteProgress(cursor.checkpoint());
      } catch (RuntimeException unknown) {
        e.addSuppressed(unknown);
        cursor.noteMoveBeforeLast();
        ledger.noteUnknown(cursor.path());
      }
      throw e;
    } catch (Error e) {
      // The attempt ends, and must not wait for the database: note only what is known without it.
      cursor.noteLastMove();
      cursor.known().ifPresentOrElse(ledger::noteProgress, () -> ledger.noteUnknown(cursor.path()));
      throw e;
    }
  }

  private void pause(StepScope scope, Duration pause, Exception failure)
      throws InterruptedException {
    long end = System.nanoTime() + pause.toNanos();
    try {
      for (long rest = pause.toNanos(); rest > 0; rest = end - System.nanoTime()) {
        scope.yieldIfInterrupted();
        // A pause is no standstill, however long it is.
        context.checkpoints().working();
        Thread.sleep(Duration.ofNanos(Math.min(rest, LOOK.toNanos())));
      }
      scope.yieldIfInterrupted();
    } catch (InterruptedException | Error e) {
      e.addSuppressed(failure);
      throw e;
    }
  }

  /**
   * Runs a step whose end is committed together with its rows.
   *
   * @param body returns the encoded result of the step
   */
  void runTx(
      StepScope scope, StepOptions options, StepEntry entry, TransactionBody<@Nullable String> body)
      throws Exception {
    run(scope, options, entry, () -> runTransaction(entry, body));
    context.checkpoints().progressed();
    scope.yieldIfInterrupted();
  }

  /**
   * Wraps a body that uses its transaction through the framework, which has to know the
   * transaction.
   */
  TransactionStep inFramework(String method, StepBody body) {
    return connection -> {
      requireFramework(method);
      body.run();
    };
  }

  <T extends @Nullable Object> TransactionBody<T> returningInFramework(
      String method, StepFunction<T> body) {
    return connection -> {
      requireFramework(method);
      return body.run();
    };
  }

  void requireFramework(String method) throws Exception {
    context.inCurrentTransaction(method + " without a connection", connection -> true);
  }

  private void runTransaction(StepEntry entry, TransactionBody<@Nullable String> body)
      throws Exception {
    try {
      String result =
          context.<@Nullable String>inTransaction(connection -> {
            String json = body.run(connection);
            StepTransactions.requireOpen(context, values, entry, connection);
            context.checkpoints().saveLastTx(connection, entry.finished(json));
            return json;
          });
      ledger.noteFinished(entry, result);
    } catch (Exception e) {
      // If the answer to a commit was lost, it may have succeeded: believe the database, not the
      // error.
      Checkpoint committed = committed(entry, e);
      if (committed == null) {
        throw e;
      }
      ledger.noteFinished(entry, committed.value());
    }
  }

  /**
   * The committed checkpoint if the step has finished; null if it has not, or if this is unknown.
   */
  @Nullable Checkpoint committed(StepEntry entry, Exception failure) {
    try {
      return context.checkpoints().read(entry.path()).filter(Checkpoint::finished).orElse(null);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      return null;
    }
  }
}
