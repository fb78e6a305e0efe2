package dev.cairn.spi;

import dev.cairn.internal.json.MetadataKeys;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One named piece of a job's durable state. May get further components.
 *
 * @param name unique within the job
 * @param position the place of a top-level step in the order in which the job reaches its steps,
 *     from 1; 0 if a River client has saved the step and the job has not reached it since; null for
 *     state that River does not have, such as a nested step
 * @param finished whether the work under this name is finished
 * @param value the position while the work is unfinished, or its result when finished, as JSON;
 *     null if there is none
 * @param progress information for those who watch the job; it has no effect
 */
public record Checkpoint(
    String name,
    @Nullable Integer position,
    boolean finished,
    @Nullable String value,
    Progress progress) {
  /** A checkpoint without information about its progress. */
  public Checkpoint(
      String name, @Nullable Integer position, boolean finished, @Nullable String value) {
    this(name, position, finished, value, Progress.UNKNOWN);
  }

  /**
   * A note about the job, for extensions. It is written together with other checkpoints and never
   * by a statement of its own. No one waits for it, and it may be lost. It is not a step, and does
   * not count as progress.
   *
   * @param note the name of the note, unique within the job
   * @param value the note, as JSON
   */
  public static Checkpoint note(String note, String value) {
    return new Checkpoint(MetadataKeys.NOTE_PREFIX + note, null, true, value);
  }

  /** Whether this is a {@link #note}. */
  public boolean isNote() {
    return name.startsWith(MetadataKeys.NOTE_PREFIX);
  }

  /**
   * The progress of a step. May get further components.
   *
   * @param spent the time spent in it so far, over all attempts
   * @param done how much of it is done, in units that the step chooses; null if unknown
   * @param total how much there is to do; null if unknown
   */
  public record Progress(Duration spent, @Nullable Long done, @Nullable Long total) {
    /** The progress of a step that was not measured. */
    public static final Progress UNKNOWN = new Progress(Duration.ZERO, null, null);
  }
}
