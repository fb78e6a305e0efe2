package dev.cairn.opentelemetry;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;

/** A span that is current on one thread, until it is closed there. */
record Open(Context context, Scope scope, LogIds.@Nullable Former logIds) implements AutoCloseable {
  @SuppressWarnings("MustBeClosedChecker") // by the thread that opens it, when the span's code ends
  static Open here(Context context, boolean logIds) {
    Scope scope = context.makeCurrent();
    try {
      SpanContext span = Span.fromContext(context).getSpanContext();
      // The ids of a span that is none, as of an SDK that is switched off, are zeros.
      return new Open(context, scope, logIds && span.isValid() ? LogIds.put(span) : null);
    } catch (Throwable e) {
      scope.close();
      throw e;
    }
  }

  Span span() {
    return Span.fromContext(context);
  }

  /** Makes the previous span current again. This span continues. */
  @Override
  public void close() {
    try {
      scope.close();
    } finally {
      if (logIds != null) {
        LogIds.restore(logIds);
      }
    }
  }
}
