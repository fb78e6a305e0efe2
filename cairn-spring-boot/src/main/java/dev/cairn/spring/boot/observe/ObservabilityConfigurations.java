package dev.cairn.spring.boot.observe;

import dev.cairn.observability.InsertObservationConvention;
import dev.cairn.observability.Metrics;
import dev.cairn.observability.Observations;
import dev.cairn.observability.ProcessObservationConvention;
import dev.cairn.observability.ProcessTracingHandler;
import dev.cairn.observability.QueueGauges;
import dev.cairn.opentelemetry.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.opentelemetry.api.OpenTelemetry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.micrometer.tracing.autoconfigure.MicrometerTracingAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** What is configured, in this order: what comes later looks at what is there already. */
final class ObservabilityConfigurations {
  /** Outside of the application's own middleware, so that its time counts. */
  private static final int OUTERMOST = -1_000;

  private ObservabilityConfigurations() {}

  /** Meters. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({Metrics.class, MeterRegistry.class})
  @ConditionalOnBean(MeterRegistry.class)
  @ConditionalOnProperty(name = "cairn.observability.meters", matchIfMissing = true)
  static class MetersConfiguration {
    @Bean
    @ConditionalOnMissingBean
    @Order(OUTERMOST + 1)
    Metrics cairnMetrics(MeterRegistry registry) {
      return new Metrics(registry);
    }

    @Bean
    @ConditionalOnMissingBean
    QueueGauges cairnQueueGauges(MeterRegistry registry, CairnObservabilityProperties properties) {
      try {
        return QueueGauges.of(registry).withInterval(properties.gaugesInterval());
      } catch (IllegalArgumentException e) {
        throw new InvalidConfigurationPropertyValueException(
            "cairn.observability.gauges-interval",
            properties.gaugesInterval(),
            e.getMessage() + " [CAIRN-707]");
      }
    }
  }

  /** Spans. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({Tracing.class, OpenTelemetry.class})
  @ConditionalOnBean(OpenTelemetry.class)
  @ConditionalOnProperty(name = "cairn.observability.traces", matchIfMissing = true)
  static class TracesConfiguration {
    @Bean
    @ConditionalOnMissingBean
    @Order(OUTERMOST)
    Tracing cairnTracing(OpenTelemetry openTelemetry, CairnObservabilityProperties properties) {
      Tracing tracing =
          Tracing.of(openTelemetry)
              .withChildSpansOf(properties.childKinds())
              .withBaggage(properties.baggageKeys());
      tracing = properties.childSpans() ? tracing.withChildSpans() : tracing;
      tracing =
          switch (properties.propagation()) {
            case SAMPLED -> tracing;
            case ALWAYS -> tracing.withUnsampledContexts();
            case NEVER -> tracing.withoutContexts();
          };
      return properties.steps() ? tracing : tracing.withoutSteps();
    }
  }

  /** Observations, unless there are spans already. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({Observations.class, ObservationRegistry.class})
  @ConditionalOnBean(ObservationRegistry.class)
  @ConditionalOnMissingBean(type = "dev.cairn.opentelemetry.Tracing")
  @ConditionalOnProperty(name = "cairn.observability.observations", matchIfMissing = true)
  static class ObservationsConfiguration {
    @Bean
    @ConditionalOnMissingBean
    @Order(OUTERMOST)
    Observations cairnObservations(
        ObservationRegistry registry,
        CairnObservabilityProperties properties,
        ObjectProvider<InsertObservationConvention> ofInsertions,
        ObjectProvider<ProcessObservationConvention> ofAttempts) {
      Observations observations =
          propagating(Observations.of(registry).withBaggage(properties.baggageKeys()), properties);
      InsertObservationConvention insertion = ofInsertions.getIfAvailable();
      if (insertion != null) {
        observations = observations.withInsertConvention(insertion);
      }
      ProcessObservationConvention attempt = ofAttempts.getIfAvailable();
      return attempt == null ? observations : observations.withProcessConvention(attempt);
    }

    private static Observations propagating(
        Observations observations, CairnObservabilityProperties properties) {
      return switch (properties.propagation()) {
        case SAMPLED ->
            properties.childSpans()
                ? observations.withUnsampledContexts()
                : observations.withUnsampledContextsOf(properties.childKinds());
        case ALWAYS -> observations.withUnsampledContexts();
        case NEVER -> observations.withoutContexts();
      };
    }
  }

  /** Links attempts to their insertion, where Micrometer traces. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({
    ProcessTracingHandler.class,
    Tracer.class,
    MicrometerTracingAutoConfiguration.class
  })
  @ConditionalOnBean({Tracer.class, Propagator.class})
  static class LinksConfiguration {
    @Bean
    @ConditionalOnMissingBean
    @Order(MicrometerTracingAutoConfiguration.RECEIVER_TRACING_OBSERVATION_HANDLER_ORDER - 1)
    ProcessTracingHandler cairnProcessTracingHandler(
        Tracer tracer, Propagator propagator, CairnObservabilityProperties properties) {
      ProcessTracingHandler handler =
          ProcessTracingHandler.of(tracer, propagator).withChildSpansOf(properties.childKinds());
      return properties.childSpans() ? handler.withChildSpans() : handler;
    }
  }
}
