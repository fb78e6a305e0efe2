package dev.cairn.opentelemetry;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import io.opentelemetry.api.OpenTelemetry;
import javax.sql.DataSource;

/** Code of docs/tracing.md. */
final class TracingPage {
  private TracingPage() {}

  static CairnBuilder trace(DataSource dataSource, OpenTelemetry openTelemetry) {
    // docs: tracing.md
    CairnBuilder builder =
        Cairn.builder(dataSource)
            .plugin(Tracing.of(openTelemetry)); // dev.cairn:cairn-opentelemetry
    // end docs
    return builder;
  }

  static Tracing choose(OpenTelemetry openTelemetry) {
    // docs: tracing.md
    Tracing tracing =
        Tracing.of(openTelemetry)
            .withBaggage("tenant") // stored with the job, as readable as its arguments
            .withChildSpansOf("send_email")
            .withoutSteps();
    // end docs
    return tracing;
  }
}
