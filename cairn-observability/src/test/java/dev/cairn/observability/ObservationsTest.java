package dev.cairn.observability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.JsonArgs;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.testing.CairnExtension;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationHandler.FirstMatchingCompositeObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Micrometer's handlers make of insertions and attempts. */
class ObservationsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final SdkTracerProvider provider =
      SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(exporter)).build();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ObservationRegistry registry = ObservationRegistry.create();

  @JobKind("observed")
  record Observed() {}

  private interface Body {
    void work(WorkContext context) throws Exception;
  }

  @AfterEach
  void close() {
    provider.close();
  }

  private Cairn start(UnaryOperator<ProcessTracingHandler> spans, Body body) {
    Tracer tracer =
        new OtelTracer(provider.get("test"), new OtelCurrentTraceContext(), event -> {});
    var propagator =
        new OtelPropagator(
            ContextPropagators.create(
                TextMapPropagator.composite(
                    W3CTraceContextPropagator.getInstance(), W3CBaggagePropagator.getInstance())),
            provider.get("test"));
    registry
        .observationConfig()
        .observationHandler(new DefaultMeterObservationHandler(meters))
        .observationHandler(
            new FirstMatchingCompositeObservationHandler(
                spans.apply(ProcessTracingHandler.of(tracer, propagator)),
                new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
                new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
                new DefaultTracingObservationHandler(tracer)));
    return cairn.start(client ->
        client
            .plugin(Observations.of(registry).withBaggage("tenant"))
            .workers(
                Workers.builder()
                    .register(Observed.class, (job, context) -> body.work(context))
                    .build())
            .queue("default", 5));
  }

  private SpanData await(String name) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() ->
            exporter.getFinishedSpanItems().stream().anyMatch(span -> span.getName().equals(name)));
    return exporter.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void anAttemptIsLinkedToItsInsertionAndCurrentOnItsThreads() {
    Map<String, String> seen = new ConcurrentHashMap<>();
    Cairn client =
        start(
            UnaryOperator.identity(),
            context -> {
              seen.put("job", Span.current().getSpanContext().getSpanId());
              context
                  .fork(() -> seen.put("fork", Span.current().getSpanContext().getSpanId()))
                  .join();
            });
    long id = client.insert(new Observed()).id();
    cairn.awaitState(id, JobState.COMPLETED);

    SpanData insertion = await("insert default");
    SpanData attempt = await("process default");
    assertThat(insertion.getKind()).isEqualTo(SpanKind.PRODUCER);
    assertThat(attempt.getKind()).isEqualTo(SpanKind.CONSUMER);
    assertThat(attempt.getTraceId()).isNotEqualTo(insertion.getTraceId());
    assertThat(attempt.getLinks())
        .extracting(link -> link.getSpanContext().getSpanId())
        .containsExactly(insertion.getSpanId());
    assertThat(seen)
        .containsEntry("job", attempt.getSpanId())
        .containsEntry("fork", attempt.getSpanId());
    assertThat(
            meters
                .get("cairn.process")
                .tag("kind", "observed")
                .tag("queue", "default")
                .tag("outcome", "completed")
                .timer()
                .count())
        .isEqualTo(1);
    assertThat(meters.get("cairn.insert").tag("kind", "observed").timer().count()).isEqualTo(1);
  }

  @Test
  void anAttemptIsAChildOfItsInsertionIfAskedFor() {
    Cairn client = start(spans -> spans.withChildSpansOf("observed"), context -> {});
    cairn.awaitState(client.insert(new Observed()).id(), JobState.COMPLETED);

    SpanData attempt = await("process default");
    assertThat(attempt.getParentSpanId()).isEqualTo(await("insert default").getSpanId());
    assertThat(attempt.getLinks()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAttemptHasTheBaggageThatTravels(boolean isChild) {
    Map<String, String> seen = new ConcurrentHashMap<>();
    Cairn client =
        start(
            handler -> isChild ? handler.withChildSpans() : handler,
            context -> Baggage.current().forEach((key, entry) -> seen.put(key, entry.getValue())));
    Baggage carried = Baggage.builder().put("tenant", "acme").put("user", "ada").build();
    long id =
        Context.current()
            .with(carried)
            .wrapSupplier(() -> client.insert(new Observed()).id())
            .get();

    assertThat(cairn.awaitState(id, JobState.COMPLETED).metadata()).doesNotContain("ada");
    assertThat(seen).containsExactly(Map.entry("tenant", "acme"));
    SpanData insertion = await("insert default");
    SpanData attempt = await("process default");
    if (isChild) {
      assertThat(attempt.getParentSpanId()).isEqualTo(insertion.getSpanId());
    } else {
      assertThat(attempt.getParentSpanContext().isValid()).isFalse();
      assertThat(attempt.getTraceId()).isNotEqualTo(insertion.getTraceId());
      assertThat(attempt.getLinks())
          .extracting(link -> link.getSpanContext().getSpanId())
          .containsExactly(insertion.getSpanId());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"traceparent\": \"garbage\"}",
        "{\"traceparent\": 7}",
        "{\"traceparent\": \"00-00000000000000000000000000000000-b7ad6b7169203331-01\"}",
        "{\"traceparent\": \"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}"
      })
  void whateverTheMetadataHaveTheJobIsWorked(String metadata) {
    Cairn client = start(UnaryOperator.identity(), context -> {});
    long id = client.insert(new Observed(), InsertOptions.defaults().withMetadata(metadata)).id();
    cairn.awaitState(id, JobState.COMPLETED);

    assertThat(await("process default").getLinks()).isEmpty();
  }

  @Test
  void aFailureIsAnErrorAndASnoozeIsNone() {
    Cairn client =
        start(
            UnaryOperator.identity(),
            context -> {
              if (context.job().attempt() == 1) {
                throw new IllegalStateException("broken");
              }
              throw new JobSnoozeException(Duration.ofHours(1));
            });
    cairn.awaitState(client.insert(new Observed()).id(), JobState.SCHEDULED);

    Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> outcome("snoozed") == 1);
    assertThat(outcome("failed")).isEqualTo(1);
    assertThat(await("process default").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(
            meters.get("cairn.process").tag("outcome", "snoozed").timer().getId().getTag("error"))
        .isEqualTo("none");
  }

  private long outcome(String name) {
    Timer timer = meters.find("cairn.process").tag("outcome", name).timer();
    return timer == null ? 0 : timer.count();
  }

  @Test
  void conventionsCanBeReplaced() {
    registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
    Observations observations =
        Observations.of(registry)
            .withInsertConvention(
                new InsertObservationConvention() { // of its own altogether
                  @Override
                  public String getName() {
                    return "shop.insert";
                  }
                })
            .withProcessConvention(
                new DefaultProcessObservationConvention() {
                  @Override
                  public KeyValues getLowCardinalityKeyValues(ProcessObservationContext context) {
                    return super.getLowCardinalityKeyValues(context).and("team", "shop");
                  }
                });
    Cairn client = start(observations);
    cairn.awaitState(client.insert(new Observed()).id(), JobState.COMPLETED);

    Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> outcome("completed") == 1);
    assertThat(meters.get("shop.insert").timer().count()).isEqualTo(1);
    assertThat(meters.get("cairn.process").tag("team", "shop").timer().count()).isEqualTo(1);
  }

  /**
   * As a propagator would, with what it finds.
   *
   * @param flags W3C's
   */
  private record Porter(String flags) implements ObservationHandler<InsertObservationContext> {
    @Override
    public void onStart(InsertObservationContext context) {
      Map<String, String> carrier = Objects.requireNonNull(context.getCarrier());
      carrier.put("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-" + flags);
      carrier.put("baggage", "customer=acme;ttl=1, user=ada ,other");
      carrier.put("user-email", "ada@example.org"); // as a remote field of Micrometer's
      carrier.put("Region", "north");
      carrier.put("huge", "x".repeat(10_000));
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
      return context instanceof InsertObservationContext;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void baggageTravelsOnlyIfAskedForAndNothingThatIsHuge(boolean asked) {
    registry.observationConfig().observationHandler(new Porter("01"));
    Observations observations = Observations.of(registry);
    var seen = new ConcurrentHashMap<String, String>();
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<ProcessObservationContext>() {
              @Override
              public void onStart(ProcessObservationContext context) {
                seen.putAll(Objects.requireNonNull(context.getCarrier()));
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return context instanceof ProcessObservationContext;
              }
            });
    Cairn client =
        start(asked ? observations.withBaggage("customer").withBaggage("region") : observations);

    long id =
        client
            .insert(
                new Observed(), InsertOptions.defaults().withMetadata("{\"other\": \"of a job\"}"))
            .id();

    assertThat(cairn.awaitState(id, JobState.COMPLETED).metadata())
        .contains("traceparent")
        .doesNotContain("huge", "ada")
        .matches(metadata -> metadata.contains("customer=acme;ttl=1") == asked)
        .matches(metadata -> metadata.contains("north") == asked);
    assertThat(seen)
        .containsOnlyKeys(
            asked ? Set.of("traceparent", "baggage", "Region") : Set.of("traceparent"));
  }

  @Test
  void aContextThatTheCallerSetIsNotMixedWithAnotherOne() {
    registry.observationConfig().observationHandler(new Porter("01"));
    Cairn client = start(Observations.of(registry).withBaggage("customer"));
    String own = "{\"X-B3-TraceId\": \"0af7651916cd43dd\"}";
    long id = client.insert(new Observed(), InsertOptions.defaults().withMetadata(own)).id();

    assertThat(cairn.awaitState(id, JobState.COMPLETED).metadata())
        .contains("0af7651916cd43dd", "customer=acme")
        .doesNotContain("traceparent");
  }

  /** A program may have a queue for each customer, and a registry forgets no meter. */
  @Test
  void noMoreThanAThousandQueuesAndKindsAreToldApart() {
    registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
    try (Cairn client =
        Cairn.builder(cairn.dataSource())
            .schema(cairn.schema())
            .plugin(Observations.of(registry))
            .build()) {
      for (int number = 0; number < 1_010; number++) {
        client.insert(
            JsonArgs.of("kind-" + number, "{}"),
            InsertOptions.defaults().withQueue("queue-" + number));
      }
    }

    assertThat(meters.find("cairn.insert").timers())
        .hasSize(1_001)
        .filteredOn(timer -> "other".equals(timer.getId().getTag("queue")))
        .singleElement()
        .matches(timer -> "other".equals(timer.getId().getTag("kind")))
        .matches(timer -> timer.count() == 10);
  }

  enum Stored {
    USUALLY,
    UNSAMPLED_TOO,
    UNSAMPLED_OF_THIS_KIND_TOO,
    UNSAMPLED_OF_ANOTHER_KIND_TOO,
    NEVER
  }

  @ParameterizedTest
  @CsvSource({
    "01, USUALLY, true",
    "00, USUALLY, false",
    "00, UNSAMPLED_TOO, true",
    "00, UNSAMPLED_OF_THIS_KIND_TOO, true",
    "00, UNSAMPLED_OF_ANOTHER_KIND_TOO, false",
    "01, NEVER, false"
  })
  void jobsCarryTheContextOfTracesThatAreSampledUnlessAskedOtherwise(
      String flags, Stored stored, boolean isCarried) {
    registry.observationConfig().observationHandler(new Porter(flags));
    Observations usual = Observations.of(registry).withBaggage("customer");
    Cairn client =
        start(
            switch (stored) {
              case USUALLY -> usual;
              case UNSAMPLED_TOO -> usual.withUnsampledContexts();
              case UNSAMPLED_OF_THIS_KIND_TOO -> usual.withUnsampledContextsOf("observed");
              case UNSAMPLED_OF_ANOTHER_KIND_TOO -> usual.withUnsampledContextsOf("other");
              case NEVER -> usual.withoutContexts();
            });
    long id = client.insert(new Observed()).id();

    assertThat(cairn.awaitState(id, JobState.COMPLETED).metadata())
        .contains("customer=acme")
        .matches(metadata -> metadata.contains("traceparent") == isCarried);
  }

  @Test
  void aHandlerThatThrowsCostsNoJobAndNoInsertion() {
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<>() {
              @Override
              public void onStart(Observation.Context context) {
                throw new NoClassDefFoundError("of a handler");
              }

              @Override
              public void onScopeOpened(Observation.Context context) {
                throw new NoClassDefFoundError("of a handler");
              }

              @Override
              public void onStop(Observation.Context context) {
                throw new NoClassDefFoundError("of a handler");
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return true;
              }
            });
    Cairn client = start(Observations.of(registry));

    cairn.awaitState(client.insert(new Observed()).id(), JobState.COMPLETED);
  }

  private static Cairn start(Observations observations) {
    return cairn.start(client ->
        client
            .plugin(observations)
            .workers(Workers.builder().register(Observed.class, (job, context) -> {}).build())
            .queue("default", 5));
  }
}
