package dev.cairn.spi;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One named piece of a job's durable state. May get further components.
 *
 * @param name unique within the job
 * @param position the place of a top-level step in the order in which the job comes to its steps,
 *     from 1; 0 if a River client has told of it and the job has not come to it since; null for
 *     what River knows nothing of, such as a step within a step
 * @param finished whether nothing is left to do under this name
 * @param value JSON: the position reached while unfinished, the result when finished; or null
 * @param progress what those who look at the job are told besides; decides nothing
 */
public record Checkpoint(
    String name,
    @Nullable Integer position,
    boolean finished,
    @Nullable String value,
    Progress progress) {
  /** One of which nothing more is told. */
  public Checkpoint(
      String name, @Nullable Integer position, boolean finished, @Nullable String value) {
    this(name, position, finished, value, Progress.UNKNOWN);
  }

  /**
   * How a step comes on (R27).
   *
   * @param spent the time spent in it so far, over all attempts
   * @param done how much of it is done, in items of its own kind
   * @param total how much there is to do
   */
  public record Progress(Duration spent, @Nullable Long done, @Nullable Long total) {
    /** Of a step that was not measured. */
    public static final Progress UNKNOWN = new Progress(Duration.ZERO, null, null);
  }
}
