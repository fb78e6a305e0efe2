package dev.cairn;

import org.jspecify.annotations.Nullable;

/**
 * What to change of a job. Begin with {@link #nothing()}. Immutable.
 *
 * @param metadata a JSON object, merged into the job's metadata at the top level
 * @param output stored as key {@code output} of the metadata, as River does
 */
public record JobUpdate(@Nullable String metadata, @Nullable Object output) {
  private static final JobUpdate NOTHING = new JobUpdate(null, null);

  public static JobUpdate nothing() {
    return NOTHING;
  }

  public JobUpdate withMetadata(String object) {
    return new JobUpdate(object, output);
  }

  /** Anything the client's codec can encode. */
  public JobUpdate withOutput(Object value) {
    return new JobUpdate(metadata, value);
  }
}
