package dev.cairn.observability;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import javax.sql.DataSource;

/** Code of docs/operations.md. */
final class OperationsPage {
  private OperationsPage() {}

  static CairnBuilder measure(DataSource dataSource, MeterRegistry meterRegistry) {
    // docs: operations.md
    CairnBuilder builder =
        Cairn.builder(dataSource)
            .plugin(new Metrics(meterRegistry)) // dev.cairn:cairn-observability
            .plugin(QueueGauges.of(meterRegistry))
            .plugin(new FlightRecords());
    // end docs
    return builder;
  }
}
