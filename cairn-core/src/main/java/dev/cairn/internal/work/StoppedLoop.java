package dev.cairn.internal.work;

import dev.cairn.internal.claims.Deadline;
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

  /**
   * Waits for loops to end. The connections of loops that hang in the database are closed forcibly.
   * These loops then have {@link #ABORTED_MAX} in total to end.
   */
  static void endInTime(List<StoppedLoop> loops, Deadline deadline, Connections connections) {
    List<StoppedLoop> late =
        loops.stream().filter(loop -> !loop.join().test(deadline.rest())).toList();
    late.forEach(loop -> loop.thread().get().ifPresent(connections::abortOf));
    var aborted = Deadline.in(ABORTED_MAX);
    late.forEach(loop -> {
      boolean ignored = loop.join().test(aborted.rest());
    });
  }
}
