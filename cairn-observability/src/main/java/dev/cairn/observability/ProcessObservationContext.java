package dev.cairn.observability;

import dev.cairn.Job;
import dev.cairn.WorkContext;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.json.TextMembers;
import dev.cairn.spi.AttemptEnd;
import io.micrometer.observation.transport.ReceiverContext;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a job, for {@link ProcessObservationConvention}s and handlers. The carrier has the
 * text values of the job's metadata, such as those that a handler added when the job was inserted.
 */
public final class ProcessObservationContext extends ReceiverContext<Map<String, String>> {
  /** Longer texts carry nothing. */
  static final int LENGTH_MAX = 8_192;

  private final WorkContext work;
  private @Nullable AttemptEnd end;

  /** An attempt that is about to begin. */
  public ProcessObservationContext(WorkContext work) {
    super((carrier, key) -> carrier == null ? null : carrier.get(key));
    this.work = work;
    setCarrier(texts(work.job().metadata()));
  }

  private static Map<String, String> texts(String metadata) {
    return metadata.length() <= 2
        ? Map.of()
        : ForeignCode.askInJob(
            "The metadata of a job",
            "when the context of a trace was looked for",
            Map.of(),
            () -> TextMembers.read(metadata, name -> LENGTH_MAX));
  }

  /** The attempt. */
  public WorkContext work() {
    return work;
  }

  /** The job. */
  public Job<?> job() {
    return work.job();
  }

  /** How the attempt has ended; null while it runs. */
  public @Nullable AttemptEnd end() {
    return end;
  }

  void setEnd(AttemptEnd known) {
    end = known;
  }
}
