package dev.cairn.opentelemetry;

import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.internal.json.TextMembers;
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
      String members = spans.metadata().members(within);
      List<JobInsert> carrying =
          members.isEmpty() ? jobs : jobs.stream().map(job -> with(job, members)).toList();
      return new InsertSpan(spans.open(within), carrying);
    } catch (Throwable e) {
      span.end();
      throw e;
    }
  }

  private static JobInsert with(JobInsert job, String members) {
    return job.withOptions(
        job.options().withMetadata(TextMembers.with(job.options().metadata(), members)));
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
