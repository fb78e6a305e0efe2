package dev.cairn.jobs;

import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Changes to a job. Start with {@link #nothing()}. Immutable. */
public final class JobUpdate {
  private static final Option<@Nullable String> METADATA = Option.of("metadata");
  private static final Option<@Nullable Object> OUTPUT = Option.of("output");

  private static final JobUpdate NOTHING = new JobUpdate(Options.none());

  private final Options options;

  private JobUpdate(Options options) {
    this.options = options;
  }

  /** Leaves the job as it is. */
  public static JobUpdate nothing() {
    return NOTHING;
  }

  /** A JSON object to merge into the job's metadata; null for none. */
  public @Nullable String metadata() {
    return options.get(METADATA);
  }

  /**
   * Merges a JSON object into the job's metadata at the top level. The update is refused if it has
   * a key that Cairn uses itself: {@code cairn:...}, or one of River's that control the job.
   */
  public JobUpdate withMetadata(String object) {
    return new JobUpdate(options.with(METADATA, Objects.requireNonNull(object, "object")));
  }

  /** The new output of the job; null to leave it unchanged. */
  public @Nullable Object output() {
    return options.get(OUTPUT);
  }

  /**
   * Stores an output as key {@code output} of the metadata, as River does: anything the client's
   * codec can encode.
   */
  public JobUpdate withOutput(Object value) {
    return new JobUpdate(options.with(OUTPUT, Objects.requireNonNull(value, "value")));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JobUpdate that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("JobUpdate");
  }
}
