package dev.cairn;

/**
 * A job that was to be inserted. May get further components.
 *
 * @param job as it stands in the database
 * @param isDuplicate whether nothing was inserted because of {@link UniqueOptions}; {@code job} is
 *     then the one that was there before
 */
public record InsertResult(JobRow job, boolean isDuplicate) {
  /** The id of the job. */
  public long id() {
    return job.id();
  }
}
