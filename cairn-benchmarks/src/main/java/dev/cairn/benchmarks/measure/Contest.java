package dev.cairn.benchmarks.measure;

import dev.cairn.benchmarks.measure.BurnDown.Cost;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Contenders that take turns on one server, so that the machine is as slow for each of them. */
public record Contest(List<Entry> entries) {
  /** In the order of their turns. */
  public Contest {
    entries = List.copyOf(entries);
  }

  /**
   * A contender and what it has to do.
   *
   * @param jobs in each round
   */
  public record Entry(Contender contender, BurnDown burnDown, int jobs) {
    /** A tenth of it, so that the first round measures no compiler. */
    private int warmUpJobs() {
      return Math.max(jobs / 10, 5);
    }
  }

  /** Is told of each measurement. */
  @FunctionalInterface
  public interface Listener {
    /** One contender has worked all its jobs. */
    void measured(int round, Contender contender, Cost cost);
  }

  /** Warms all of them up, and measures each once in every round. */
  public List<Standing> run(int rounds, Listener listener) throws Exception {
    Map<Entry, List<Cost>> measured = new LinkedHashMap<>();
    for (Entry entry : entries) {
      entry.burnDown().measure(entry.contender(), entry.warmUpJobs());
      measured.put(entry, new ArrayList<>());
    }
    for (int round = 1; round <= rounds; round++) {
      for (var entry : measured.entrySet()) {
        Contender contender = entry.getKey().contender();
        Cost cost = entry.getKey().burnDown().measure(contender, entry.getKey().jobs());
        entry.getValue().add(cost);
        listener.measured(round, contender, cost);
      }
    }
    return measured.entrySet().stream()
        .map(entry -> Standing.of(entry.getKey().contender(), entry.getValue()))
        .toList();
  }
}
