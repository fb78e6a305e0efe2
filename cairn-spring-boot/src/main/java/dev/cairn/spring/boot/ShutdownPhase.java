package dev.cairn.spring.boot;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * A phase in which a context closes.
 *
 * @param timeout how long the context waits before it closes data sources nevertheless
 */
record ShutdownPhase(Duration timeout) {
  /** How long before the end of the phase the jobs are interrupted. */
  private static final Duration HANDING_BACK = Duration.ofSeconds(5);

  /** As the application's property says. */
  static ShutdownPhase of(Environment environment) {
    return new ShutdownPhase(
        Binder.get(environment)
            .bind("spring.lifecycle.timeout-per-shutdown-phase", Duration.class)
            .orElse(Duration.ofSeconds(30)));
  }

  /** The jobs have to be handed back before the context gives up to wait. */
  Duration usualGrace() {
    Duration half = timeout.dividedBy(2);
    Duration less = timeout.minus(HANDING_BACK);
    return less.compareTo(half) > 0 ? less : half;
  }
}
