package dev.cairn.benchmarks;

import dev.cairn.benchmarks.SteadySide.Session;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Inserts jobs while others are worked, until the time of the meter is over. For one thread. */
final class Producer {
  static final int BATCH = 1_000;

  private static final int TICKS_PER_SECOND = 100;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Session session;
  private final Meter meter;
  private long inserted;
  private long least = Long.MAX_VALUE;
  private long most;

  /**
   * A producer that begins at once.
   *
   * @param inserted how many jobs wait already
   */
  Producer(Session session, Meter meter, int inserted) {
    this.session = session;
    this.meter = meter;
    this.inserted = inserted;
  }

  /** How many jobs waited while others were inserted, and when the time was over. */
  record Waiting(long least, long most, long atTheEnd) {
    @Override
    public String toString() {
      return "%,d to %,d, %,d".formatted(least, most, atTheEnd);
    }
  }

  /** As many as are worked, so that there are always enough, and never more than so many. */
  Waiting fillUp(int waitingMost) throws Exception {
    while (System.nanoTime() < meter.end()) {
      if (look() + BATCH > waitingMost) {
        LockSupport.parkNanos(PAUSE_NANOS);
      } else {
        insert(BATCH, System.nanoTime());
      }
    }
    return waiting();
  }

  /** So many a second. What comes late counts from when it should have come. */
  Waiting keepRate(int perSecond) throws Exception {
    long start = inserted;
    int ticks = Math.min(perSecond, TICKS_PER_SECOND);
    long interval = TimeUnit.SECONDS.toNanos(1) / ticks;
    for (long tick = 0; meter.began() + tick * interval < meter.end(); tick++) {
      long due = meter.began() + tick * interval;
      LatencyCommand.waitUntil(due);
      insert((int) (start + (tick + 1) * perSecond / ticks - inserted), due);
      if (System.nanoTime() >= meter.end()) {
        break;
      }
    }
    LatencyCommand.waitUntil(meter.end());
    return waiting();
  }

  private void insert(int jobs, long due) throws Exception {
    session.insert(jobs, due);
    inserted += jobs;
    look();
  }

  private long look() {
    long waiting = inserted - meter.all();
    least = Math.min(least, waiting);
    most = Math.max(most, waiting);
    return waiting;
  }

  private Waiting waiting() {
    return new Waiting(least, most, inserted - meter.all());
  }
}
