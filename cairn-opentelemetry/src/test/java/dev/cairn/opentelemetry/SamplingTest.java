package dev.cairn.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.Workers;
import dev.cairn.opentelemetry.TracingPage.ByLinks;
import dev.cairn.testing.CairnExtension;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is stored of a trace, and what becomes of the attempts, where not every span is sampled. */
class SamplingTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  /** Insertions are roots here, and are dropped; attempts are kept, unless a parent is dropped. */
  @RegisterExtension
  final RecordedSpans dropping = new RecordedSpans(Sampler.parentBased(new WithoutInsertions()));

  @RegisterExtension final RecordedSpans keeping = new RecordedSpans();

  /** Drops all roots, but for those that are linked. */
  @RegisterExtension
  final RecordedSpans byLinks =
      new RecordedSpans(Sampler.parentBased(new ByLinks(Sampler.alwaysOff())));

  /** Drops all roots. */
  @RegisterExtension
  final RecordedSpans byParents = new RecordedSpans(Sampler.parentBased(Sampler.alwaysOff()));

  @JobKind("linked")
  record Linked() {}

  @JobKind("child")
  record Child() {}

  private record WithoutInsertions() implements Sampler {
    @Override
    public SamplingResult shouldSample(
        Context parent,
        String traceId,
        String name,
        SpanKind kind,
        Attributes attributes,
        List<LinkData> links) {
      return kind == SpanKind.PRODUCER ? SamplingResult.drop() : SamplingResult.recordAndSample();
    }

    @Override
    public String getDescription() {
      return "without insertions";
    }
  }

  private static Cairn start(Tracing tracing) {
    return cairn.start(client ->
        client
            .plugin(tracing)
            .workers(
                Workers.builder()
                    .register(Linked.class, (job, context) -> {})
                    .register(Child.class, (job, context) -> {})
                    .build())
            .queue("default", 5));
  }

  /** The metadata of jobs that were inserted at once and are completed. */
  private static List<String> worked(Cairn client, Object... args) {
    return client.insertMany(Stream.of(args).map(JobInsert::of).toList()).stream()
        .map(result -> cairn.awaitState(result.id(), JobState.COMPLETED).metadata())
        .toList();
  }

  private Tracing dropping() {
    return Tracing.of(dropping.openTelemetry());
  }

  @Test
  void jobsOfInsertionsThatAreNotSampledCarryNoContext() {
    Cairn client = start(dropping());

    assertThat(worked(client, new Linked())).containsExactly("{}");
    assertThat(dropping.await("process default").getLinks()).isEmpty();
  }

  @Test
  void theirBaggageTravelsAllTheSame() {
    Cairn client = start(dropping().withBaggage("tenant"));
    Context acme = Context.current().with(Baggage.builder().put("tenant", "acme").build());

    assertThat(acme.wrapSupplier(() -> worked(client, new Linked())).get())
        .singleElement()
        .asString()
        .contains("tenant=acme")
        .doesNotContain("traceparent");
  }

  @Test
  void theirJobsCarryItIfAllShouldCarryIt() {
    Cairn client = start(dropping().withUnsampledContexts());

    assertThat(worked(client, new Linked()))
        .singleElement()
        .asString()
        .matches("\\{\"traceparent\": \"00-[0-9a-f]{32}-[0-9a-f]{16}-0[02]\"}");
    assertThat(dropping.await("process default").getLinks())
        .singleElement()
        .matches(link -> !link.getSpanContext().isSampled());
  }

  /** Otherwise it would be sampled although its parent is not. */
  @Test
  void theirJobsCarryItIfTheAttemptIsAChildWhichIsDroppedToo() {
    Cairn client = start(dropping().withChildSpansOf("child"));

    assertThat(worked(client, new Linked(), new Child()))
        .satisfiesExactly(
            linked -> assertThat(linked).isEqualTo("{}"),
            child -> assertThat(child).matches(".*\"traceparent\": \"00-.*-0[02]\".*"));
    assertThat(dropping.named("process default"))
        .extracting(span -> span.getAttributes().get(TraceNames.JOB_KIND))
        .containsExactly("linked");
  }

  private static final Context SAMPLED_REQUEST =
      Context.root()
          .with(
              Span.wrap(
                  SpanContext.createFromRemoteParent(
                      "0af7651916cd43dd8448eb211c80319c",
                      "b7ad6b7169203331",
                      TraceFlags.getSampled(),
                      TraceState.getDefault())));

  @Test
  void aSamplerMayFollowTheLinkToTheInsertion() {
    Cairn client = start(Tracing.of(byLinks.openTelemetry()));

    assertThat(SAMPLED_REQUEST.wrapSupplier(() -> worked(client, new Linked())).get())
        .singleElement()
        .asString()
        .contains("0af7651916cd43dd8448eb211c80319c");
    worked(client, new Child());

    SpanData insertion = byLinks.await("insert default");
    assertThat(byLinks.named("process default"))
        .singleElement()
        .satisfies(attempt -> {
          assertThat(attempt.getAttributes().get(TraceNames.JOB_KIND)).isEqualTo("linked");
          assertThat(attempt.getTraceId()).isNotEqualTo(insertion.getTraceId());
          assertThat(attempt.getLinks().getFirst().getSpanContext().getSpanId())
              .isEqualTo(insertion.getSpanId());
        });
  }

  @Test
  void aSamplerThatKnowsNoLinksSamplesAnAttemptByItself() {
    Cairn client = start(Tracing.of(byParents.openTelemetry()));

    assertThat(SAMPLED_REQUEST.wrapSupplier(() -> worked(client, new Linked())).get())
        .singleElement()
        .asString()
        .contains("0af7651916cd43dd8448eb211c80319c");

    assertThat(byParents.named("insert default")).hasSize(1);
    assertThat(byParents.named("process default")).isEmpty();
  }

  @Test
  void noJobCarriesAContextIfNoneIsWanted() {
    Cairn client = start(Tracing.of(keeping.openTelemetry()).withoutContexts().withChildSpans());

    assertThat(worked(client, new Linked())).containsExactly("{}");
    SpanData attempt = keeping.await("process default");
    assertThat(attempt.getLinks()).isEmpty();
    assertThat(attempt.getParentSpanContext().isValid()).isFalse();
  }
}
