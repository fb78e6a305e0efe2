package dev.cairn.opentelemetry;

import dev.cairn.internal.json.TextMembers;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.baggage.BaggageBuilder;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The trace context in a job's metadata: the keys {@code traceparent}, {@code tracestate} and
 * {@code baggage}, with values as W3C defines them. Everybody who may insert jobs can write any
 * values there, so lengths are limited, and invalid values are ignored.
 *
 * @param carried the keys of the baggage that travels with jobs
 */
record TraceMetadata(Set<String> carried) {
  private static final String PARENT = "traceparent";
  private static final String STATE = "tracestate";
  private static final String BAGGAGE = "baggage";

  /**
   * The most characters of each value, by key, as W3C limits them, with room for a future version.
   */
  private static final Map<String, Integer> LENGTHS =
      Map.of(PARENT, 256, STATE, 512, BAGGAGE, 8_192);

  private static final TextMapPropagator TRACE = W3CTraceContextPropagator.getInstance();
  private static final TextMapPropagator BAGGAGES = W3CBaggagePropagator.getInstance();
  private static final TextMapGetter<Map<String, String>> VALUES =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Map<String, String> carrier) {
          return carrier.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> carrier, String key) {
          return carrier == null ? null : carrier.get(key);
        }
      };

  TraceMetadata {
    carried = Set.copyOf(carried);
  }

  /** What jobs carry of a context. */
  CarriedContext of(Context context) {
    return new CarriedContext(
        members(TRACE, context),
        members(BAGGAGES, Context.root().with(only(Baggage.fromContext(context)))));
  }

  /** The members of a JSON object, without its braces; empty if there is nothing to carry. */
  private static String members(TextMapPropagator propagator, Context context) {
    var values = new LinkedHashMap<String, String>();
    propagator.inject(context, values, TraceMetadata::put);
    values.entrySet().removeIf(value -> value.getValue().length() > lengthMax(value.getKey()));
    return TextMembers.of(values);
  }

  private static void put(@Nullable Map<String, String> values, String key, String value) {
    if (values != null) {
      values.put(key, value);
    }
  }

  private static int lengthMax(String key) {
    return LENGTHS.getOrDefault(key, 0);
  }

  private Baggage only(Baggage baggage) {
    if (carried.isEmpty() || baggage.isEmpty()) {
      return Baggage.empty();
    }
    BaggageBuilder kept = Baggage.builder();
    baggage.forEach((key, entry) -> {
      if (carried.contains(key)) {
        kept.put(key, entry.getValue(), entry.getMetadata());
      }
    });
    return kept.build();
  }

  /** Whether metadata that were given to an insertion say what the trace is. */
  static boolean isTraced(@Nullable String metadata) {
    return TextMembers.hasMember(metadata, name -> name.equals(PARENT) || name.equals(STATE));
  }

  private static boolean has(String metadata) {
    return metadata.contains('"' + PARENT + '"');
  }

  /** The context in a job's metadata: a remote span and baggage, if there are any. */
  Context read(String metadata) {
    boolean hasBaggage = !carried.isEmpty() && metadata.contains('"' + BAGGAGE + '"');
    if (!has(metadata) && !hasBaggage) {
      return Context.root();
    }
    Map<String, String> values = TextMembers.read(metadata, TraceMetadata::lengthMax);
    Context context = TRACE.extract(Context.root(), values, VALUES);
    if (!hasBaggage) {
      return context;
    }
    Baggage baggage = only(Baggage.fromContext(BAGGAGES.extract(Context.root(), values, VALUES)));
    return baggage.isEmpty() ? context : context.with(baggage);
  }

  /** A span as the value of a {@code traceparent}, which a job notes for each attempt. */
  static String parent(SpanContext span) {
    var values = new HashMap<String, String>();
    TRACE.inject(Context.root().with(Span.wrap(span)), values, TraceMetadata::put);
    return values.getOrDefault(PARENT, "");
  }

  /** The span of a {@code traceparent}; invalid if it is none. */
  static SpanContext span(String parent) {
    Context context = TRACE.extract(Context.root(), Map.of(PARENT, parent), VALUES);
    return Span.fromContext(context).getSpanContext();
  }
}
