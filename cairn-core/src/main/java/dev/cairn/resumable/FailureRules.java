package dev.cairn.resumable;

import dev.cairn.JobDiscardException;
import dev.cairn.WorkContext;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which failures mean more than a retry where the job stopped (R21). */
final class FailureRules {
  private static final Logger log = LoggerFactory.getLogger(FailureRules.class);
  private static final int CAUSES_MAX = 100;

  private final List<Class<? extends Throwable>> restarting = new ArrayList<>();
  private final List<Class<? extends Throwable>> hopeless = new ArrayList<>();

  synchronized void restartOn(Class<? extends Throwable> type) {
    restarting.add(type);
  }

  synchronized void giveUpOn(Class<? extends Throwable> type) {
    hopeless.add(type);
  }

  /** What the worker's failure amounts to. */
  synchronized Exception judge(WorkContext context, String job, Exception failure) {
    if (contains(hopeless, failure) && !(failure instanceof JobDiscardException)) {
      return new JobDiscardException(
          "%s is given up: %s".formatted(job, failure.getMessage()), failure);
    }
    if (contains(restarting, failure)) {
      try {
        context.checkpoints().replaceAll(List.of());
        log.info("{} will start from zero after {}", job, failure.toString());
      } catch (RuntimeException e) {
        failure.addSuppressed(e);
      }
    }
    return failure;
  }

  private static boolean contains(List<Class<? extends Throwable>> types, Throwable failure) {
    int depth = 0;
    for (Throwable cause = failure; cause != null && depth < CAUSES_MAX; cause = cause.getCause()) {
      Throwable each = cause;
      if (types.stream().anyMatch(type -> type.isInstance(each))) {
        return true;
      }
      depth++;
    }
    return false;
  }
}
