package dev.cairn.benchmarks;

/** A contender on River's table of jobs. */
interface RiverContender extends Contender {
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
