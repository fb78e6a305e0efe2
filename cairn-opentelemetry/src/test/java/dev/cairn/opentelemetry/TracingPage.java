package dev.cairn.opentelemetry;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;
import javax.sql.DataSource;

/** Code of docs/tracing.md. */
final class TracingPage {
  private TracingPage() {}

  // docs: tracing.md
  /** Samples what is linked to a sampled span, such as the attempts of a sampled insertion. */
  record ByLinks(Sampler otherwise) implements Sampler {
    @Override
    public SamplingResult shouldSample(
        Context parent,
        String traceId,
        String name,
        SpanKind kind,
        Attributes attributes,
        List<LinkData> links) {
      return links.stream().anyMatch(link -> link.getSpanContext().isSampled())
          ? SamplingResult.recordAndSample()
          : otherwise.shouldSample(parent, traceId, name, kind, attributes, links);
    }

    @Override
    public String getDescription() {
      return "ByLinks{" + otherwise.getDescription() + "}";
    }
  }

  // end docs

  static Sampler tenPercent() {
    // docs: tracing.md
    Sampler sampler = Sampler.parentBased(new ByLinks(Sampler.traceIdRatioBased(0.1)));
    // end docs
    return sampler;
  }

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
