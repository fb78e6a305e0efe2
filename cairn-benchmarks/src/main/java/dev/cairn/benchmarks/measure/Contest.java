package dev.cairn.benchmarks.measure;

import dev.cairn.benchmarks.measure.BurnDown.Cost;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Contenders that take turns on one server, so that the machine is equally slow for each. */
public record Contest(List<Entry> entries) {
  /** Creates a contest; the contenders take turns in this order, and in every other round back. */
  public Contest {
    entries = List.copyOf(entries);
  }

  /**
   * A contender and its work.
   *
   * @param jobs the number of jobs in each round
   */
  public record Entry(Contender contender, BurnDown burnDown, int jobs) {
    /** A tenth of the jobs, so that the JVM has compiled before the first round. */
    private int warmUpJobs() {
      return Math.max(jobs / 10, 5);
    }
  }

  /** Receives each measurement. */
  @FunctionalInterface
  public interface Listener {
    /** Called when a contender has worked all jobs of a round. */
    void measured(int round, Contender contender, Cost cost);
  }

  /** Warms all contenders up, and measures each of them once in every round. */
  public List<Standing> run(int rounds, Listener listener) throws Exception {
    Map<Entry, List<Cost>> measured = new LinkedHashMap<>();
    for (Entry entry : entries) {
      entry.burnDown().measure(entry.contender(), entry.warmUpJobs());
      measured.put(entry, new ArrayList<>());
    }
    for (int round = 1; round <= rounds; round++) {
      for (Entry entry : Turns.of(round, entries)) {
        Contender contender = entry.contender();
        Cost cost = entry.burnDown().measure(contender, entry.jobs());
        measured.computeIfAbsent(entry, it -> new ArrayList<>()).add(cost);
        listener.measured(round, contender, cost);
      }
    }
    return measured.entrySet().stream()
        .map(entry -> Standing.of(entry.getKey().contender(), entry.getValue()))
        .toList();
  }
}
