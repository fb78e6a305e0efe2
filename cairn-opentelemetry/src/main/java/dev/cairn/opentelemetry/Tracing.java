package dev.cairn.opentelemetry;

import dev.cairn.CairnBuilder;
import dev.cairn.spi.Plugin;
import io.opentelemetry.api.OpenTelemetry;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

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
   * For jobs that start soon and end quickly. Set it in clients that only insert too: then jobs
   * also carry contexts that are not sampled, so that their attempts are not sampled either.
   */
  public Tracing withChildSpans() {
    return new Tracing(openTelemetry, options.withAllChildren());
  }

  /**
   * Makes attempts of jobs of these kinds children of the insertion, as {@link #withChildSpans()}
   * does for all kinds. Adds to earlier kinds.
   */
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

  /**
   * Stores the context of insertions whose span is not sampled too. By default, their jobs carry no
   * context, unless their attempts are children: a link to such a span leads nowhere, and a context
   * costs something with each job that carries it. Set this if you look for an insertion by the id
   * of its trace, which its logs have although it is not sampled.
   */
  public Tracing withUnsampledContexts() {
    return new Tracing(openTelemetry, options.withPropagation(Propagation.ALWAYS));
  }

  /**
   * Stores no context of insertions, so that attempts are neither linked to them nor their
   * children. Attempts are linked to those that they continue all the same, and to insertions of
   * other programs that store theirs. Baggage travels if its keys are named.
   */
  public Tracing withoutContexts() {
    return new Tracing(openTelemetry, options.withPropagation(Propagation.NEVER));
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

  /** Which jobs carry the context of their insertion. */
  enum Propagation {
    /** Those whose insertion is sampled, and those whose attempts are its children. */
    SAMPLED,
    ALWAYS,
    NEVER
  }

  /** What is traced and how. */
  record TracingOptions(
      boolean allChildren,
      Set<String> children,
      Set<String> baggage,
      boolean steps,
      boolean logIds,
      Propagation propagation) {
    TracingOptions {
      children = Set.copyOf(children);
      baggage = Set.copyOf(baggage);
    }

    static TracingOptions defaults() {
      return new TracingOptions(false, Set.of(), Set.of(), true, true, Propagation.SAMPLED);
    }

    TracingOptions withAllChildren() {
      return new TracingOptions(true, children, baggage, steps, logIds, propagation);
    }

    TracingOptions withChildren(Set<String> kinds) {
      return new TracingOptions(allChildren, kinds, baggage, steps, logIds, propagation);
    }

    TracingOptions withBaggage(Set<String> keys) {
      return new TracingOptions(allChildren, children, keys, steps, logIds, propagation);
    }

    TracingOptions withSteps(boolean wanted) {
      return new TracingOptions(allChildren, children, baggage, wanted, logIds, propagation);
    }

    TracingOptions withLogIds(boolean wanted) {
      return new TracingOptions(allChildren, children, baggage, steps, wanted, propagation);
    }

    TracingOptions withPropagation(Propagation wanted) {
      return new TracingOptions(allChildren, children, baggage, steps, logIds, wanted);
    }

    /**
     * Whether a job carries the span of its insertion.
     *
     * @param isSampled whether that span is sampled
     */
    boolean isCarried(boolean isSampled, Supplier<String> kind) {
      return switch (propagation) {
        case SAMPLED -> isSampled || isChild(kind.get());
        case ALWAYS -> true;
        case NEVER -> false;
      };
    }

    boolean isChild(String kind) {
      return allChildren || children.contains(kind);
    }
  }
}
