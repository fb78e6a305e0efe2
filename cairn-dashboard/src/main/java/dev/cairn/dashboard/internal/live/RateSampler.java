package dev.cairn.dashboard.internal.live;

import dev.cairn.dashboard.internal.read.RateSample;
import dev.cairn.dashboard.internal.read.RateSample.Since;
import dev.cairn.dashboard.internal.read.Reader;
import dev.cairn.dashboard.internal.view.OverviewView.Rates;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures how many jobs a second are inserted, complete, fail and are discarded, every five
 * seconds, as long as somebody looks at it. Keeps the last hour. Thread-safe.
 */
public final class RateSampler implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RateSampler.class);

  private static final long STEP_MS = 5_000;
  private static final int STEPS_MAX = 720;
  private static final Duration ATTENTION = Duration.ofMinutes(1);

  private final Reader reader;
  private final boolean always;
  private final long pauseMs;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stop = lock.newCondition();
  private final TreeMap<Long, Rate> rates = new TreeMap<>();
  private long wantedUntil;
  private boolean runs;
  private boolean closed;

  private record Rate(
      @Nullable Double inserted,
      boolean insertedAtLeast,
      double completed,
      double failed,
      boolean failedAtLeast,
      double discarded) {}

  /**
   * @param always whether to measure even while nobody looks
   */
  public RateSampler(Reader reader, boolean always) {
    this(reader, always, STEP_MS);
  }

  /** For tests: with another time between two measurements. */
  RateSampler(Reader reader, boolean always, long pauseMs) {
    this.reader = reader;
    this.always = always;
    this.pauseMs = pauseMs;
    if (always) {
      want();
    }
  }

  /** Somebody looks. */
  private void want() {
    lock.lock();
    try {
      wantedUntil = System.nanoTime() + ATTENTION.toNanos();
      if (!runs && !closed) {
        runs = true;
        Thread.ofVirtual().name("cairn-dashboard-rates").start(this::run);
      }
    } finally {
      lock.unlock();
    }
  }

  /** The rates up to now. */
  public Rates rates(Instant now) {
    want();
    lock.lock();
    try {
      long end = now.toEpochMilli() / STEP_MS;
      long begin = rates.isEmpty() ? end : Math.max(rates.firstKey(), end - STEPS_MAX);
      var inserted = new ArrayList<@Nullable Double>();
      var completed = new ArrayList<@Nullable Double>();
      var failed = new ArrayList<@Nullable Double>();
      var discarded = new ArrayList<@Nullable Double>();
      for (long step = begin; step < end; step++) {
        Rate rate = rates.get(step);
        inserted.add(rate == null ? null : rate.inserted());
        completed.add(rate == null ? null : rate.completed());
        failed.add(rate == null ? null : rate.failed());
        discarded.add(rate == null ? null : rate.discarded());
      }
      return new Rates(
          STEP_MS,
          Instant.ofEpochMilli(begin * STEP_MS),
          inserted,
          !rates.isEmpty() && rates.lastEntry().getValue().insertedAtLeast(),
          completed,
          failed,
          !rates.isEmpty() && rates.lastEntry().getValue().failedAtLeast(),
          discarded);
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    var inserted = new InsertedJobs();
    RateSample last = null;
    while (goOn()) {
      try {
        Since since = inserted.since();
        RateSample sample = reader.read(snapshot -> RateSample.of(snapshot, since));
        Long number = inserted.add(sample);
        if (last != null) {
          keep(last, sample, number);
        }
        last = sample;
      } catch (RuntimeException | Error e) {
        // Even an Error, which may pass, because nobody would start another thread. The overview
        // itself tells that the database is away.
        log.debug("The rates could not be measured", e);
        inserted = new InsertedJobs();
        last = null;
      }
      pause();
    }
  }

  private void keep(RateSample last, RateSample sample, @Nullable Long inserted) {
    double seconds = Duration.between(last.now(), sample.now()).toMillis() / 1_000.0;
    if (seconds <= 0) {
      return;
    }
    lock.lock();
    try {
      rates.put(
          (sample.now().toEpochMilli() - 1) / STEP_MS,
          new Rate(
              inserted == null ? null : rate(inserted, seconds),
              sample.freshAtLeast(),
              rate(sample.completed(), seconds),
              rate(sample.failed(), seconds),
              sample.failedAtLeast(),
              rate(sample.discarded(), seconds)));
      while (rates.size() > STEPS_MAX) {
        rates.pollFirstEntry();
      }
    } finally {
      lock.unlock();
    }
  }

  private static double rate(long number, double seconds) {
    return Math.round(number / seconds * 10) / 10.0;
  }

  private boolean goOn() {
    lock.lock();
    try {
      runs = !closed && (always || System.nanoTime() - wantedUntil < 0);
      return runs;
    } finally {
      lock.unlock();
    }
  }

  private void pause() {
    lock.lock();
    try {
      long left = Duration.ofMillis(pauseMs).toNanos();
      while (!closed && left > 0) {
        left = stop.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      stop.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** For tests: what was measured. */
  List<Long> steps() {
    lock.lock();
    try {
      return List.copyOf(rates.keySet());
    } finally {
      lock.unlock();
    }
  }
}
