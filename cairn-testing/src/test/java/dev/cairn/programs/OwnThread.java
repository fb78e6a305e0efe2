package dev.cairn.programs;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * For what an attempt's thread has done from outside of the attempt: it may be interrupted at any
 * time, which breaks a connection that it uses.
 */
final class OwnThread {
  private OwnThread() {}

  /** Calls it on another thread, and waits for it whatever happens. */
  static <T> T call(Callable<T> what) {
    return begin(what).join();
  }

  /** Calls it on another thread. Returns whether it was over in time; if not, it goes on. */
  static boolean isOver(Callable<?> what, Duration time) {
    try {
      Object ignored = begin(what).orTimeout(time.toMillis(), TimeUnit.MILLISECONDS).join();
      return true;
    } catch (CompletionException e) {
      if (e.getCause() instanceof TimeoutException) {
        return false;
      }
      throw e;
    }
  }

  private static <T> CompletableFuture<T> begin(Callable<T> what) {
    var done = new CompletableFuture<T>();
    Thread.startVirtualThread(() -> {
      try {
        done.complete(what.call());
      } catch (Exception e) {
        done.completeExceptionally(e);
      }
    });
    return done;
  }
}
