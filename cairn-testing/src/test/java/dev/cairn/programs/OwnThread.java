package dev.cairn.programs;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * For what an attempt's thread has done from outside of the attempt: it may be interrupted at any
 * time, which breaks a connection that it uses.
 */
final class OwnThread {
  private OwnThread() {}

  /** Calls it on another thread, and waits for it whatever happens. */
  static <T> T call(Callable<T> what) {
    var done = new CompletableFuture<T>();
    Thread.startVirtualThread(() -> {
      try {
        done.complete(what.call());
      } catch (Exception e) {
        done.completeExceptionally(e);
      }
    });
    return done.join();
  }
}
