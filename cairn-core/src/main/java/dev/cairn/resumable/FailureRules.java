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

/** Which failures mean more than a retry where the job stopped (R21). */
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

  /** Whether there is a rule for a failure, so that it is one of the whole job. */
  synchronized boolean decide(Exception failure) {
    var said = new ForeignFailure(failure);
    return contains(hopeless, said) || contains(restarting, said);
  }

  /** What the worker's failure amounts to. */
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
   * A job that has to stop, or that its worker snoozes or cancels, has not failed, however wide the
   * type is that a rule names.
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
