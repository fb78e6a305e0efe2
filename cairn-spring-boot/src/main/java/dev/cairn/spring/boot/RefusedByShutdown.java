package dev.cairn.spring.boot;

import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import java.util.concurrent.RejectedExecutionException;

/**
 * When the application closes, its executors may refuse tasks while a job still runs. That is an
 * interruption of the job, and uses up no attempt. The job itself may not have been asked to stop
 * yet: the client does so on a thread of its own.
 */
final class RefusedByShutdown implements Middleware {
  /** Deep enough for what wraps a refusal, and an end for causes that form a circle. */
  private static final int CAUSES_MAX = 50;

  private final ClientStop stop;

  RefusedByShutdown(ClientStop stop) {
    this.stop = stop;
  }

  @Override
  public void work(MiddlewareContext context, Next next) throws Exception {
    try {
      next.proceed();
    } catch (Exception e) {
      if (isRefusal(e) && (stop.hasBegun() || context.interruption().isPresent())) {
        throw context.yieldNow("an executor of the closing application refused a task");
      }
      throw e;
    }
  }

  private static boolean isRefusal(Exception failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < CAUSES_MAX; i++) {
      if (cause instanceof RejectedExecutionException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}
