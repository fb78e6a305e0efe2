package dev.cairn.observability;

import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import io.micrometer.observation.transport.SenderContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One insertion of jobs, for {@link InsertObservationConvention}s and handlers. Entries that a
 * handler puts into the carrier, such as the context of a trace, are added to the metadata of each
 * job. Keys that the metadata already has keep their values. W3C's {@code baggage} is left out
 * unless {@link Observations#withBaggage} is set, and so are values of more than 8,192 characters.
 */
public final class InsertObservationContext extends SenderContext<Map<String, String>> {
  private static final String DEFAULT_QUEUE = "default";

  private final List<JobInsert> jobs;
  private List<InsertResult> results = List.of();

  /** An insertion of these jobs, with an empty carrier. */
  public InsertObservationContext(List<JobInsert> jobs) {
    super((carrier, key, value) -> {
      if (carrier != null) {
        carrier.put(key, value);
      }
    });
    this.jobs = List.copyOf(jobs);
    setCarrier(new LinkedHashMap<>());
  }

  /** The jobs, as they were given to the client. */
  public List<JobInsert> jobs() {
    return jobs;
  }

  /**
   * The results; empty before the insertion has ended, after a failure, and for {@code
   * insertManyFast}.
   */
  public List<InsertResult> results() {
    return results;
  }

  void setResults(List<InsertResult> results) {
    this.results = List.copyOf(results);
  }

  /** The queue, if all jobs have the same one; otherwise null. */
  public @Nullable String queue() {
    return single(
        jobs.stream()
            .map(job -> job.options().queue())
            .map(queue -> queue == null ? DEFAULT_QUEUE : queue)
            .distinct()
            .limit(2)
            .toList());
  }

  /** The kind, if all jobs have the same one; otherwise null. */
  public @Nullable String kind() {
    return single(jobs.stream().map(InsertKinds::of).distinct().limit(2).toList());
  }

  private static @Nullable String single(List<String> names) {
    return names.size() == 1 ? names.getFirst() : null;
  }
}
