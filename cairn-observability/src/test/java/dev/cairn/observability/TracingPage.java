package dev.cairn.observability;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import io.micrometer.observation.ObservationHandler.FirstMatchingCompositeObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.propagation.Propagator;
import javax.sql.DataSource;

/** Code of docs/tracing.md. */
final class TracingPage {
  private TracingPage() {}

  static CairnBuilder observe(DataSource dataSource, ObservationRegistry observationRegistry) {
    // docs: tracing.md
    CairnBuilder builder =
        Cairn.builder(dataSource)
            .plugin(Observations.of(observationRegistry)); // dev.cairn:cairn-observability
    // end docs
    return builder;
  }

  static void handle(
      ObservationRegistry observationRegistry, Tracer tracer, Propagator propagator) {
    // docs: tracing.md
    observationRegistry
        .observationConfig()
        .observationHandler(
            new FirstMatchingCompositeObservationHandler(
                ProcessTracingHandler.of(tracer, propagator),
                new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
                new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
                new DefaultTracingObservationHandler(tracer)));
    // end docs
  }
}
