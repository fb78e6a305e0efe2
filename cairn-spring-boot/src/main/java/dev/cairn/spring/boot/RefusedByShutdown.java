package dev.cairn.spring.boot;

import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import java.util.concurrent.RejectedExecutionException;

/**
 * When the application closes, its executors may refuse tasks while a job still runs. Such a job
 * was asked to stop already: what it meets then is an interruption, and uses up no attempt.
 */
final class RefusedByShutdown implements Middleware {
  /** Deep enough for what wraps a refusal, and an end for causes that form a circle. */
  private static final int CAUSES_MAX = 50;

  @Override
  public void work(MiddlewareContext context, Next next) throws Exception {
    try {
      next.proceed();
    } catch (Exception e) {
      if (isRefusal(e) && context.interruption().isPresent()) {
        context.yieldIfInterrupted();
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
