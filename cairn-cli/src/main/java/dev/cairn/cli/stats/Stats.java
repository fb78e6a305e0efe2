package dev.cairn.cli.stats;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The jobs, queues and rates of a schema at one moment.
 *
 * @param jobs by the label of their state
 * @param countedUpTo a number of {@code jobs} as large means "at least"
 * @param rates what happened in the last seconds, per second
 * @param queuesComplete whether no queue is missing: of very many, the last by name are
 * @param running the resumable jobs that have been running for the longest time
 */
record Stats(
    Instant at,
    int clients,
    @Nullable String leader,
    Map<String, Long> jobs,
    long countedUpTo,
    Rates rates,
    List<Queue> queues,
    boolean queuesComplete,
    List<Running> running) {
  Stats {
    jobs = Map.copyOf(jobs);
    queues = List.copyOf(queues);
    running = List.copyOf(running);
  }

  /**
   * Per second.
   *
   * @param insertedAtLeast whether there may be more, because no more new jobs are looked at
   * @param failed failed attempts that will be repeated and took no longer than these seconds,
   *     because the database does not know when an attempt has failed
   * @param failedAtLeast whether there may be more, because so many jobs wait to be repeated
   */
  record Rates(
      double inserted,
      boolean insertedAtLeast,
      double completed,
      double failed,
      boolean failedAtLeast,
      double cancelled,
      double discarded) {}

  /**
   * The jobs that wait in a queue.
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
