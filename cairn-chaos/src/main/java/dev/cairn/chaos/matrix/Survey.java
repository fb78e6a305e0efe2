package dev.cairn.chaos.matrix;

import dev.cairn.chaos.life.Finding;
import dev.cairn.chaos.life.LifeDatabases;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The calls that a client makes in an undisturbed life, with their numbers.
 *
 * @param start the calls until {@code start()} returned
 * @param life the calls after that, until the client was told to stop
 * @param stop the calls that came only during the stop
 */
record Survey(Map<String, Long> start, Map<String, Long> life, Map<String, Long> stop) {
  private static final int TRIES_MAX = 10;

  /**
   * Records a life. If the machine was too slow, records another one.
   *
   * @throws IllegalStateException if the judge finds something in it
   */
  static Survey of(LifeDatabases databases) throws Exception {
    CellRun run = CellRun.undisturbed(databases);
    for (int tries = 1; run.isUnclear() && tries < TRIES_MAX; tries++) {
      run = CellRun.undisturbed(databases);
    }
    List<Finding> findings = run.judge().findings();
    if (!findings.isEmpty()) {
      throw new IllegalStateException(
          "an undisturbed life has findings%s: %s"
              .formatted(run.isUnclear() ? ", and the machine was too slow" : "", findings));
    }
    Map<String, Long> atStart = run.countsAfter(Phase.START);
    Map<String, Long> atStop = run.countsAfter(Phase.LIFE);
    Map<String, Long> inStop = added(atStop, run.countsAfter(Phase.STOP));
    inStop.keySet().removeAll(atStop.keySet());
    return new Survey(new TreeMap<>(atStart), added(atStart, atStop), inStop);
  }

  private static Map<String, Long> added(Map<String, Long> before, Map<String, Long> after) {
    var added = new TreeMap<String, Long>();
    after.forEach((call, count) -> {
      long more = count - before.getOrDefault(call, 0L);
      if (more > 0) {
        added.put(call, more);
      }
    });
    return added;
  }

  Map<String, Long> in(Phase phase) {
    return switch (phase) {
      case START -> start;
      case LIFE -> life;
      case STOP -> stop;
    };
  }
}
