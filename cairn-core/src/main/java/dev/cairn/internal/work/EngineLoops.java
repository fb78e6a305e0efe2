package dev.cairn.internal.work;

import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.concurrent.Patience;
import dev.cairn.internal.store.Connections;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The loops other than those of the queues. They start before the first claim. They stop when all
 * outcomes are written, or can no longer be written.
 */
record EngineLoops(
    Completer completer,
    CheckpointWriter checkpointWriter,
    Deadlines deadlines,
    RunningJobsWatcher watcher,
    Notifier notifier,
    EventDispatcher dispatcher) {
  /**
   * The additional time of the last outcomes. If the database was considered unreachable, the jobs
   * have used up the rest, and those that were given up come only now.
   */
  private static final Duration LAST_OUTCOMES_MAX = Duration.ofMillis(100);

  /** How long the loop may take that listens; it needs no more than a moment to notice its end. */
  private static final Duration LISTENING_MAX = Duration.ofSeconds(1);

  void start() {
    dispatcher.start();
    completer.start();
    checkpointWriter.start();
    deadlines.start();
    watcher.start();
  }

  /**
   * Waits for the outcomes, then ends all loops except that of the dispatcher, because the last
   * turns of the others have events, too, and the one that listens.
   *
   * @param claiming the loops of the queues, which were already told to stop
   * @return whether all outcomes were written
   */
  boolean stop(List<StoppedLoop> claiming, Deadline deadline, Connections connections) {
    boolean allWritten =
        completer.awaitIdle(deadline)
            || Patience.await(LAST_OUTCOMES_MAX, slice -> completer.awaitIdle(Deadline.in(slice)));
    completer.stop();
    checkpointWriter.stop();
    deadlines.stop();
    watcher.stop();
    dispatcher.hurry();
    var loops = new ArrayList<>(claiming);
    loops.add(new StoppedLoop(completer::join, completer::thread));
    loops.add(new StoppedLoop(checkpointWriter::join, checkpointWriter::thread));
    loops.add(new StoppedLoop(watcher::join, watcher::thread));
    StoppedLoop.endInTimeOrInPool(loops, deadline, connections);
    deadlines.join(deadline.atMost(StoppedLoop.ABORTED_MAX));
    return allWritten;
  }

  /**
   * Waits for the loop that listens. Comes after the client has signed off, which must not wait for
   * it: it may wait in the pool, and writes nothing.
   */
  void endListening(Deadline deadline) {
    if (!notifier.join(deadline.atMost(LISTENING_MAX))) {
      notifier.abort();
    }
  }

  /**
   * Delivers the last events, and ends the dispatcher. Comes last, so that a listener that does not
   * return delays nothing else, and nothing that ends is without its event.
   */
  void endTelling(Deadline deadline, Connections connections) {
    dispatcher.stop();
    StoppedLoop.endInTime(
        List.of(new StoppedLoop(dispatcher::join, dispatcher::thread)), deadline, connections);
  }
}
