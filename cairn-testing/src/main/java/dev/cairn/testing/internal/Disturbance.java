package dev.cairn.testing.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

/**
 * A misbehaviour in progress. It affects certain calls, a number of times, for a time that begins
 * with the first of them. Calls that hang because of it are released when it ends. Thread-safe.
 */
public final class Disturbance implements AutoCloseable {
  private final Predicate<DatabaseCall> where;
  private final Misbehaviour misbehaviour;
  private final int timesMax;
  private int toSpare;
  private final long mostNanos;
  private final List<DatabaseCall> disturbed = new ArrayList<>();
  private final List<CountDownLatch> hanging = new ArrayList<>();
  private long beginNanos;
  private boolean closed;

  Disturbance(
      Predicate<DatabaseCall> where,
      Misbehaviour misbehaviour,
      int spared,
      int timesMax,
      Duration most) {
    this.where = where;
    this.misbehaviour = misbehaviour;
    this.toSpare = spared;
    this.timesMax = timesMax;
    this.mostNanos = most.toNanos();
  }

  Misbehaviour misbehaviour() {
    return misbehaviour;
  }

  /** Whether this call is one of those to disturb; it is then counted as disturbed. */
  synchronized boolean takes(DatabaseCall call) {
    if (isOver() || disturbed.size() >= timesMax || !where.test(call)) {
      return false;
    }
    if (toSpare > 0) {
      toSpare--;
      return false;
    }
    if (disturbed.isEmpty()) {
      beginNanos = System.nanoTime();
    }
    disturbed.add(call);
    return true;
  }

  /** Releases a hanging call when this ends. */
  synchronized void releases(CountDownLatch hangingCall) {
    if (isOver()) {
      hangingCall.countDown();
    } else {
      hanging.add(hangingCall);
    }
  }

  /** How long this lasts unless it is ended earlier. */
  synchronized long restNanos() {
    return disturbed.isEmpty() ? mostNanos : beginNanos + mostNanos - System.nanoTime();
  }

  /** Whether it has ended: its time has passed, or somebody has ended it. */
  public synchronized boolean isOver() {
    return closed || restNanos() <= 0;
  }

  /** Whether a call hangs, or waits for its late answer, because of this. */
  public synchronized boolean hasHanging() {
    return !hanging.isEmpty();
  }

  /** Called when the call continues, by itself or because it was released. */
  synchronized void goesOn(CountDownLatch hangingCall) {
    hanging.remove(hangingCall);
  }

  /** Whether no further call is disturbed. */
  public synchronized boolean isSpent() {
    return isOver() || disturbed.size() >= timesMax;
  }

  /** The calls that were disturbed, in their order. */
  public synchronized List<DatabaseCall> disturbed() {
    return List.copyOf(disturbed);
  }

  /** Ends it, and releases every call that hangs because of it. */
  @Override
  public synchronized void close() {
    closed = true;
    hanging.forEach(CountDownLatch::countDown);
    hanging.clear();
  }
}
