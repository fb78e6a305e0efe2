package dev.cairn.opentelemetry;

import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.event.StepEvent.Origin;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** Spans around insertions and attempts. Thread-safe. */
final class AttemptSpans implements Middleware {
  private final Spans spans;

  /** Set on the threads of an attempt only. */
  @SuppressWarnings("ThreadLocalUsage") // there are as few of these as clients
  private final ThreadLocal<@Nullable ThreadSpans> current = new ThreadLocal<>();

  /** The attempts that have begun a step, for events that arrive on another thread. */
  private final ConcurrentMap<AttemptSpan.Run, AttemptSpan> running = new ConcurrentHashMap<>();

  AttemptSpans(Spans spans) {
    this.spans = spans;
  }

  Spans spans() {
    return spans;
  }

  /** The spans of the calling thread; null if it belongs to no traced attempt. */
  @Nullable ThreadSpans current() {
    return current.get();
  }

  /** The span of a run in this client; null if there is none. */
  @Nullable AttemptSpan find(Origin origin) {
    return running.get(AttemptSpan.Run.of(origin));
  }

  /** Something of steps is told of an attempt: from now on, {@link #find} finds its span. */
  void reached(AttemptSpan span) {
    if (!span.beginsSteps()) {
      return;
    }
    running.put(span.run(), span);
    // A thread of the attempt may be late.
    if (span.isLeft()) {
      running.remove(span.run(), span);
    }
    span.linkToFormer();
  }

  @Override
  public List<InsertResult> insert(List<JobInsert> jobs, InsertNext next) {
    InsertSpan span =
        jobs.isEmpty()
            ? null
            : Guard.ask("in the span of an insertion", () -> InsertSpan.begin(spans, jobs));
    if (span == null) {
      return next.proceed(jobs);
    }
    Throwable failure = null;
    try {
      List<InsertResult> results = next.proceed(span.jobs());
      Guard.run("in the span of an insertion", () -> span.inserted(results));
      return results;
    } catch (Throwable e) {
      failure = e;
      throw e;
    } finally {
      Throwable end = failure;
      Guard.run("in the span of an insertion", () -> span.end(end));
    }
  }

  @Override
  public void work(MiddlewareContext context, Next next) throws Exception {
    AttemptSpan span = Guard.ask("in the span of an attempt", () -> begin(context));
    if (span == null) {
      next.proceed();
      return;
    }
    Throwable failure = null;
    try {
      next.proceed();
    } catch (Throwable e) {
      failure = e;
      throw e;
    } finally {
      Throwable end = failure;
      Guard.run("in the span of an attempt", () -> end(span, end));
    }
  }

  private AttemptSpan begin(MiddlewareContext context) {
    Context within = spans.attempt(context);
    var span = new AttemptSpan(spans, context, Span.fromContext(within));
    try {
      current.set(new ThreadSpans(span, spans.open(within)));
      context.wrapForks(body -> forked(span, body));
    } catch (Throwable e) {
      leave(span);
      Span.fromContext(within).end();
      throw e;
    }
    return span;
  }

  /** What is current on the thread that forks is current on the new one. */
  private Runnable forked(AttemptSpan span, Runnable body) {
    Context within = Context.current();
    return () -> {
      ThreadSpans own =
          Guard.ask("in the span of a fork", () -> new ThreadSpans(span, spans.open(within)));
      current.set(own);
      try {
        body.run();
      } finally {
        current.remove();
        if (own != null) {
          Guard.run("in the span of a fork", own::close);
        }
      }
    };
  }

  private void end(AttemptSpan span, @Nullable Throwable failure) {
    try {
      leave(span);
    } finally {
      span.end(failure);
    }
  }

  private void leave(AttemptSpan span) {
    ThreadSpans own = current.get();
    current.remove();
    if (span.leave()) {
      running.remove(span.run(), span);
    }
    if (own != null) {
      own.close();
    }
  }
}
