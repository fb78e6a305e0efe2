package dev.cairn.internal.work;

import dev.cairn.CairnException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** An attempt that waits for its checkpoints to be durable. */
final class FlushRequest {
  private final AttemptCheckpoints checkpoints;
  private final long upTo;
  private final long startNanos = System.nanoTime();
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile @Nullable CairnException failure;
  private boolean reported;

  FlushRequest(AttemptCheckpoints checkpoints, long upTo) {
    this.checkpoints = checkpoints;
    this.upTo = upTo;
  }

  AttemptCheckpoints checkpoints() {
    return checkpoints;
  }

  long upTo() {
    return upTo;
  }

  Duration age() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  /** Whether nobody was told yet that it waits for long. Called by one thread. */
  boolean isFirstReport() {
    boolean first = !reported;
    reported = true;
    return first;
  }

  boolean isAnswered() {
    return done.getCount() == 0;
  }

  void succeed() {
    done.countDown();
  }

  void fail(CairnException failure) {
    this.failure = failure;
    done.countDown();
  }

  /**
   * Waits for the answer.
   *
   * @throws dev.cairn.JobInterruption if the attempt has to stop: its job is not its any more, or
   *     its thread was interrupted for that while the database did not answer
   */
  void await() {
    awaitAnswer();
    CairnException failed = failure;
    if (failed != null) {
      throw new CairnException(failed.getMessage(), failed);
    }
    checkpoints.attempt().yieldIfLeaseLost();
  }

  /** An interrupt that nobody has asked for is the worker's own: it is left as it was. */
  private void awaitAnswer() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          done.await();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
          checkpoints.attempt().yieldIfInterrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
