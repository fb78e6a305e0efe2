package dev.cairn.benchmarks.upkeep;

import dev.cairn.benchmarks.measure.RiverTable;
import java.sql.SQLException;
import java.util.List;

/**
 * A kind of upkeep that very many jobs need at once.
 *
 * @param rows the statements that insert the rows that need this upkeep
 * @param left the condition on rows of jobs that still need it
 * @param turn the statement, repeated until there is nothing left to do
 */
record Duty(String name, List<String> rows, String left, Turn turn) {
  /** One statement, which commits by itself, so it locks no row after its end. */
  @FunctionalInterface
  interface Turn {
    /** Runs the statement, and returns whether there may be more to do. */
    boolean run() throws Exception;
  }

  void prepare(RiverTable table) throws SQLException {
    table.execute("TRUNCATE river_job, cairn_checkpoint, cairn_wait, cairn_signal, cairn_client");
    for (String each : rows) {
      table.execute(each);
    }
    table.settle();
  }

  void check(RiverTable table) throws SQLException {
    int count = table.count(left);
    if (count > 0) {
      throw new IllegalStateException("%s: %d are left".formatted(name, count));
    }
  }
}
