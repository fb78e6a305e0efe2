package dev.cairn.opentelemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The span of one step of an attempt. Thread-safe. */
final class StepSpan {
  /** The most events of a kind in one span. */
  private static final int EVENTS_MAX = 32;

  private static final int VALUE_MAX = 256;

  private final Span span;
  private final AtomicInteger checkpoints = new AtomicInteger();
  private final AtomicInteger quarantined = new AtomicInteger();

  StepSpan(Span span) {
    this.span = span;
  }

  Span span() {
    return span;
  }

  void checkpoint(String cursor) {
    if (checkpoints.incrementAndGet() <= EVENTS_MAX) {
      span.addEvent(TraceNames.CHECKPOINT, at(Attributes.empty(), cursor));
    }
  }

  void quarantined(String item) {
    if (quarantined.incrementAndGet() <= EVENTS_MAX) {
      String shown = Spans.shortened(item, VALUE_MAX);
      span.addEvent(TraceNames.QUARANTINED, Attributes.of(TraceNames.STEP_ITEM, shown));
    }
  }

  static Attributes at(Attributes others, String cursor) {
    return others.toBuilder()
        .put(TraceNames.STEP_CURSOR, Spans.shortened(cursor, VALUE_MAX))
        .build();
  }

  void end(String state, @Nullable Throwable failure, boolean isRecorded) {
    span.setAttribute(TraceNames.STEP_STATE, state);
    if (checkpoints.get() > 0) {
      span.setAttribute(TraceNames.STEP_CHECKPOINTS, checkpoints.get());
    }
    if (failure != null) {
      Spans.fail(span, failure, isRecorded);
    }
    span.end();
  }
}
