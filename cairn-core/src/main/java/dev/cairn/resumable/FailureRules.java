package dev.cairn.resumable;

import dev.cairn.CairnException;
import dev.cairn.JobCancelException;
import dev.cairn.JobDiscardException;
import dev.cairn.JobInterruption;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.spi.MiddlewareContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The rules for failures that decide about the whole job (R21). */
final class FailureRules {
  private static final Log log = Log.of(FailureRules.class);
  private static final long PAUSE_MILLIS = 200;
  private static final int REFUSALS_MAX = 50;

  private static final List<Class<? extends Throwable>> STATE_KEPT =
      List.of(CheckpointMismatchException.class, StoreUnavailableException.class);

  private final List<Class<? extends Throwable>> restarting = new ArrayList<>();
  private final List<Class<? extends Throwable>> hopeless = new ArrayList<>();

  synchronized void restartOn(Class<? extends Throwable> type) {
    restarting.add(type);
  }

  synchronized void giveUpOn(Class<? extends Throwable> type) {
    hopeless.add(type);
  }

  /** Whether a rule exists for a failure, so that the failure decides about the whole job. */
  boolean decide(Exception failure) {
    var said = new ForeignFailure(failure);
    return isHopeless(said) || isRestarting(said);
  }

  private synchronized boolean isHopeless(ForeignFailure failure) {
    return isMeant(hopeless, failure);
  }

  private synchronized boolean isRestarting(ForeignFailure failure) {
    return isMeant(restarting, failure);
  }

  /**
   * A rule for a wider type does not mean what keeps the state of the job: steps that do not match
   * it, and a database that cannot be asked.
   */
  private static boolean isMeant(List<Class<? extends Throwable>> rules, ForeignFailure failure) {
    boolean keepsState = STATE_KEPT.stream().anyMatch(type -> failure.find(type) != null);
    return rules.stream()
        .filter(rule -> !keepsState || namesWhatKeepsState(rule))
        .anyMatch(rule -> failure.find(rule) != null);
  }

  private static boolean namesWhatKeepsState(Class<? extends Throwable> rule) {
    return STATE_KEPT.stream().anyMatch(type -> type.isAssignableFrom(rule));
  }

  /** The failure to report for an exception of the worker. May wait, so it holds no lock. */
  Throwable judge(MiddlewareContext context, String job, Throwable failure) {
    var said = new ForeignFailure(failure);
    boolean isAsked = context.interruption().isPresent();
    if ((isAsked && hasStopped(context, failure)) || !isFailure(said)) {
      return failure;
    }
    // What is closed under a job that has to stop may fail it: that is no reason to give up.
    if (!isAsked && isHopeless(said) && !(failure instanceof JobDiscardException)) {
      return new JobDiscardException(
          "%s is discarded by giveUpOn: %s [CAIRN-317]".formatted(job, said.message()), failure);
    }
    if (isRestarting(said)) {
      try {
        if (forgetAll(context)) {
          log.info("{} will start from zero after {}", job, said.text());
        }
      } catch (JobInterruption e) {
        // The attempt has not failed then: the next attempt finds the checkpoints that should be
        // dropped.
        e.addSuppressed(failure);
        return e;
      } catch (RuntimeException e) {
        said.suppress(e);
      }
    }
    return failure;
  }

  /**
   * Whether the worker has completed the job in a transaction that is committed: there is nothing
   * to start again.
   */
  private static boolean isCompleted(MiddlewareContext context) {
    if (!context.hasCalledCompleteTx()) {
      return false;
    }
    try {
      return context
          .client()
          .outside()
          .jobs()
          .find(context.job().id())
          .map(JobRow::state)
          .filter(JobState.COMPLETED::equals)
          .isPresent();
    } catch (IllegalStateException e) {
      // A test works the job without a client.
      log.debug("Whether a job has completed cannot be found out", e);
      return false;
    }
  }

  /**
   * Drops all checkpoints. Waits until the database answers or the attempt has to stop, and tries a
   * few times if the database refuses: otherwise the next attempt would continue from checkpoints
   * that should be dropped. Only the context says whether the attempt has to stop, because the
   * worker may have left its thread interrupted.
   *
   * @return false if the job has completed
   */
  private static boolean forgetAll(MiddlewareContext context) {
    boolean interrupted = Thread.interrupted();
    try {
      int refusals = 0;
      while (true) {
        try {
          if (isCompleted(context)) {
            return false;
          }
          context.checkpoints().replaceAll(List.of());
          context.quarantine().forgetAll();
          return true;
        } catch (StoreUnavailableException e) {
          log.debug("Could not drop the checkpoints of a job yet", e);
        } catch (CairnException e) {
          // For example, another session may hold a lock.
          if (++refusals > REFUSALS_MAX) {
            throw e;
          }
          log.debug("Could not drop the checkpoints of a job yet", e);
        }
        interrupted |= pause();
        context.yieldIfInterrupted();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Whether the thread was interrupted meanwhile. */
  private static boolean pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }

  /**
   * Whether an attempt that was asked to stop has done so. If it has failed by itself before it
   * noticed, it counts as failed.
   */
  private static boolean hasStopped(MiddlewareContext context, Throwable failure) {
    return context.foreseeEnd(failure).reason().isPresent();
  }

  /**
   * A job that has to stop, or whose worker snoozes or cancels it, has not failed, even if a rule
   * names a type that includes these exceptions.
   */
  private static boolean isFailure(ForeignFailure thrown) {
    return thrown.find(JobInterruption.class) == null
        && thrown.find(JobSnoozeException.class) == null
        && thrown.find(JobCancelException.class) == null;
  }
}
