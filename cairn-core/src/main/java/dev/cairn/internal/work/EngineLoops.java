package dev.cairn.internal.work;

import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.store.Connections;
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
  void start() {
    dispatcher.start();
    completer.start();
    checkpointWriter.start();
    deadlines.start();
    watcher.start();
  }

  /**
   * Waits for the outcomes, then ends all loops except that of the dispatcher: the last turns of
   * the others have events, too.
   *
   * @param claiming the loops of the queues, which were already told to stop
   * @return whether all outcomes were written
   */
  boolean stop(List<StoppedLoop> claiming, Deadline deadline, Connections connections) {
    boolean allWritten = completer.awaitIdle(deadline);
    completer.stop();
    checkpointWriter.stop();
    deadlines.stop();
    watcher.stop();
    dispatcher.hurry();
    var loops = new ArrayList<>(claiming);
    loops.add(new StoppedLoop(completer::join, completer::thread));
    loops.add(new StoppedLoop(checkpointWriter::join, checkpointWriter::thread));
    loops.add(new StoppedLoop(watcher::join, watcher::thread));
    StoppedLoop.endInTime(loops, deadline, connections);
    if (!notifier.join(deadline.rest())) {
      notifier.abort();
    }
    deadlines.join(deadline.atMost(StoppedLoop.ABORTED_MAX));
    return allWritten;
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
