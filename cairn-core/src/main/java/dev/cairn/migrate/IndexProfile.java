package dev.cairn.migrate;

/**
 * Which indexes the table of jobs has. A database begins as {@link #RIVER}; {@link
 * Migrator#profile(IndexProfile)} changes it, also while jobs are worked.
 *
 * <p>Neither is a version: no line counts it, and Cairn's and River's migrators and validations
 * find their lines complete with both. May get further constants.
 */
public enum IndexProfile {
  /** All of River's indexes. */
  RIVER("river"),

  /**
   * Without the three that only searches use: {@code river_job_args_index}, {@code river_job_kind}
   * and {@code river_job_metadata_index}. Every insertion, claim and outcome then has three indexes
   * fewer to write.
   *
   * <p>Nothing stops working, but what looks for jobs by their kind, arguments or metadata reads
   * more rows, in the worst case the whole table: lists, counts and bulk deletions with such a
   * filter and nothing else to narrow them, searches in River's UI, and queries of your own.
   * Claims, unique jobs, finding a job by its id and everything that the leader does are no slower.
   */
  LEAN("lean");

  private final String label;

  IndexProfile(String label) {
    this.label = label;
  }

  /** In lower case, as on the command line: {@code river} or {@code lean}. */
  public String label() {
    return label;
  }

  /** The {@link #label()}. */
  @Override
  public String toString() {
    return label;
  }
}
