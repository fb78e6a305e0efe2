package dev.cairn.opentelemetry;

import io.opentelemetry.context.Context;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What is open on one thread of an attempt, the innermost last. Used by that thread alone. */
final class ThreadSpans implements AutoCloseable {
  private final AttemptSpan attempt;
  private final Open base;
  private final Deque<OpenStep> steps = new ArrayDeque<>();

  private record OpenStep(String path, StepSpan step, Open open) {}

  ThreadSpans(AttemptSpan attempt, Open base) {
    this.attempt = attempt;
    this.base = base;
  }

  AttemptSpan attempt() {
    return attempt;
  }

  void begin(Spans spans, String path) {
    StepSpan step = attempt.step(path);
    steps.push(new OpenStep(path, step, spans.open(Context.current().with(step.span()))));
  }

  /** Ends a step, and the spans within it that have not ended. */
  void end(String path, String state, @Nullable Throwable failure) {
    if (steps.stream().noneMatch(open -> open.path().equals(path))) {
      return;
    }
    boolean isRecorded = failure != null && attempt.isRecorded(failure);
    while (!steps.isEmpty()) {
      OpenStep last = steps.pop();
      boolean isIt = last.path().equals(path);
      close(last, isIt ? state : "stopped", isIt ? failure : null, isRecorded);
      if (isIt) {
        return;
      }
    }
  }

  private void close(OpenStep last, String state, @Nullable Throwable failure, boolean isRecorded) {
    attempt.forget(last.path(), last.step());
    try {
      last.open().close();
    } finally {
      last.step().end(state, failure, isRecorded);
    }
  }

  @Override
  public void close() {
    try {
      while (!steps.isEmpty()) {
        close(steps.pop(), "stopped", null, false);
      }
    } finally {
      base.close();
    }
  }
}
