/**
 * What a client does, for {@code MeterRegistry}, {@code ObservationRegistry} and the flight
 * recorder. Traces through OpenTelemetry alone are in {@code cairn-opentelemetry}.
 */
package dev.cairn.observability;
