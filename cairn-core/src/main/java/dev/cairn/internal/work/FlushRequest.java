package dev.cairn.internal.work;

import dev.cairn.CairnException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The request of an attempt that waits until its checkpoints are durable. */
final class FlushRequest {
  private final AttemptCheckpoints checkpoints;
  private final long upTo;
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile @Nullable CairnException failure;
  private boolean reported;
  private boolean locked;
  private long lockedNanos;

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

  /**
   * Notes that a check has found the row locked. Returns for how long all checks, including this
   * one, have found that. Called by one thread.
   */
  Duration lockedFor() {
    long now = System.nanoTime();
    if (!locked) {
      locked = true;
      lockedNanos = now;
    }
    return Duration.ofNanos(now - lockedNanos);
  }

  /**
   * Notes that a check has found the row not locked, or could not find out. Called by one thread.
   */
  void notLocked() {
    locked = false;
  }

  /** Whether a long wait has not been reported yet. Called by one thread. */
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
   * @throws dev.cairn.JobInterruption if the attempt has to stop, because its job is lost, or
   *     because its thread was interrupted to stop it while the database did not answer
   */
  void await() {
    awaitAnswer();
    CairnException failed = failure;
    if (failed != null) {
      throw new CairnException(failed.getMessage(), failed);
    }
    checkpoints.attempt().yieldIfLeaseLost();
  }

  /** An interrupt that Cairn did not send belongs to the worker, and is restored. */
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
