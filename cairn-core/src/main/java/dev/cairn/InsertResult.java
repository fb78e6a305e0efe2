package dev.cairn;

/**
 * The result of an insertion. May get further components.
 *
 * @param job the job as it is in the database
 * @param isDuplicate whether nothing was inserted because of {@link UniqueOptions}; {@code job} is
 *     then the existing job
 */
public record InsertResult(JobRow job, boolean isDuplicate) {
  /** The id of the job. */
  public long id() {
    return job.id();
  }
}
