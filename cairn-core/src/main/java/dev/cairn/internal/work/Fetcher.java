package dev.cairn.internal.work;

import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.JobStore;
import java.time.Duration;
import java.util.List;

/** Claims the jobs of one queue as slots become free, and hands each to the executor. */
final class Fetcher {
  private final String queue;
  private final EngineSettings settings;
  private final JobStore jobs;
  private final Executor executor;
  private final Completer completer;
  private final Slots slots;
  private final Loop loop;
  private volatile boolean waitsForRoom;

  Fetcher(
      String queue,
      int maxWorkers,
      EngineSettings settings,
      JobStore jobs,
      Executor executor,
      Completer completer) {
    this.queue = queue;
    this.settings = settings;
    this.jobs = jobs;
    this.executor = executor;
    this.completer = completer;
    this.slots = new Slots(maxWorkers);
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
    List<ClaimedJob> claimed = jobs.claim(queue, settings.clientId(), settings.kinds(), room);
    slots.take(claimed.size());
    for (ClaimedJob job : claimed) {
      executor.execute(job, this::release);
    }
    return claimed.size() == room ? Duration.ZERO : settings.pollInterval();
  }

  private void release() {
    slots.release();
    roomAgain();
  }
}
