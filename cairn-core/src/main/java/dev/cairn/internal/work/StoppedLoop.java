package dev.cairn.internal.work;

import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.concurrent.Patience;
import dev.cairn.internal.store.Connections;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** A loop that was told to stop and ends after its current turn. */
record StoppedLoop(Predicate<Duration> join, Supplier<Optional<Thread>> thread) {
  /** The additional time of a loop after its connection was closed forcibly. */
  static final Duration ABORTED_MAX = Duration.ofMillis(200);

  /** How long a loop is waited for that uses no connection: it waits for one, in the pool. */
  private static final Duration POOL_MAX = Duration.ofSeconds(1);

  /**
   * Waits for loops that are in the database or in the pool. The connections of those that hang are
   * closed forcibly. A loop that waits in the pool is left alone, because there may be no
   * connection for a long time, and nothing of its work is missing.
   */
  static void endInTimeOrInPool(
      List<StoppedLoop> loops, Deadline deadline, Connections connections) {
    var pool = Deadline.in(deadline.atMost(POOL_MAX));
    List<StoppedLoop> late = loops.stream().filter(loop -> !loop.join().test(pool.rest())).toList();
    late.stream()
        .filter(loop -> loop.isIn(connections) && !loop.join().test(deadline.rest()))
        .forEach(loop -> loop.abort(connections));
    awaitAll(late);
  }

  private boolean isIn(Connections connections) {
    return thread.get().filter(connections::isUsedBy).isPresent();
  }

  /**
   * Waits for loops to end. The connections of loops that hang in the database are closed forcibly.
   * These loops then have {@link #ABORTED_MAX} in total to end.
   */
  static void endInTime(List<StoppedLoop> loops, Deadline deadline, Connections connections) {
    List<StoppedLoop> late =
        loops.stream().filter(loop -> !loop.join().test(deadline.rest())).toList();
    late.forEach(loop -> loop.abort(connections));
    awaitAll(late);
  }

  private void abort(Connections connections) {
    thread.get().ifPresent(connections::abortOf);
  }

  private static void awaitAll(List<StoppedLoop> aborted) {
    boolean ignored = Patience.await(ABORTED_MAX, slice -> areOver(aborted, Deadline.in(slice)));
  }

  private static boolean areOver(List<StoppedLoop> loops, Deadline slice) {
    return loops.stream().allMatch(loop -> loop.join().test(slice.rest()));
  }
}
