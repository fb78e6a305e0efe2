package dev.cairn.spring.boot.observe;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code cairn.observability.*}. May get further components.
 *
 * @param meters Whether to publish meters of jobs and queues.
 * @param gaugesInterval Interval at which the leader counts the jobs of each queue.
 * @param observations Whether to observe insertions and attempts through Micrometer.
 * @param traces Whether to make spans through OpenTelemetry. Without them, Micrometer makes spans
 *     of its observations.
 * @param steps Whether to make spans of steps. Only through OpenTelemetry.
 * @param childSpans Whether attempts are children of their insertion, in its trace, instead of
 *     being linked to it.
 * @param childSpansOf Kinds whose attempts are children of their insertion.
 * @param baggage Keys of the baggage that travels with jobs. Anyone who can read jobs can read it.
 * @param propagation Which jobs carry the trace context of their insertion. Those of insertions
 *     that are not sampled carry none unless their attempts are children.
 */
@ConfigurationProperties("cairn.observability")
public record CairnObservabilityProperties(
    @DefaultValue("true") boolean meters,
    @DefaultValue("15s") Duration gaugesInterval,
    @DefaultValue("true") boolean observations,
    @DefaultValue("true") boolean traces,
    @DefaultValue("true") boolean steps,
    @DefaultValue("false") boolean childSpans,
    @DefaultValue List<String> childSpansOf,
    @DefaultValue List<String> baggage,
    @DefaultValue("sampled") Propagation propagation) {
  /** Which jobs carry the trace context of their insertion. May get further constants. */
  public enum Propagation {
    /** Those whose insertion is sampled, and those whose attempts are its children. */
    SAMPLED,

    /** All of them. */
    ALWAYS,

    /** None. */
    NEVER
  }

  String[] childKinds() {
    return childSpansOf.toArray(String[]::new);
  }

  String[] baggageKeys() {
    return baggage.toArray(String[]::new);
  }
}
