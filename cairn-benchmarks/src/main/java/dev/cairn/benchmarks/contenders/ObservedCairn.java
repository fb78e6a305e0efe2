package dev.cairn.benchmarks.contenders;

import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Contexts;
import dev.cairn.benchmarks.measure.Progress;
import dev.cairn.observability.Metrics;
import dev.cairn.observability.QueueGauges;
import dev.cairn.opentelemetry.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;

/**
 * A client with meters, traces or both.
 *
 * @param contexts what the jobs of a traced program carry
 */
public record ObservedCairn(CairnClient client, Observed observed, Contexts contexts)
    implements Contender {
  /** The observations of each job. */
  public enum Observed {
    NONE,

    /** None, but jobs carry the trace context of their insertion, as those of a traced program. */
    CARRIED,
    METERS,
    TRACES,
    ALL;

    /** The name on the command line. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }

    boolean isCarried() {
      return this == CARRIED || hasTraces();
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
    // Tracing stores the context of an insertion that is sampled with its jobs.
    if (observed.isCarried()) {
      client.table().fillTraced(jobs, contexts);
    } else {
      client.fill(jobs);
    }
  }

  @Override
  public int finished() throws Exception {
    return client.finished();
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    var worked = new CountDownLatch(1);
    var meters = new SimpleMeterRegistry();
    var spans = new Counter(new LongAdder(), new LongAdder());
    try (var sdk = sdk(spans, contexts);
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
    check(observed.hasTraces(), "spans", spans.ended().sum(), contexts.recordedOf(jobs));
    check(
        observed.hasTraces(),
        "links to insertions",
        spans.linked().sum(),
        contexts.recordedOf(contexts.carriedBy(jobs)));
    check(observed.hasMeters(), "meters", measured(meters), jobs);
  }

  private static long measured(MeterRegistry meters) {
    return meters.find("cairn.job.run").timers().stream().mapToLong(Timer::count).sum();
  }

  /** What is not observed costs nothing, so each job must be seen. */
  private void check(boolean isExpected, String what, long seen, int jobs) {
    if (isExpected && seen < jobs) {
      throw new IllegalStateException(
          "%s: the %s show only %d of %d jobs: the figures would be worthless"
              .formatted(name(), what, seen, jobs));
    }
  }

  /** An SDK that records as large a share of the attempts as of the insertions. */
  private static OpenTelemetrySdk sdk(SpanProcessor processor, Contexts contexts) {
    return OpenTelemetrySdk.builder()
        .setTracerProvider(
            SdkTracerProvider.builder()
                .addSpanProcessor(processor)
                .setSampler(Sampler.traceIdRatioBased(contexts.sampledPercent() / 100.0))
                .build())
        .build();
  }

  /**
   * Makes of each span what an exporter gets, and counts it. There is no batch: at this rate, a
   * queue of the usual size drops most spans, and in a large one they wait so long that the garbage
   * collector copies all of them, which would be measured instead.
   *
   * @param linked the spans with one link: that of a first attempt to its insertion
   */
  private record Counter(LongAdder ended, LongAdder linked) implements SpanProcessor {
    @Override
    public void onStart(Context parentContext, ReadWriteSpan span) {}

    @Override
    public boolean isStartRequired() {
      return false;
    }

    @Override
    public void onEnd(ReadableSpan span) {
      SpanData data = span.toSpanData();
      ended.increment();
      if (data.getLinks().size() == 1) {
        linked.increment();
      }
    }

    @Override
    public boolean isEndRequired() {
      return true;
    }
  }
}
