package dev.cairn.jobs;

import dev.cairn.JobRow;
import dev.cairn.resumable.ResumableLimits;
import java.util.List;
import java.util.Optional;

/**
 * The operations of an operator on one job, or on many. Each operation returns the job after the
 * change, or empty if there is no such job. It is recorded in the job's metadata: {@link
 * JobProgress#operations()}. Takes part in transactions as {@link Jobs} does. Thread-safe, unless
 * it was created for a connection.
 *
 * <p>Operations that change the state of steps refuse a running job: pause it first, change it,
 * then resume it. A worker of River for Go sees the same change. Operations that bring an ended job
 * back throw an {@link IllegalStateException} while another job holds its unique key.
 */
public interface JobOperator {
  /**
   * The same operator, whose operations are recorded with a reason.
   *
   * @param reason at most 1,000 characters
   * @throws IllegalArgumentException if it is longer, or contains what the database cannot store
   */
  JobOperator because(String reason);

  /**
   * Interrupts a running job at its next checkpoint. The job is available again at once, and no
   * attempt is used up. A job that is not running is not changed.
   */
  Optional<JobRow> interrupt(long id);

  /**
   * Pauses a job: it stays pending until it is resumed. A running job stops at its next checkpoint
   * and uses up no attempt, unless it ends first.
   *
   * @throws IllegalStateException if the job has ended
   */
  Optional<JobRow> pause(long id);

  /**
   * Makes a paused or otherwise pending job available: at once, or at its time if that has not come
   * yet. Withdraws a pause that a running job has not reached yet. Any other job is not changed.
   *
   * @throws IllegalStateException if the job has ended
   */
  Optional<JobRow> resume(long id);

  /** Like {@link Jobs#cancel}, and records it. */
  Optional<JobRow> cancel(long id);

  /** Like {@link Jobs#cancelMany}, and records it on each of the jobs. */
  List<JobRow> cancelMany(JobQuery query);

  /** Like {@link Jobs#retry}, and records it: a completed job starts from zero. */
  Optional<JobRow> retry(long id);

  /** Like {@link Jobs#retryMany}, and records it on each of the jobs. */
  List<JobRow> retryMany(JobQuery query);

  /** Like {@link Jobs#update}, and records what was changed, without metadata and output. */
  Optional<JobRow> update(long id, JobUpdate update);

  /**
   * Forgets a step and all steps behind it, so that they run again. The state of the job does not
   * change. The enclosing steps of a nested step become unfinished.
   *
   * @param step its path, such as {@code outer/inner}
   * @throws IllegalStateException if the job is running or has completed
   * @throws IllegalArgumentException if the job has not reached such a step
   */
  Optional<JobRow> rewindToStep(long id, String step);

  /**
   * Sets the cursor of a step and forgets all steps behind it. The state of the job does not
   * change.
   *
   * @param cursorJson the last finished item, in the JSON of the cursor's type
   * @throws IllegalStateException if the job is running or has completed
   * @throws IllegalArgumentException if the job has not reached such a step, or if the cursor is
   *     not JSON, is null, or is larger than the client's {@link ResumableLimits} allow
   */
  Optional<JobRow> rewindCursor(long id, String step, String cursorJson);

  /** Rewinds to a step and makes the job available at once. */
  Optional<JobRow> runAgainFrom(long id, String step);

  /**
   * Marks a step as finished without a result, so that it does not run. The job may not have
   * reached the step yet. A job that sleeps or waits in this step becomes available at once.
   *
   * @throws IllegalStateException if the job is running or has completed, or the step is finished
   */
  Optional<JobRow> skipStep(long id, String step);

  /**
   * Marks a step as finished with a result.
   *
   * @param resultJson the result that the step would have returned, in the JSON of its type
   * @throws IllegalStateException if the job is running or has completed, or the step is finished
   * @throws IllegalArgumentException if the result is not JSON, or is larger than the client's
   *     {@link ResumableLimits} allow
   */
  Optional<JobRow> skipStep(long id, String step, String resultJson);

  /**
   * Forgets all steps and makes the job available at once, whatever its state.
   *
   * @throws IllegalStateException if the job is running
   */
  Optional<JobRow> restart(long id);

  /**
   * Processes the quarantined items of the job again, and only them: finished steps are not run.
   * The enclosing steps of those items are entered once more and stay finished. The job is
   * available at once.
   *
   * @throws IllegalStateException if the job is running, or has put nothing aside
   */
  Optional<JobRow> redrive(long id);
}
