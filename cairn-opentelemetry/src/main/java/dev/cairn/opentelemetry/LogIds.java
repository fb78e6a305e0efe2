package dev.cairn.opentelemetry;

import io.opentelemetry.api.trace.SpanContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The ids of the current span in the MDC, by the names that OpenTelemetry's agent uses. The agent
 * adds them to each log event itself and does not replace existing ones, so they must not be set
 * twice.
 */
final class LogIds {
  /** MDC: the id of the trace. */
  static final String TRACE_ID = "trace_id";

  /** MDC: the id of the span. */
  static final String SPAN_ID = "span_id";

  /** MDC: W3C's flags, such as {@code 01}. The lowest bit is set if the span is recorded. */
  static final String TRACE_FLAGS = "trace_flags";

  private static final String AGENT = "io.opentelemetry.javaagent.OpenTelemetryAgent";

  private LogIds() {}

  /** Whether the agent runs in this JVM. */
  static boolean isAgentHere() {
    try {
      Class.forName(AGENT, false, ClassLoader.getSystemClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  /** What the MDC had before. */
  record Former(@Nullable String traceId, @Nullable String spanId, @Nullable String traceFlags) {}

  static Former put(SpanContext span) {
    var former = new Former(MDC.get(TRACE_ID), MDC.get(SPAN_ID), MDC.get(TRACE_FLAGS));
    MDC.put(TRACE_ID, span.getTraceId());
    MDC.put(SPAN_ID, span.getSpanId());
    MDC.put(TRACE_FLAGS, span.getTraceFlags().asHex());
    return former;
  }

  static void restore(Former former) {
    set(TRACE_ID, former.traceId());
    set(SPAN_ID, former.spanId());
    set(TRACE_FLAGS, former.traceFlags());
  }

  private static void set(String key, @Nullable String value) {
    if (value == null) {
      MDC.remove(key);
    } else {
      MDC.put(key, value);
    }
  }
}
