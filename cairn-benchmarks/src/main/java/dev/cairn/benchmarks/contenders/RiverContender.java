package dev.cairn.benchmarks.contenders;

import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.RiverTable;

/** A contender on River's table of jobs. */
public interface RiverContender extends Contender {
  /** The table of its jobs. */
  RiverTable table();

  @Override
  default void fill(int jobs) throws Exception {
    table().fill(jobs);
  }

  @Override
  default int finished() throws Exception {
    return table().finished();
  }
}
