package dev.cairn.cli.stats;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happens on a schema at a moment.
 *
 * @param jobs by the label of their state
 * @param countedUpTo a number of {@code jobs} as large means "at least"
 * @param rates what happened in the last seconds, per second
 * @param running the resumable jobs among those that have been running for the longest time
 */
record Stats(
    Instant at,
    int clients,
    @Nullable String leader,
    Map<String, Long> jobs,
    long countedUpTo,
    Rates rates,
    List<Queue> queues,
    List<Running> running) {
  Stats {
    jobs = Map.copyOf(jobs);
    queues = List.copyOf(queues);
    running = List.copyOf(running);
  }

  /**
   * Per second.
   *
   * @param failed attempts that failed and are to be repeated, of those that took no longer than
   *     these seconds: the database does not know when an attempt has failed
   * @param failedAtLeast whether there may be more, because so many jobs wait to be repeated
   */
  record Rates(
      double inserted,
      double completed,
      double failed,
      boolean failedAtLeast,
      double cancelled,
      double discarded) {}

  /**
   * What waits in a queue.
   *
   * @param countedUpTo a number of this queue as large means "at least"
   */
  record Queue(
      String queue,
      boolean paused,
      long available,
      long running,
      long retryable,
      long countedUpTo,
      long oldestWaitingMs) {}

  /** A running job with steps. */
  record Running(
      long id,
      String kind,
      @Nullable String step,
      @Nullable Long done,
      @Nullable Long total,
      @Nullable Double share,
      @Nullable Double rate,
      @Nullable Long timeLeftMs) {}
}
