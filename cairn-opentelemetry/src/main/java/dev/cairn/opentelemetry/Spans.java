package dev.cairn.opentelemetry;

import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobInsert;
import dev.cairn.opentelemetry.Tracing.TracingOptions;
import dev.cairn.spi.MiddlewareContext;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Creates the spans, with their names and attributes. */
final class Spans {
  private static final String SCOPE = "dev.cairn.opentelemetry";
  private static final String SYSTEM = "river";
  private static final String DEFAULT_QUEUE = "default";
  private static final int KINDS_MAX = 16;
  private static final int DESCRIPTION_MAX = 1_000;

  static final Attributes TO_INSERTION = Attributes.of(TraceNames.LINK_TYPE, "insertion");
  static final Attributes TO_ATTEMPT = Attributes.of(TraceNames.LINK_TYPE, "attempt");

  private final Tracer tracer;
  private final TracingOptions options;
  private final Conventions conventions;
  private final TraceMetadata metadata;
  private final boolean logIds;

  Spans(OpenTelemetry openTelemetry, TracingOptions options, Conventions conventions) {
    this.tracer = openTelemetry.getTracer(SCOPE);
    this.options = options;
    this.conventions = conventions;
    this.metadata = new TraceMetadata(options.baggage());
    this.logIds = options.logIds() && !LogIds.isAgentHere();
  }

  /** Makes a span current on the calling thread. */
  Open open(Context context) {
    return Open.here(context, logIds);
  }

  /** The span of an insertion, a child of what is current. */
  Span insertion(List<JobInsert> jobs) {
    List<String> queues = jobs.stream().map(Spans::queue).distinct().limit(2).toList();
    List<String> kinds = jobs.stream().map(Spans::kind).distinct().limit(KINDS_MAX).toList();
    String name = queues.size() == 1 ? "insert " + queues.getFirst() : "insert";
    SpanBuilder span = tracer.spanBuilder(name).setSpanKind(SpanKind.PRODUCER);
    span.setAttribute(TraceNames.MESSAGING_SYSTEM, SYSTEM);
    conventions.setOperation(span, "insert", "send", "publish");
    if (queues.size() == 1) {
      span.setAttribute(TraceNames.MESSAGING_DESTINATION_NAME, queues.getFirst());
    }
    if (kinds.size() == 1) {
      span.setAttribute(TraceNames.JOB_KIND, kinds.getFirst());
    } else {
      span.setAttribute(TraceNames.JOB_KINDS, kinds);
    }
    if (jobs.size() > 1) {
      span.setAttribute(TraceNames.MESSAGING_BATCH_MESSAGE_COUNT, (long) jobs.size());
    }
    return span.startSpan();
  }

  /** The jobs of an insertion, with what they carry of its context. */
  List<JobInsert> carrying(List<JobInsert> jobs, Context insertion) {
    CarriedContext carried = metadata.of(insertion);
    boolean isSampled = Span.fromContext(insertion).getSpanContext().isSampled();
    return carried.isEmpty()
        ? jobs
        : jobs.stream()
            .map(job -> carried.with(job, options.isCarried(isSampled, () -> kind(job))))
            .toList();
  }

  private static String queue(JobInsert job) {
    InsertOptions options = job.options();
    return Objects.requireNonNullElse(options.queue(), DEFAULT_QUEUE);
  }

  private static String kind(JobInsert job) {
    try {
      return job.kind();
    } catch (IllegalArgumentException e) {
      return job.args().getClass().getName(); // it has none, so the insertion is about to fail
    }
  }

  /** The span of an attempt, and the context in which its code runs. */
  Context attempt(MiddlewareContext context) {
    Job<?> job = context.job();
    Context carried = metadata.read(job.metadata());
    SpanContext insertion = Span.fromContext(carried).getSpanContext();
    Context around = Context.current();
    SpanBuilder span = tracer.spanBuilder("process " + job.queue()).setSpanKind(SpanKind.CONSUMER);
    if (insertion.isValid() && options.isChild(job.kind())) {
      span.setParent(around.with(Span.wrap(insertion)));
    } else if (insertion.isValid()) {
      span.setNoParent().addLink(insertion, TO_INSERTION);
    } else {
      span.setNoParent();
    }
    span.setAttribute(TraceNames.MESSAGING_SYSTEM, SYSTEM);
    conventions.setOperation(span, "process", "process", "process");
    span.setAttribute(TraceNames.MESSAGING_DESTINATION_NAME, job.queue());
    span.setAttribute(TraceNames.MESSAGING_MESSAGE_ID, Long.toString(job.id()));
    conventions.setClientId(span, context.client().id());
    span.setAttribute(TraceNames.JOB_KIND, job.kind());
    span.setAttribute(TraceNames.JOB_ATTEMPT, (long) job.attempt());
    span.setAttribute(TraceNames.JOB_MAX_ATTEMPTS, (long) job.maxAttempts());
    span.setAttribute(TraceNames.JOB_PRIORITY, (long) job.priority());
    context
        .queueWait()
        .ifPresent(wait -> span.setAttribute(TraceNames.JOB_WAIT, wait.toMillis() / 1000.0));
    Baggage baggage = Baggage.fromContext(carried);
    return (baggage.isEmpty() ? around : around.with(baggage)).with(span.startSpan());
  }

  /** The span of a step, within what is current on the calling thread. */
  Span step(String path, boolean resumed) {
    SpanBuilder span = tracer.spanBuilder("step " + nameOf(path));
    span.setAttribute(TraceNames.STEP_PATH, path);
    if (resumed) {
      span.setAttribute(TraceNames.STEP_RESUMED, true);
    }
    return span.startSpan();
  }

  /** The name of a step without its key, because there may be any number of keys. */
  static String nameOf(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    int key = name.indexOf('[');
    return key > 0 && name.endsWith("]") ? name.substring(0, key) : name;
  }

  /** Marks the span as failed. The exception is recorded only in the span where it happened. */
  static void fail(Span span, Throwable failure, boolean isRecorded) {
    span.setAttribute(TraceNames.ERROR_TYPE, failure.getClass().getName());
    if (!isRecorded) {
      span.recordException(failure);
    }
    span.setStatus(StatusCode.ERROR, shortened(failure.getMessage(), DESCRIPTION_MAX));
  }

  static String shortened(@Nullable String text, int most) {
    String known = text == null ? "" : text;
    return known.length() <= most ? known : known.substring(0, most);
  }
}
