package dev.cairn.benchmarks.steady;

import dev.cairn.benchmarks.measure.Pace;
import dev.cairn.benchmarks.steady.SteadySide.Session;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/** Inserts jobs while others are worked, until the measured time is over. Used by one thread. */
final class Producer {
  static final int BATCH = 1_000;

  private static final int PORTIONS_PER_SECOND = 100;
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Session session;
  private final Meter meter;
  private long inserted;
  private long least = Long.MAX_VALUE;
  private long most;

  /**
   * Creates a producer that begins at once.
   *
   * @param inserted the number of jobs that are already waiting
   */
  Producer(Session session, Meter meter, int inserted) {
    this.session = session;
    this.meter = meter;
    this.inserted = inserted;
  }

  /**
   * The number of jobs that waited while others were inserted.
   *
   * @param atTheEnd the number when the time was over
   * @param missing the number of jobs that the producer should have inserted by then but had not
   */
  record Waiting(long least, long most, long atTheEnd, long missing) {
    Waiting withMissing(long jobs) {
      return new Waiting(least, most, atTheEnd, jobs);
    }

    @Override
    public String toString() {
      return "%,d to %,d, %,d, %,d".formatted(least, most, atTheEnd, missing);
    }
  }

  /** Inserts as many jobs as are worked, so that always nearly {@code waitingMost} jobs wait. */
  Waiting fillUp(int waitingMost) throws Exception {
    while (System.nanoTime() < meter.end()) {
      if (look() + BATCH > waitingMost) {
        LockSupport.parkNanos(PAUSE_NANOS);
      } else {
        insert(new long[BATCH]);
      }
    }
    return waiting();
  }

  /** Inserts jobs at a fixed rate, in portions. A late job counts from when it was due. */
  Waiting keepRate(int perSecond) throws Exception {
    long number = 0;
    while (due(number, perSecond) < meter.end() && System.nanoTime() < meter.end()) {
      Pace.waitUntil(due(number, perSecond));
      long[] dues = dues(number, perSecond);
      insert(dues);
      number += dues.length;
    }
    Pace.waitUntil(meter.end());
    Waiting waiting = waiting();
    while (due(number, perSecond) < meter.end()) {
      number++;
    }
    return waiting.withMissing(number - inserted);
  }

  /** The time at which the job with this number is due, together with the others of its portion. */
  private long due(long number, int perSecond) {
    int portions = Math.min(perSecond, PORTIONS_PER_SECOND);
    return meter.began() + number * portions / perSecond * (SECOND_NANOS / portions);
  }

  /** The times of the due jobs, at most as many as may be inserted at once. */
  private long[] dues(long number, int perSecond) {
    long until = Math.min(System.nanoTime(), meter.end() - 1);
    return LongStream.range(number, number + BATCH)
        .map(each -> due(each, perSecond))
        .takeWhile(due -> due <= until)
        .toArray();
  }

  private void insert(long[] dues) throws Exception {
    session.insert(dues);
    inserted += dues.length;
    look();
  }

  private long look() {
    long waiting = inserted - meter.all();
    least = Math.min(least, waiting);
    most = Math.max(most, waiting);
    return waiting;
  }

  private Waiting waiting() {
    return new Waiting(least, most, inserted - meter.all(), 0);
  }
}
