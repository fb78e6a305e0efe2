package dev.cairn.spring.boot.observe;

import dev.cairn.Cairn;
import dev.cairn.spring.boot.CairnAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Import;

/**
 * Meters, and either spans of OpenTelemetry or observations of Micrometer: {@code
 * cairn-opentelemetry} knows of steps and resumed attempts, and is used where it is on the class
 * path.
 */
@AutoConfiguration(
    before = CairnAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
      "org.springframework.boot.micrometer.tracing.autoconfigure.MicrometerTracingAutoConfiguration",
      "org.springframework.boot.micrometer.tracing.brave.autoconfigure.BraveAutoConfiguration",
      "org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.OpenTelemetryTracingAutoConfiguration",
      "org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration"
    })
@ConditionalOnClass(Cairn.class)
@EnableConfigurationProperties(CairnObservabilityProperties.class)
@Import({
  ObservabilityConfigurations.MetersConfiguration.class,
  ObservabilityConfigurations.TracesConfiguration.class,
  ObservabilityConfigurations.ObservationsConfiguration.class,
  ObservabilityConfigurations.LinksConfiguration.class
})
public final class CairnObservabilityAutoConfiguration {}
