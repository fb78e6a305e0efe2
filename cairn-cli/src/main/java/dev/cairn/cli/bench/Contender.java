package dev.cairn.cli.bench;

/** A way to work all jobs of the table. */
interface Contender {
  /** Works until every job is completed in the database. */
  void work(int jobs) throws Exception;
}
