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
import org.jspecify.annotations.Nullable;

/** One term of a leader, with its services. Thread-safe. */
final class Term {
  /** How often a service checks whether the term is valid again. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** How much further the clock of the database may move on without a doubt. */
  private static final Duration UNNOTICED_MAX = Duration.ofSeconds(1);

  private final Instant electedAt;
  private final Lease lease;
  private final List<Loop> loops = new ArrayList<>();
  private final Map<String, Loop> byName = new HashMap<>();
  private long endNanos;
  private boolean stopped;

  /** The time of the database at the last look, and when it was asked for. */
  private @Nullable Instant seen;

  private long seenNanos;

  /** When the clock of the database was seen to have jumped; null if the term is beyond doubt. */
  private @Nullable Long doubtedNanos;

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

  /**
   * Notes that the term was prolonged.
   *
   * @param sentNanos when the statement was sent, in {@link System#nanoTime()}
   * @param newEndNanos when the term ends now
   */
  synchronized void prolong(long sentNanos, long newEndNanos) {
    endNanos = newEndNanos;
    if (doubtedNanos != null && sentNanos - doubtedNanos >= 0) {
      doubtedNanos = null;
    }
  }

  /**
   * Whether the term is valid by the clock of the database too, as far as this can be seen. While a
   * host is suspended, its monotonic clock may stand still: then the term looks valid after it is
   * over, and another leader may have done this one's work. So if the clock of the database has
   * moved on further than the monotonic one, the term is in doubt until it is prolonged again.
   *
   * @param now the time of the database
   * @param askedNanos when it was asked for, in {@link System#nanoTime()}
   */
  synchronized boolean isCertainAt(Instant now, long askedNanos) {
    long answeredNanos = System.nanoTime();
    if (seen != null
        && Duration.between(seen, now)
                .minusNanos(answeredNanos - seenNanos)
                .compareTo(UNNOTICED_MAX)
            > 0) {
      doubtedNanos = answeredNanos;
    }
    seen = now;
    seenNanos = askedNanos;
    return doubtedNanos == null;
  }

  /** Whether the client still leads. */
  synchronized boolean isValid() {
    return !stopped && endNanos - System.nanoTime() > 0 && lease.isValid();
  }

  /** Whether a term is valid by the clock of the database too: {@link Term#isCertainAt}. */
  @FunctionalInterface
  interface Certainty {
    boolean isCertainAt(Instant now, long askedNanos);
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
