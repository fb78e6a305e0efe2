package dev.cairn.opentelemetry;

import dev.cairn.event.StepEvent.Origin;
import dev.cairn.spi.AttemptEnd;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.ForeseenEnd;
import dev.cairn.spi.MiddlewareContext;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The span of one attempt, and what is known of its steps. Thread-safe. */
final class AttemptSpan {
  /** The name of the note that holds the span of the last attempt. */
  private static final String NOTE = "trace";

  /** How many skipped steps have a span. */
  private static final int SKIPPED_MAX = 32;

  /** How many steps that run have a span: fewer than an exporter's queue usually holds. */
  private static final int STEPS_MAX = 1_000;

  /** How many of them may be within other steps, so that the outline of the job is kept. */
  private static final int INNER_MAX = 900;

  /** How many steps without a span, which have failed or were stopped, have an event. */
  private static final int ENDED_MAX = 32;

  private final Spans spans;
  private final MiddlewareContext context;
  private final Span span;
  private final ConcurrentMap<String, StepSpan> steps = new ConcurrentHashMap<>();
  private final AtomicBoolean hasSteps = new AtomicBoolean();
  private final AtomicBoolean noted = new AtomicBoolean();
  private final AtomicInteger skipped = new AtomicInteger();
  private final AtomicInteger traced = new AtomicInteger();
  private final AtomicInteger untraced = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private volatile boolean left;
  private volatile @Nullable String resumedStep;
  private volatile @Nullable Throwable recorded;

  AttemptSpan(Spans spans, MiddlewareContext context, Span span) {
    this.spans = spans;
    this.context = context;
    this.span = span;
  }

  /** The run of a job. Another run may have the same attempt number. */
  record Run(long jobId, Instant claimedAt) {
    static Run of(Origin origin) {
      return new Run(origin.jobId(), origin.claimedAt());
    }
  }

  Run run() {
    return new Run(context.job().id(), context.job().attemptedAt());
  }

  /** Whether this is the first that is told of the steps of the attempt. */
  boolean beginsSteps() {
    return hasSteps.compareAndSet(false, true);
  }

  /** The attempt ends. Returns whether anything was told of its steps. */
  boolean leave() {
    left = true;
    return hasSteps.get();
  }

  boolean isLeft() {
    return left;
  }

  /**
   * Links the span to the span of the last attempt that noted its own. The state of the job is
   * loaded by now, so this asks the database nothing.
   */
  void linkToFormer() {
    if (!span.isRecording()) {
      return;
    }
    String name = Checkpoint.note(NOTE, "null").name();
    context.checkpoints().load().checkpoints().stream()
        .filter(checkpoint -> checkpoint.name().equals(name))
        .map(Checkpoint::value)
        .map(AttemptSpan::former)
        .filter(SpanContext::isValid)
        .forEach(former -> span.addLink(former, Spans.TO_ATTEMPT));
  }

  private static SpanContext former(@Nullable String note) {
    return note != null && note.length() > 2 && note.startsWith("\"")
        ? TraceMetadata.span(note.substring(1, note.length() - 1))
        : SpanContext.getInvalid();
  }

  /**
   * Notes the span with the job, for the attempt that continues this one. It is written with the
   * first checkpoints. A job without checkpoints has nothing to continue.
   */
  void note() {
    if (noted.compareAndSet(false, true) && span.getSpanContext().isSampled()) {
      String parent = TraceMetadata.parent(span.getSpanContext());
      context.checkpoints().save(Checkpoint.note(NOTE, '"' + parent + '"'));
    }
  }

  void resumed(String step, @Nullable String cursor) {
    resumedStep = step;
    Attributes at = Attributes.of(TraceNames.STEP_PATH, step);
    span.addEvent(TraceNames.RESUMED, cursor == null ? at : StepSpan.at(at, cursor));
  }

  /** A step begins on the calling thread. Returns null if too many had a span. */
  @Nullable StepSpan step(String path) {
    int most = path.indexOf('/') < 0 ? STEPS_MAX : INNER_MAX;
    if (traced.getAndUpdate(number -> number < most ? number + 1 : number) >= most) {
      untraced.incrementAndGet();
      return null;
    }
    var step = new StepSpan(spans.step(path, path.equals(resumedStep)));
    steps.put(path, step);
    return step;
  }

  /** A step has ended that has no span of its own. How most steps end, tells nobody anything. */
  void endedUntraced(String path, String state, @Nullable Throwable failure) {
    if (!state.equals("finished") && ended.incrementAndGet() <= ENDED_MAX) {
      AttributesBuilder how = Attributes.builder();
      how.put(TraceNames.STEP_PATH, path).put(TraceNames.STEP_STATE, state);
      if (failure != null) {
        how.put(TraceNames.ERROR_TYPE, failure.getClass().getName());
      }
      span.addEvent(TraceNames.STEP_ENDED, how.build());
    }
  }

  void forget(String path, StepSpan step) {
    steps.remove(path, step);
  }

  /** The step that runs under a path; null if none does. */
  @Nullable StepSpan find(String path) {
    return steps.get(path);
  }

  void skipped(String path) {
    if (skipped.incrementAndGet() <= SKIPPED_MAX) {
      Span step = spans.step(path, false);
      step.setAttribute(TraceNames.STEP_STATE, "skipped");
      step.end();
    }
  }

  /** Whether a failure was recorded with the span where it happened; it is from now on. */
  @SuppressWarnings("ReferenceEquality") // the very same failure is meant
  boolean isRecorded(Throwable failure) {
    boolean known = recorded == failure;
    recorded = failure;
    return known;
  }

  void end(@Nullable Throwable failure) {
    try {
      ForeseenEnd foreseen = context.foreseeEnd(failure);
      span.setAttribute(TraceNames.JOB_OUTCOME, lower(foreseen.end()));
      if (skipped.get() > 0) {
        span.setAttribute(TraceNames.JOB_STEPS_SKIPPED, skipped.get());
      }
      if (untraced.get() > 0) {
        span.setAttribute(TraceNames.JOB_STEPS_UNTRACED, untraced.get());
      }
      foreseen
          .reason()
          .ifPresent(reason ->
              span.addEvent(
                  TraceNames.INTERRUPTED,
                  Attributes.of(TraceNames.INTERRUPTION_REASON, lower(reason))));
      if (foreseen.end() == AttemptEnd.FAILED) {
        fail(foreseen, failure);
      }
    } finally {
      span.end();
    }
  }

  /** An attempt may fail although its code returned: a timeout that it has caught fails it. */
  private void fail(ForeseenEnd foreseen, @Nullable Throwable failure) {
    if (failure == null) {
      span.setStatus(StatusCode.ERROR);
    } else {
      Spans.fail(span, failure, isRecorded(failure));
    }
    foreseen.reason().ifPresent(reason -> span.setAttribute(TraceNames.ERROR_TYPE, lower(reason)));
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
