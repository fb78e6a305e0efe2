package dev.cairn.internal.upkeep;

import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.concurrent.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One term of a leader, with its services. Thread-safe. */
final class Term {
  /** How often a service checks whether the term is valid again. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Instant electedAt;
  private final Lease lease;
  private final List<Loop> loops = new ArrayList<>();
  private final Map<String, Loop> byName = new HashMap<>();
  private long endNanos;
  private boolean stopped;

  /**
   * @param endNanos when the term ends unless it is extended, in {@link System#nanoTime()}
   */
  Term(Instant electedAt, Lease lease, long endNanos) {
    this.electedAt = electedAt;
    this.lease = lease;
    this.endNanos = endNanos;
  }

  /** When the term began, which identifies it. */
  Instant electedAt() {
    return electedAt;
  }

  synchronized void prolong(long newEndNanos) {
    endNanos = newEndNanos;
  }

  /** Whether the client still leads. */
  synchronized boolean isValid() {
    return !stopped && endNanos - System.nanoTime() > 0 && lease.isValid();
  }

  synchronized void startServices(List<LeaderService> services) {
    for (LeaderService service : services) {
      var loop =
          new Loop(
              "cairn-" + service.name(), () -> isValid() ? service.turn() : RETRY, service::end);
      // If two services have the same name, such as two tasks of the application, both are stopped.
      loops.add(loop);
      byName.put(service.name(), loop);
      loop.start();
    }
  }

  /** Stops each service after its current work. Returns at once. */
  synchronized void stopServices() {
    stopped = true;
    loops.forEach(Loop::stop);
  }

  synchronized void ring(String service) {
    Loop loop = byName.get(service);
    if (loop != null) {
      loop.ring();
    }
  }

  /** Waits for the services to end. */
  boolean join(Deadline deadline) {
    List<Loop> all;
    synchronized (this) {
      all = List.copyOf(loops);
    }
    return all.stream().allMatch(loop -> loop.join(deadline.rest()));
  }

  /** The threads of the services that have not ended. */
  synchronized List<Thread> threads() {
    return loops.stream().flatMap(loop -> loop.thread().stream()).filter(Thread::isAlive).toList();
  }
}
