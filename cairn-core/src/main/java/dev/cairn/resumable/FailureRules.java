package dev.cairn.resumable;

import dev.cairn.JobCancelException;
import dev.cairn.JobDiscardException;
import dev.cairn.JobInterruption;
import dev.cairn.JobSnoozeException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.spi.MiddlewareContext;
import java.util.ArrayList;
import java.util.List;

/** The rules for failures that decide about the whole job (R21). */
final class FailureRules {
  private static final Log log = Log.of(FailureRules.class);

  private final List<Class<? extends Throwable>> restarting = new ArrayList<>();
  private final List<Class<? extends Throwable>> hopeless = new ArrayList<>();

  synchronized void restartOn(Class<? extends Throwable> type) {
    restarting.add(type);
  }

  synchronized void giveUpOn(Class<? extends Throwable> type) {
    hopeless.add(type);
  }

  /** Whether there is a rule for a failure, so that it decides about the whole job. */
  synchronized boolean decide(Exception failure) {
    var said = new ForeignFailure(failure);
    return contains(hopeless, said) || contains(restarting, said);
  }

  /** The failure to report for an exception of the worker. */
  synchronized Throwable judge(MiddlewareContext context, String job, Throwable failure) {
    var said = new ForeignFailure(failure);
    if (!isFailure(context, said)) {
      return failure;
    }
    if (contains(hopeless, said) && !(failure instanceof JobDiscardException)) {
      return new JobDiscardException(
          "%s is discarded by giveUpOn: %s [CAIRN-317]".formatted(job, said.message()), failure);
    }
    if (contains(restarting, said)) {
      try {
        context.checkpoints().replaceAll(List.of());
        context.quarantine().forgetAll();
        log.info("{} will start from zero after {}", job, said.text());
      } catch (RuntimeException e) {
        said.suppress(e);
      }
    }
    return failure;
  }

  /**
   * A job that has to stop, or whose worker snoozes or cancels it, has not failed, even if a rule
   * names a type that includes these exceptions.
   */
  private static boolean isFailure(MiddlewareContext context, ForeignFailure thrown) {
    return context.interruption().isEmpty()
        && thrown.find(JobInterruption.class) == null
        && thrown.find(JobSnoozeException.class) == null
        && thrown.find(JobCancelException.class) == null;
  }

  private static boolean contains(List<Class<? extends Throwable>> types, ForeignFailure failure) {
    return types.stream().anyMatch(type -> failure.find(type) != null);
  }
}
