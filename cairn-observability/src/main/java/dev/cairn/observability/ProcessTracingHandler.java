package dev.cairn.observability;

import io.micrometer.observation.Observation;
import io.micrometer.tracing.Link;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.TracingObservationHandler;
import io.micrometer.tracing.propagation.Propagator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Starts a new trace for each attempt, linked to the insertion. Micrometer's own handler for
 * receivers would make the attempt a child of the insertion, in a trace that could last for days.
 * Needs {@code io.micrometer:micrometer-tracing}, and must come before Micrometer's handler, in the
 * same {@code FirstMatchingCompositeObservationHandler}.
 *
 * <p>Links need W3C's {@code traceparent}. Children need whatever format the propagator reads.
 */
public final class ProcessTracingHandler
    implements TracingObservationHandler<ProcessObservationContext> {
  private static final String PARENT = "traceparent";
  private static final Pattern TRACE_PARENT =
      Pattern.compile("(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?");
  private static final Pattern ZEROS = Pattern.compile("0*");

  private final Tracer tracer;
  private final Propagator propagator;
  private final boolean allChildren;
  private final Set<String> children;

  private ProcessTracingHandler(
      Tracer tracer, Propagator propagator, boolean allChildren, Set<String> children) {
    this.tracer = tracer;
    this.propagator = propagator;
    this.allChildren = allChildren;
    this.children = Set.copyOf(children);
  }

  /** A handler that links all attempts to their insertions. */
  public static ProcessTracingHandler of(Tracer tracer, Propagator propagator) {
    return new ProcessTracingHandler(
        Objects.requireNonNull(tracer, "tracer"),
        Objects.requireNonNull(propagator, "propagator"),
        false,
        Set.of());
  }

  /**
   * Makes attempts children of the insertion, in the same trace. For jobs that start soon and end
   * quickly.
   */
  public ProcessTracingHandler withChildSpans() {
    return new ProcessTracingHandler(tracer, propagator, true, children);
  }

  /** Makes attempts of jobs of these kinds children of the insertion. Adds to earlier kinds. */
  public ProcessTracingHandler withChildSpansOf(String... kinds) {
    var all = new HashSet<>(children);
    all.addAll(List.of(kinds));
    return new ProcessTracingHandler(tracer, propagator, allChildren, all);
  }

  @Override
  public void onStart(ProcessObservationContext context) {
    Span.Builder span =
        allChildren || children.contains(context.job().kind()) ? child(context) : linked(context);
    getTracingContext(context).setSpan(span.kind(Span.Kind.CONSUMER).start());
  }

  private Span.Builder child(ProcessObservationContext context) {
    return propagator.extract(
        Objects.requireNonNullElse(context.getCarrier(), Map.<String, String>of()),
        (carrier, key) -> carrier.get(key));
  }

  private Span.Builder linked(ProcessObservationContext context) {
    Map<String, String> carrier =
        Objects.requireNonNullElse(context.getCarrier(), Map.<String, String>of());
    Span.Builder span = withBaggage(CarriedEntries.baggageOf(carrier)).setNoParent();
    String parent = carrier.get(PARENT);
    Matcher parts = TRACE_PARENT.matcher(parent == null ? "" : parent);
    if (parts.matches() && isId(parts.group(1)) && isId(parts.group(2))) {
      span.addLink(new Link(insertion(parts), Map.of("cairn.link.type", "insertion")));
    }
    return span;
  }

  /** What is extracted without the context of a trace is a new one that has the baggage. */
  private Span.Builder withBaggage(Map<String, String> baggage) {
    return baggage.isEmpty()
        ? tracer.spanBuilder()
        : propagator.extract(baggage, (carrier, key) -> carrier.get(key));
  }

  private static boolean isId(String hex) {
    return !ZEROS.matcher(hex).matches();
  }

  private TraceContext insertion(Matcher parts) {
    boolean sampled = (Integer.parseInt(parts.group(3), 16) & 1) == 1;
    return tracer
        .traceContextBuilder()
        .traceId(parts.group(1))
        .spanId(parts.group(2))
        .sampled(sampled)
        .build();
  }

  @Override
  public void onError(ProcessObservationContext context) {
    Throwable failure = context.getError();
    if (failure != null) {
      getRequiredSpan(context).error(failure);
    }
  }

  @Override
  public void onStop(ProcessObservationContext context) {
    Span span = getRequiredSpan(context);
    span.name(getSpanName(context));
    tagSpan(context, span);
    endSpan(context, span);
  }

  @Override
  public boolean supportsContext(Observation.Context context) {
    return context instanceof ProcessObservationContext;
  }

  @Override
  public Tracer getTracer() {
    return tracer;
  }
}
