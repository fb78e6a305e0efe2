package dev.cairn.internal.work;

import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.store.Connections;
import java.util.ArrayList;
import java.util.List;

/**
 * The loops beside those of the queues. They start before the first claim, and stop when all
 * outcomes are written, or can be written no more.
 */
record EngineLoops(
    Completer completer,
    CheckpointWriter checkpointWriter,
    Deadlines deadlines,
    Lookout lookout,
    Notifier notifier,
    Teller teller) {
  void start() {
    teller.start();
    completer.start();
    checkpointWriter.start();
    deadlines.start();
    lookout.start();
  }

  /**
   * Waits for the outcomes, then ends all but the telling of events.
   *
   * @param claiming the loops of the queues, which were told to stop
   * @return whether all outcomes were written
   */
  boolean stop(List<StoppedLoop> claiming, Deadline deadline, Connections connections) {
    boolean allWritten = completer.awaitIdle(deadline);
    completer.stop();
    checkpointWriter.stop();
    deadlines.stop();
    lookout.stop();
    teller.stop();
    var loops = new ArrayList<>(claiming);
    loops.add(new StoppedLoop(completer::join, completer::thread));
    loops.add(new StoppedLoop(checkpointWriter::join, checkpointWriter::thread));
    loops.add(new StoppedLoop(lookout::join, lookout::thread));
    StoppedLoop.endInTime(loops, deadline, connections);
    if (!notifier.join(deadline.rest())) {
      notifier.abort();
    }
    deadlines.join(deadline.atMost(StoppedLoop.ABORTED_MAX));
    return allWritten;
  }

  /** At the end: a listener that does not return holds up nothing but itself. */
  void endTelling(Deadline deadline, Connections connections) {
    StoppedLoop.endInTime(
        List.of(new StoppedLoop(teller::join, teller::thread)), deadline, connections);
  }
}
