package dev.cairn.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** An OpenTelemetry that keeps the spans of one test, in the order in which they ended. */
final class RecordedSpans implements AfterEachCallback {
  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final OpenTelemetrySdk sdk;

  /** Every span is kept. */
  RecordedSpans() {
    this(Sampler.alwaysOn());
  }

  /** Those are kept that are sampled. */
  RecordedSpans(Sampler sampler) {
    this.sdk =
        OpenTelemetrySdk.builder()
            .setTracerProvider(
                SdkTracerProvider.builder()
                    .setSampler(sampler)
                    .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                    .build())
            .build();
  }

  /** One in which everything that a span does throws. */
  static OpenTelemetry failing() {
    return OpenTelemetrySdk.builder()
        .setTracerProvider(
            SdkTracerProvider.builder().addSpanProcessor(new FailingProcessor()).build())
        .build();
  }

  private static final class FailingProcessor implements SpanProcessor {
    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
      throw new NoClassDefFoundError("of an exporter");
    }

    @Override
    public boolean isStartRequired() {
      return true;
    }

    @Override
    public void onEnd(ReadableSpan span) {
      throw new NoClassDefFoundError("of an exporter");
    }

    @Override
    public boolean isEndRequired() {
      return true;
    }
  }

  OpenTelemetry openTelemetry() {
    return sdk;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    sdk.close();
  }

  List<SpanData> all() {
    return exporter.getFinishedSpanItems();
  }

  SpanData await(String name) {
    return awaitAll(name, 1).getFirst();
  }

  List<SpanData> awaitAll(String name, int most) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(named(name)).hasSizeGreaterThanOrEqualTo(most));
    return named(name);
  }

  List<SpanData> named(String name) {
    return all().stream().filter(span -> span.getName().equals(name)).toList();
  }

  /** The steps in the trace of an attempt, with how they ended. */
  List<String> stepsOf(SpanData attempt) {
    return all().stream()
        .filter(span -> span.getTraceId().equals(attempt.getTraceId()))
        .filter(span -> span.getName().startsWith("step "))
        .map(RecordedSpans::words)
        .toList();
  }

  private static String words(SpanData step) {
    boolean isResumed = Boolean.TRUE.equals(step.getAttributes().get(TraceNames.STEP_RESUMED));
    return "%s %s%s"
        .formatted(
            step.getAttributes().get(TraceNames.STEP_PATH),
            step.getAttributes().get(TraceNames.STEP_STATE),
            isResumed ? " resumed" : "");
  }
}
