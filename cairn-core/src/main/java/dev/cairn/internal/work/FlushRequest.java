package dev.cairn.internal.work;

import dev.cairn.CairnException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The request of an attempt that waits until its checkpoints are durable. */
final class FlushRequest {
  /** How much of the time between two checks counts. They are usually milliseconds apart. */
  private static final long BETWEEN_MAX = Duration.ofSeconds(1).toNanos();

  private final AttemptCheckpoints checkpoints;
  private final long upTo;
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile @Nullable CairnException failure;
  private boolean reported;
  private boolean locked;
  private long checkedNanos;
  private long lockedForNanos;

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
   * one, have found that. If two checks are far apart, this process or the server has paused, and
   * nobody knows about the lock in between: of that time, only a second counts. Called by one
   * thread.
   *
   * @param now the time of the check, in {@link System#nanoTime()}
   */
  Duration lockedFor(long now) {
    lockedForNanos = locked ? lockedForNanos + Math.min(now - checkedNanos, BETWEEN_MAX) : 0;
    locked = true;
    checkedNanos = now;
    return Duration.ofNanos(lockedForNanos);
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
