/**
 * Spans of insertions, attempts and steps, for OpenTelemetry. Meters and the flight recorder are in
 * {@code cairn-observability}.
 */
package dev.cairn.opentelemetry;
