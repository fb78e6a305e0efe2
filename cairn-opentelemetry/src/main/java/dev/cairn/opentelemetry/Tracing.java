package dev.cairn.opentelemetry;

import dev.cairn.CairnBuilder;
import dev.cairn.spi.Plugin;
import io.opentelemetry.api.OpenTelemetry;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Spans through OpenTelemetry:
 *
 * <ul>
 *   <li>{@code insert <queue>}, around an insertion. Its context travels in the job's metadata, as
 *       W3C's {@code traceparent} and {@code tracestate}.
 *   <li>{@code process <queue>}, around an attempt: a trace of its own, linked to the insertion,
 *       and to the attempt that it continues. Current on all threads of the attempt.
 *   <li>{@code step <name>}, around a step, within the span of its attempt.
 * </ul>
 *
 * <p>Add this plugin before other middleware that should run within its spans. {@link TraceNames}
 * has the attributes. Exceptions of OpenTelemetry are logged, and no job or insertion fails because
 * of them. Immutable; one instance serves any number of clients.
 */
public final class Tracing implements Plugin {
  private final OpenTelemetry openTelemetry;
  private final TracingOptions options;

  private Tracing(OpenTelemetry openTelemetry, TracingOptions options) {
    this.openTelemetry = openTelemetry;
    this.options = options;
  }

  /** Makes spans with the tracer of this instance. Its propagators are not used. */
  public static Tracing of(OpenTelemetry openTelemetry) {
    return new Tracing(openTelemetry, TracingOptions.defaults());
  }

  /**
   * Makes attempts children of the insertion, in the same trace, which ends with the last attempt.
   * For jobs that start soon and end quickly.
   */
  public Tracing withChildSpans() {
    return new Tracing(openTelemetry, options.withAllChildren());
  }

  /** Makes attempts of jobs of these kinds children of the insertion. Adds to earlier kinds. */
  public Tracing withChildSpansOf(String... kinds) {
    var all = new HashSet<>(options.children());
    all.addAll(List.of(kinds));
    return new Tracing(openTelemetry, options.withChildren(all));
  }

  /**
   * Stores these entries of the baggage with each job, and restores them for its attempts; none
   * unless set. Anyone who can read jobs can read them. Adds to earlier keys. All entries of a job
   * together may have 8,192 characters; if they have more, none is stored.
   */
  public Tracing withBaggage(String... keys) {
    var all = new LinkedHashSet<>(options.baggage());
    all.addAll(List.of(keys));
    return new Tracing(openTelemetry, options.withBaggage(all));
  }

  /** Makes no spans for steps. */
  public Tracing withoutSteps() {
    return new Tracing(openTelemetry, options.withSteps(false));
  }

  /**
   * Does not change the MDC. By default, the MDC has the keys {@code trace_id}, {@code span_id} and
   * {@code trace_flags} while a job or an insertion is traced, unless OpenTelemetry's agent is
   * running, which adds them to each log event itself.
   */
  public Tracing withoutLogIds() {
    return new Tracing(openTelemetry, options.withLogIds(false));
  }

  @Override
  public void install(CairnBuilder client) {
    var spans = new Spans(openTelemetry, options, Conventions.ofProcess());
    var attempts = new AttemptSpans(spans);
    client.middleware(attempts).listener(new StepSpans(attempts, options.steps()));
  }

  /** What is traced and how. */
  record TracingOptions(
      boolean allChildren,
      Set<String> children,
      Set<String> baggage,
      boolean steps,
      boolean logIds) {
    TracingOptions {
      children = Set.copyOf(children);
      baggage = Set.copyOf(baggage);
    }

    static TracingOptions defaults() {
      return new TracingOptions(false, Set.of(), Set.of(), true, true);
    }

    TracingOptions withAllChildren() {
      return new TracingOptions(true, children, baggage, steps, logIds);
    }

    TracingOptions withChildren(Set<String> kinds) {
      return new TracingOptions(allChildren, kinds, baggage, steps, logIds);
    }

    TracingOptions withBaggage(Set<String> keys) {
      return new TracingOptions(allChildren, children, keys, steps, logIds);
    }

    TracingOptions withSteps(boolean wanted) {
      return new TracingOptions(allChildren, children, baggage, wanted, logIds);
    }

    TracingOptions withLogIds(boolean wanted) {
      return new TracingOptions(allChildren, children, baggage, steps, wanted);
    }

    boolean isChild(String kind) {
      return allChildren || children.contains(kind);
    }
  }
}
