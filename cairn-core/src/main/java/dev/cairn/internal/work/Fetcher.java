package dev.cairn.internal.work;

import dev.cairn.QueueOptions;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.JobStore;
import dev.cairn.spi.Fetch;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/** Claims the jobs of one queue as slots become free, and hands each to the executor. */
final class Fetcher {
  private final String queue;
  private final ClaimScope scope;
  private final JobStore jobs;
  private final Executor executor;
  private final Completer completer;
  private final Strays strays;
  private final FetchReporter reporter;
  private final Duration pollInterval;
  private final long cooldownNanos;
  private final Slots slots;
  private final ClaimMarks marks = new ClaimMarks(System.nanoTime());
  private final Loop loop;
  private final AtomicBoolean called = new AtomicBoolean();
  private volatile boolean waitsForRoom;

  /** Not before this, in {@link System#nanoTime()}. Used by the loop only. */
  private long nextFetchNanos = System.nanoTime();

  Fetcher(
      String queue,
      QueueOptions options,
      EngineSettings settings,
      JobStore jobs,
      Executor executor,
      Completer completer,
      Strays strays,
      FetchReporter reporter) {
    this.queue = queue;
    this.scope = new ClaimScope(queue, settings.clientId(), settings.kinds());
    this.jobs = jobs;
    this.executor = executor;
    this.completer = completer;
    this.strays = strays;
    this.reporter = reporter;
    this.pollInterval = Objects.requireNonNullElse(options.pollInterval(), settings.pollInterval());
    this.cooldownNanos =
        Objects.requireNonNullElse(options.fetchCooldown(), settings.fetchCooldown()).toNanos();
    this.slots = new Slots(options.maxWorkers());
    this.loop = new Loop("cairn-fetch-" + queue, this::turn);
  }

  void start() {
    loop.start();
  }

  void stop() {
    loop.stop();
  }

  boolean join(Duration timeout) {
    return loop.join(timeout);
  }

  /** There may be new jobs. */
  void wake() {
    called.set(true);
    loop.ring();
  }

  /** There is room again, in the slots or behind the completer. */
  void roomAgain() {
    if (waitsForRoom) {
      loop.ring();
    }
  }

  private Duration turn() {
    waitsForRoom = true;
    int room = Math.min(slots.free(), completer.room());
    if (room == 0) {
      return Loop.UNTIL_RUNG;
    }
    waitsForRoom = false;
    long start = System.nanoTime();
    if (start - nextFetchNanos < 0) {
      return Duration.ofNanos(nextFetchNanos - start);
    }
    nextFetchNanos = start + cooldownNanos;
    ClaimRange range = marks.next(called.getAndSet(false), start);
    List<ClaimedJob> claimed = claim(range, room);
    long end = System.nanoTime();
    boolean limited = claimed.size() == room;
    marks.looked(range, claimed, limited, start, end);
    slots.take(claimed.size());
    for (ClaimedJob job : claimed) {
      executor.execute(job, new Slot(this::release));
    }
    reporter.report(new Fetch(queue, room, claimed.size(), Duration.ofNanos(end - start)));
    return limited ? Duration.ZERO : marks.rest(pollInterval, end);
  }

  private List<ClaimedJob> claim(ClaimRange range, int room) {
    try {
      return jobs.claim(scope, range, room);
    } catch (RuntimeException e) {
      called.set(true);
      strays.doubt();
      throw e;
    }
  }

  private void release() {
    slots.release();
    roomAgain();
  }
}
