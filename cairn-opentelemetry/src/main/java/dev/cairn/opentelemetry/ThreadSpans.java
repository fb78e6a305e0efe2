package dev.cairn.opentelemetry;

import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;

/** What is open on one thread of an attempt, the innermost last. Used by that thread alone. */
final class ThreadSpans implements AutoCloseable {
  private final AttemptSpan attempt;
  private final Open base;

  /** The innermost step; null outside of all steps, as always in a job without steps. */
  private @Nullable OpenStep innermost;

  private record OpenStep(String path, StepSpan step, Open open, @Nullable OpenStep outer) {}

  ThreadSpans(AttemptSpan attempt, Open base) {
    this.attempt = attempt;
    this.base = base;
  }

  AttemptSpan attempt() {
    return attempt;
  }

  void begin(Spans spans, String path) {
    StepSpan step = attempt.step(path);
    if (step == null) {
      return;
    }
    Open open = spans.open(Context.current().with(step.span()));
    innermost = new OpenStep(path, step, open, innermost);
  }

  /** Ends a step, and the spans within it that have not ended. */
  void end(String path, String state, @Nullable Throwable failure) {
    if (!isOpen(path)) {
      attempt.endedUntraced(path, state, failure);
      return;
    }
    boolean isRecorded = failure != null && attempt.isRecorded(failure);
    boolean isIt = false;
    for (OpenStep last = innermost; last != null && !isIt; last = last.outer()) {
      isIt = last.path().equals(path);
      close(last, isIt ? state : "stopped", isIt ? failure : null, isRecorded);
    }
  }

  private boolean isOpen(String path) {
    OpenStep open = innermost;
    while (open != null && !open.path().equals(path)) {
      open = open.outer();
    }
    return open != null;
  }

  private void close(OpenStep last, String state, @Nullable Throwable failure, boolean isRecorded) {
    innermost = last.outer();
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
      for (OpenStep last = innermost; last != null; last = last.outer()) {
        close(last, "stopped", null, false);
      }
    } finally {
      base.close();
    }
  }
}
