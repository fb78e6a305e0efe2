package dev.cairn.observability;

import dev.cairn.Job;
import dev.cairn.WorkContext;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.json.TextMembers;
import dev.cairn.spi.AttemptEnd;
import io.micrometer.observation.transport.ReceiverContext;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a job, for {@link ProcessObservationConvention}s and handlers. The carrier has
 * what travels of the entries in the job's metadata: the context of a trace, and the baggage of
 * {@link Observations#withBaggage}.
 */
public final class ProcessObservationContext extends ReceiverContext<Map<String, String>> {
  /** Longer texts carry nothing. */
  static final int LENGTH_MAX = 8_192;

  private final WorkContext work;
  private @Nullable AttemptEnd end;

  /** An attempt that is about to begin. */
  public ProcessObservationContext(WorkContext work) {
    this(work, new CarriedEntries(Set.of()));
  }

  /** Whoever may insert jobs may have written entries that do not travel. */
  ProcessObservationContext(WorkContext work, CarriedEntries carried) {
    super((carrier, key) -> carrier == null ? null : carrier.get(key));
    this.work = work;
    setCarrier(carried.of(texts(work.job().metadata())));
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
