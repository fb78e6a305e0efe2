package dev.cairn.benchmarks.contenders;

import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Progress;
import dev.cairn.observability.Metrics;
import dev.cairn.observability.QueueGauges;
import dev.cairn.opentelemetry.Tracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/** A client with meters, traces or both. */
public record ObservedCairn(CairnClient client, Observed observed) implements Contender {
  /** The size of the queue of spans: large enough that none is dropped. */
  private static final int QUEUE = 1 << 20;

  /** The observations of each job. */
  public enum Observed {
    NONE,
    METERS,
    TRACES,
    ALL;

    /** The name on the command line. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }

    boolean hasMeters() {
      return this == METERS || this == ALL;
    }

    boolean hasTraces() {
      return this == TRACES || this == ALL;
    }
  }

  @Override
  public String name() {
    return observed == Observed.NONE ? "Cairn" : "Cairn, " + observed;
  }

  @Override
  public String setting() {
    return client.setting();
  }

  @Override
  public void fill(int jobs) throws Exception {
    client.fill(jobs);
  }

  @Override
  public int finished() throws Exception {
    return client.finished();
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    var worked = new CountDownLatch(1);
    var meters = new SimpleMeterRegistry();
    try (var sdk = sdk();
        var pool = CairnClient.pool(client.login())) {
      var builder =
          client
              .builder(
                  pool,
                  (job, context) -> {
                    if (progress.add(1) == jobs) {
                      worked.countDown();
                    }
                  })
              .listener(CairnClient.claimsOf(progress));
      if (observed.hasMeters()) {
        builder.plugin(new Metrics(meters)).plugin(QueueGauges.of(meters));
      }
      if (observed.hasTraces()) {
        builder.plugin(Tracing.of(sdk));
      }
      try (var cairn = builder.build()) {
        cairn.start();
        CairnClient.await(worked, jobs);
        cairn.stop();
        progress.finish(); // the time to close the pool and the exporter is not measured
      }
    }
  }

  /** An SDK that records every span. Its exporter does nothing: the network is not measured. */
  private static OpenTelemetrySdk sdk() {
    return OpenTelemetrySdk.builder()
        .setTracerProvider(
            SdkTracerProvider.builder()
                .addSpanProcessor(
                    BatchSpanProcessor.builder(new Nowhere()).setMaxQueueSize(QUEUE).build())
                .build())
        .build();
  }

  private static final class Nowhere implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }
}
