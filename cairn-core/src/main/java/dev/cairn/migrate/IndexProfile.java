package dev.cairn.migrate;

/**
 * The indexes of the table of jobs. A database starts as {@link #RIVER}. {@link
 * Migrator#profile(IndexProfile)} changes the profile, even while jobs are worked.
 *
 * <p>A profile is not a version of a line. Cairn's and River's migrators and validations accept
 * both profiles. May get further constants.
 */
public enum IndexProfile {
  /** All of River's indexes. */
  RIVER("river"),

  /**
   * Without the three that only searches use: {@code river_job_args_index}, {@code river_job_kind}
   * and {@code river_job_metadata_index}. Every insertion, claim and outcome then has three indexes
   * fewer to write.
   *
   * <p>Everything still works. But searches by kind, arguments or metadata read more rows, in the
   * worst case the whole table. This affects lists, counts and bulk deletions with only such a
   * filter, searches in River's UI, and your own queries. Claims, unique jobs, finding a job by its
   * id and the leader's duties are not slower.
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
