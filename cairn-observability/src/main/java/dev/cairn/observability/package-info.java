/** What a client does, for {@code MeterRegistry} and the flight recorder (R27). */
package dev.cairn.observability;
