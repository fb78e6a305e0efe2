package dev.cairn.opentelemetry;

import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The span of one insertion, and the jobs that carry its context.
 *
 * @param jobs those to insert
 */
record InsertSpan(Open open, List<JobInsert> jobs) {
  static InsertSpan begin(Spans spans, List<JobInsert> jobs) {
    Span span = spans.insertion(jobs);
    try {
      Context within = Context.current().with(span);
      List<JobInsert> carrying = spans.carrying(jobs, within);
      return new InsertSpan(spans.open(within), carrying);
    } catch (Throwable e) {
      span.end();
      throw e;
    }
  }

  void inserted(List<InsertResult> results) {
    if (jobs.size() == 1 && results.size() == 1) {
      span().setAttribute(TraceNames.MESSAGING_MESSAGE_ID, Long.toString(results.getFirst().id()));
    }
    long duplicates = results.stream().filter(InsertResult::isDuplicate).count();
    if (duplicates > 0) {
      span().setAttribute(TraceNames.INSERT_DUPLICATES, duplicates);
    }
  }

  void end(@Nullable Throwable failure) {
    try {
      open.close();
      if (failure != null) {
        Spans.fail(span(), failure, false);
      }
    } finally {
      span().end();
    }
  }

  private Span span() {
    return open.span();
  }
}
