package dev.cairn.observability;

import dev.cairn.CairnBuilder;
import dev.cairn.spi.Plugin;
import io.micrometer.observation.ObservationRegistry;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Observes insertions ({@code cairn.insert}) and attempts ({@code cairn.process}). The handlers of
 * the registry turn the observations into timers or spans, for example. The observation of an
 * attempt is current on all of the attempt's threads. If a handler fails, this is logged, and no
 * job or insertion fails because of it.
 *
 * <p>For spans, add a {@link ProcessTracingHandler} to the registry before other handlers. It links
 * each attempt to its insertion. Immutable; one instance serves any number of clients.
 */
public final class Observations implements Plugin {
  private final ObservationRegistry registry;
  private final @Nullable InsertObservationConvention insert;
  private final @Nullable ProcessObservationConvention process;
  private final Set<String> baggage;
  private final TracePropagation propagation;

  private Observations(
      ObservationRegistry registry,
      @Nullable InsertObservationConvention insert,
      @Nullable ProcessObservationConvention process,
      Set<String> baggage,
      TracePropagation propagation) {
    this.registry = registry;
    this.insert = insert;
    this.process = process;
    this.baggage = baggage;
    this.propagation = propagation;
  }

  /** Observations with the default conventions, unless the registry has its own. */
  public static Observations of(ObservationRegistry registry) {
    return new Observations(
        Objects.requireNonNull(registry, "registry"),
        null,
        null,
        Set.of(),
        new TracePropagation(TracePropagation.Which.SAMPLED, Set.of()));
  }

  /**
   * Returns observations that use this convention for insertions. It takes precedence over
   * conventions of the registry.
   */
  public Observations withInsertConvention(InsertObservationConvention convention) {
    return new Observations(
        registry, Objects.requireNonNull(convention, "convention"), process, baggage, propagation);
  }

  /**
   * Returns observations that use this convention for attempts. It takes precedence over
   * conventions of the registry.
   */
  public Observations withProcessConvention(ProcessObservationConvention convention) {
    return new Observations(
        registry, insert, Objects.requireNonNull(convention, "convention"), baggage, propagation);
  }

  /**
   * Stores these entries of the baggage with each job too, if a propagator writes them: members of
   * W3C's {@code baggage}, and entries of their own, as of Micrometer's remote fields. All members
   * of {@code baggage} together, and each entry, may have 8,192 characters. They are as readable as
   * the arguments of the job. By default only the context of the trace travels, as W3C or B3 write
   * it. To carry a context of another format, give its keys here. They are stored whether the trace
   * is sampled or not, even with {@link #withoutContexts()}.
   *
   * <p>An attempt gets them back, as far as the propagator reads them, whether it is linked to its
   * insertion or a child of it ({@link ProcessTracingHandler}).
   *
   * @param keys further keys
   */
  public Observations withBaggage(String... keys) {
    var all = new HashSet<>(baggage);
    all.addAll(List.of(keys));
    return new Observations(registry, insert, process, all, propagation);
  }

  /**
   * Stores the context of traces that are not sampled too. By default, jobs that are inserted in
   * such a trace carry no context: a link to it leads nowhere, and a context costs something with
   * each job that carries it. Set this if attempts are children of their insertion, so that they
   * are not sampled either: with {@link ProcessTracingHandler#withChildSpans()}, or without this
   * handler.
   */
  public Observations withUnsampledContexts() {
    return with(TracePropagation.Which.ALWAYS, propagation.unsampledKinds());
  }

  /**
   * Stores the context of traces that are not sampled with jobs of these kinds too, for {@link
   * ProcessTracingHandler#withChildSpansOf}. Adds to earlier kinds.
   */
  public Observations withUnsampledContextsOf(String... kinds) {
    var all = new HashSet<>(propagation.unsampledKinds());
    all.addAll(List.of(kinds));
    return with(propagation.which(), all);
  }

  /**
   * Stores no context of traces, of W3C's or B3's format. Attempts are neither linked to their
   * insertion nor its children, unless another program has stored its context. Baggage travels if
   * its keys are named.
   */
  public Observations withoutContexts() {
    return with(TracePropagation.Which.NEVER, propagation.unsampledKinds());
  }

  private Observations with(TracePropagation.Which which, Set<String> unsampledKinds) {
    return new Observations(
        registry, insert, process, baggage, new TracePropagation(which, unsampledKinds));
  }

  @Override
  public void install(CairnBuilder client) {
    client.middleware(
        new ObservingMiddleware(
            registry, insert, process, new CarriedEntries(baggage), propagation));
  }
}
