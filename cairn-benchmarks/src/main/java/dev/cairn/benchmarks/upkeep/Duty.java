package dev.cairn.benchmarks.upkeep;

import dev.cairn.benchmarks.measure.RiverTable;
import java.sql.SQLException;
import java.util.List;

/**
 * A kind of upkeep that very many jobs need at once.
 *
 * @param rows the statements that insert what needs it
 * @param left the condition on rows of jobs that have not got it yet
 * @param turn is repeated until there is nothing left to do
 */
record Duty(String name, List<String> rows, String left, Turn turn) {
  /** One statement, which commits by itself: it locks no row for longer than it takes. */
  @FunctionalInterface
  interface Turn {
    /** Returns whether there may be more to do. */
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
