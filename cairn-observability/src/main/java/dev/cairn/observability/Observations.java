package dev.cairn.observability;

import dev.cairn.CairnBuilder;
import dev.cairn.spi.Plugin;
import io.micrometer.observation.ObservationRegistry;
import java.util.Objects;

/**
 * Observations of insertions, {@code cairn.insert}, and of attempts, {@code cairn.process}: what
 * the handlers of the registry make of them, such as timers or spans. The observation of an attempt
 * is current on all of its threads. A failure of a handler is logged, and fails neither a job nor
 * an insertion.
 *
 * <p>For spans, add a {@link ProcessTracingHandler} to the registry in front of other handlers: it
 * links an attempt to its insertion. Immutable; one instance serves any number of clients.
 */
public final class Observations implements Plugin {
  private final ObservationRegistry registry;
  private final InsertObservationConvention insert;
  private final ProcessObservationConvention process;

  private Observations(
      ObservationRegistry registry,
      InsertObservationConvention insert,
      ProcessObservationConvention process) {
    this.registry = registry;
    this.insert = insert;
    this.process = process;
  }

  /** Observations with the default conventions, unless the registry has others of its own. */
  public static Observations of(ObservationRegistry registry) {
    return new Observations(
        Objects.requireNonNull(registry, "registry"),
        new DefaultInsertObservationConvention(),
        new DefaultProcessObservationConvention());
  }

  /** Another convention for insertions. */
  public Observations withInsertConvention(InsertObservationConvention convention) {
    return new Observations(registry, Objects.requireNonNull(convention, "convention"), process);
  }

  /** Another convention for attempts. */
  public Observations withProcessConvention(ProcessObservationConvention convention) {
    return new Observations(registry, insert, Objects.requireNonNull(convention, "convention"));
  }

  @Override
  public void install(CairnBuilder client) {
    client.middleware(new ObservingMiddleware(registry, insert, process));
  }
}
