package dev.cairn.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobCancelException;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.UniqueOptions;
import dev.cairn.UnknownKindException;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.log.JobLog;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import dev.cairn.testing.CairnExtension;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.MDC;

/** How attempts end in their spans, and what travels with jobs. */
class TraceEndingsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();
  @RegisterExtension final RecordedSpans recorded = new RecordedSpans();

  private final CountDownLatch running = new CountDownLatch(1);

  @JobKind("ending")
  record Ending(String how) {}

  private interface Body {
    void work(WorkContext context) throws Exception;
  }

  private Cairn start(Tracing tracing, Body body) {
    Workers workers =
        Workers.builder().register(Ending.class, (job, context) -> body.work(context)).build();
    return cairn.start(client ->
        client
            .plugin(tracing)
            .middleware(new JobLog())
            .workers(workers)
            .queue("default", 5)
            .interruptDelay(Duration.ZERO));
  }

  private Tracing tracing() {
    return Tracing.of(recorded.openTelemetry());
  }

  private void end(String how, WorkContext context) throws Exception {
    switch (how) {
      case "snoozed" -> throw new JobSnoozeException(Duration.ofHours(1));
      case "cancelled" -> throw new JobCancelException("nobody wants it");
      case "failed" -> throw new IllegalStateException("broken");
      case "suspended" -> Steps.of(context).sleep("nap", Duration.ofHours(1));
      case "interrupted" -> {
        running.countDown();
        while (context.interruption().isEmpty()) {
          TimeUnit.MILLISECONDS.sleep(1);
        }
        context.yieldIfInterrupted();
      }
      default -> throw new AssertionError(how);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "snoozed, UNSET, ",
    "cancelled, UNSET, ",
    "suspended, UNSET, suspended",
    "interrupted, UNSET, paused",
    "failed, ERROR, "
  })
  void onlyAFailureIsAnError(String how, StatusCode status, String reason) throws Exception {
    Cairn client = start(tracing(), context -> end(how, context));
    long id = client.insert(new Ending(how)).id();
    if (how.equals("interrupted")) {
      running.await();
      client.jobs().operator("ada").pause(id);
    }

    SpanData attempt = recorded.await("process default");
    assertThat(attempt.getStatus().getStatusCode()).isEqualTo(status);
    assertThat(attempt.getAttributes().get(TraceNames.JOB_OUTCOME)).isEqualTo(how);
    assertThat(attempt.getEvents())
        .filteredOn(event -> event.getName().equals(TraceNames.INTERRUPTED))
        .extracting(event -> event.getAttributes().get(TraceNames.INTERRUPTION_REASON))
        .isEqualTo(reason == null ? List.of() : List.of(reason));
    assertThat(attempt.getAttributes().get(TraceNames.ERROR_TYPE))
        .isEqualTo(how.equals("failed") ? IllegalStateException.class.getName() : null);
    client.jobs().cancel(id);
  }

  @Test
  void aStepThatCancelsItsJobIsNoError() {
    Cairn client =
        start(
            tracing(),
            context ->
                Steps.of(context)
                    .step(
                        "decide",
                        () -> {
                          throw new JobCancelException("nobody wants it");
                        }));
    cairn.awaitState(client.insert(new Ending("cancelled")).id(), JobState.CANCELLED);

    SpanData step = recorded.await("step decide");
    assertThat(step.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(step.getAttributes().get(TraceNames.STEP_STATE)).isEqualTo("stopped");
    assertThat(step.getEvents()).extracting(EventData::getName).doesNotContain("exception");
    assertThat(recorded.await("process default").getStatus().getStatusCode())
        .isEqualTo(StatusCode.UNSET);
  }

  @Test
  void anOutageOfTheDatabaseIsNoErrorAndNamedAsTheReason() {
    var outages = new AtomicInteger();
    Cairn client =
        start(
            tracing(),
            context -> {
              if (outages.getAndIncrement() == 0) {
                throw new SQLException("the server was shut down", "57P01");
              }
            });
    cairn.awaitState(client.insert(new Ending("outage")).id(), JobState.COMPLETED);

    List<SpanData> attempts = recorded.awaitAll("process default", 2);
    SpanData first = attempts.getFirst();
    assertThat(first.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(first.getAttributes().get(TraceNames.JOB_OUTCOME)).isEqualTo("interrupted");
    assertThat(first.getAttributes().get(TraceNames.ERROR_TYPE)).isNull();
    assertThat(first.getEvents())
        .extracting(event -> event.getAttributes().get(TraceNames.INTERRUPTION_REASON))
        .containsExactly("database_lost");
    assertThat(first.getAttributes().get(TraceNames.JOB_WAIT)).isNotNull();
    assertThat(attempts.getLast().getAttributes().get(TraceNames.JOB_WAIT))
        .as("it kept its place")
        .isNull();
  }

  @Test
  void aFailureOfItsOwnDuringAStopIsAnError() throws Exception {
    Cairn client =
        start(
            tracing(),
            context -> {
              running.countDown();
              while (context.interruption().isEmpty()) {
                TimeUnit.MILLISECONDS.sleep(1);
              }
              throw new IllegalStateException("broken");
            });
    long id = client.insert(new Ending("stopped")).id();
    running.await();
    client.stop();

    SpanData attempt = recorded.await("process default");
    assertThat(attempt.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(attempt.getAttributes().get(TraceNames.JOB_OUTCOME)).isEqualTo("failed");
    assertThat(attempt.getAttributes().get(TraceNames.ERROR_TYPE))
        .isEqualTo(IllegalStateException.class.getName());
    client.jobs().cancel(id);
  }

  @Test
  void aTimeoutIsAnErrorOfItsOwnType() {
    Workers workers =
        Workers.builder()
            .register(
                Ending.class,
                (job, context) -> {
                  while (true) {
                    context.yieldIfInterrupted();
                    TimeUnit.MILLISECONDS.sleep(1);
                  }
                })
            .build();
    Cairn client =
        cairn.start(builder ->
            builder
                .plugin(tracing())
                .workers(workers)
                .queue("default", 1)
                .jobTimeout(Duration.ofMillis(20)));
    long id = client.insert(new Ending("timeout")).id();

    SpanData attempt = recorded.await("process default");
    assertThat(attempt.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(attempt.getAttributes().get(TraceNames.ERROR_TYPE)).isEqualTo("timeout");
    client.jobs().cancel(id);
  }

  @Test
  void chosenBaggageTravelsAndOtherBaggageDoesNot() throws Exception {
    Map<String, String> seen = new ConcurrentHashMap<>();
    Cairn client =
        start(
            tracing().withBaggage("tenant"),
            context -> Baggage.current().forEach((key, entry) -> seen.put(key, entry.getValue())));
    Baggage baggage = Baggage.builder().put("tenant", "acme").put("secret", "x").build();
    Context.current()
        .with(baggage)
        .wrap(() -> cairn.awaitState(client.insert(new Ending("baggage")).id(), JobState.COMPLETED))
        .call();

    assertThat(seen).containsExactly(Map.entry("tenant", "acme"));
  }

  static List<String> odd() {
    String megabyte = "x".repeat(1 << 20);
    return List.of(
        "{\"traceparent\": \"garbage\"}",
        "{\"traceparent\": 7, \"tracestate\": {}, \"baggage\": [\"tenant\"]}",
        "{\"traceparent\": null}",
        "{\"traceparent\": \"00-00000000000000000000000000000000-0000000000000000-01\"}",
        "{\"traceparent\": \"%s\", \"baggage\": \"tenant=%s\"}".formatted(megabyte, megabyte),
        "{\"inner\": {\"traceparent\":"
            + " \"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}}",
        "{\"traceparent\": \"garbage\", \"deep\": %s%s}"
            .formatted("[".repeat(400), "]".repeat(400)),
        "{\"baggage\": \"tenant=%%%;;;=,,\", \"number\": 1.50}");
  }

  @Tag("thorough")
  @ParameterizedTest
  @MethodSource("odd")
  void whateverTheMetadataHaveTheJobIsWorkedAndTheMetadataStay(String metadata) {
    Cairn client = start(tracing().withBaggage("tenant"), context -> {});
    long id =
        client.insert(new Ending("odd"), InsertOptions.defaults().withMetadata(metadata)).id();
    String stored = cairn.awaitState(id, JobState.COMPLETED).metadata();

    SpanData attempt = recorded.await("process default");
    assertThat(attempt.getParentSpanContext().isValid()).isFalse();
    if (metadata.contains("number")) {
      assertThat(stored).contains("1.50").contains("traceparent");
      assertThat(attempt.getLinks()).hasSize(1);
    } else if (metadata.startsWith("{\"traceparent\"")) {
      assertThat(attempt.getLinks()).as("its own is kept, and is none").isEmpty();
    }
  }

  @Test
  void theLogHasTheIdsOfTheSpanThatIsCurrent() {
    Map<String, String> seen = new ConcurrentHashMap<>();
    Cairn client =
        start(
            tracing(),
            context -> {
              seen.put("attempt", MDC.get(LogIds.TRACE_ID) + " " + MDC.get(LogIds.SPAN_ID));
              seen.put("job", MDC.get(JobLog.JOB_ID));
              Steps steps = Steps.of(context);
              steps.step("one", () -> seen.put("step", MDC.get(LogIds.SPAN_ID)));
              seen.put("after", MDC.get(LogIds.SPAN_ID));
              steps.parallel(
                  "all",
                  branches ->
                      branches.add("branch", own -> seen.put("branch", MDC.get(LogIds.SPAN_ID))));
            });
    long id = client.insert(new Ending("logged")).id();
    cairn.awaitState(id, JobState.COMPLETED);

    SpanData attempt = recorded.await("process default");
    assertThat(seen)
        .containsEntry("attempt", attempt.getTraceId() + " " + attempt.getSpanId())
        .containsEntry("job", Long.toString(id))
        .containsEntry("step", recorded.await("step one").getSpanId())
        .containsEntry("after", attempt.getSpanId())
        .containsEntry("branch", recorded.await("step branch").getSpanId());
    assertThat(MDC.get(LogIds.TRACE_ID)).isNull();
  }

  /** As zeros they would make one trace of all jobs. */
  @Test
  void theLogHasNoIdsWhereThereAreNoSpans() {
    var seen = new ArrayList<@Nullable String>();
    Cairn client =
        start(
            Tracing.of(OpenTelemetry.noop()),
            context -> {
              Steps.of(context).step("one", () -> seen.add(MDC.get(LogIds.TRACE_ID)));
              seen.add(MDC.get(LogIds.TRACE_ID));
              seen.add(MDC.get(LogIds.SPAN_ID));
              seen.add(MDC.get(LogIds.TRACE_FLAGS));
            });
    cairn.awaitState(client.insert(new Ending("untraced")).id(), JobState.COMPLETED);

    assertThat(seen).hasSize(4).containsOnlyNulls();
  }

  @Test
  void aThousandStepsHaveASpanAndTheOthersAreCounted() {
    Cairn client =
        start(
            tracing(),
            context -> {
              Steps steps = Steps.of(context);
              steps.step(
                  "all",
                  () -> {
                    for (int page = 0; page < 950; page++) {
                      steps.step(Steps.name("page", page), () -> {});
                    }
                  });
              for (int page = 0; page < 150; page++) {
                steps.step(Steps.name("last", page), () -> {});
              }
            });
    cairn.awaitState(client.insert(new Ending("many")).id(), JobState.COMPLETED);

    SpanData attempt = recorded.await("process default");
    assertThat(recorded.named("step all")).hasSize(1);
    assertThat(recorded.named("step page")).hasSize(899);
    assertThat(recorded.named("step last")).as("they are at the top level").hasSize(100);
    assertThat(attempt.getAttributes().get(TraceNames.JOB_STEPS_UNTRACED)).isEqualTo(101);
  }

  /** Seen before: nothing named the step that failed after the thousandth. */
  @Test
  void aStepThatFailsAfterTheThousandthIsAnEventOfTheAttempt() {
    Cairn client =
        start(
            tracing(),
            context -> {
              Steps steps = Steps.of(context);
              steps.step(
                  "all",
                  () -> {
                    for (int page = 0; page < 950; page++) {
                      steps.step(Steps.name("page", page), () -> {});
                    }
                    steps.step(
                        "broken",
                        () -> {
                          throw new IllegalStateException("planned");
                        });
                  });
            });
    InsertOptions once = InsertOptions.defaults().withMaxAttempts(1);
    cairn.awaitState(client.insert(new Ending("many"), once).id(), JobState.DISCARDED);

    assertThat(recorded.await("process default").getEvents())
        .filteredOn(event -> event.getName().equals(TraceNames.STEP_ENDED))
        .singleElement()
        .satisfies(event ->
            assertThat(event.getAttributes())
                .isEqualTo(
                    Attributes.of(
                        TraceNames.STEP_PATH,
                        "all/broken",
                        TraceNames.STEP_STATE,
                        "failed",
                        TraceNames.ERROR_TYPE,
                        IllegalStateException.class.getName())));
  }

  @Test
  void eventsOfAStepAreBoundedAndItemsAsideAreTold() {
    Cairn client =
        start(
            tracing(),
            context ->
                Steps.of(context)
                    .failedItems(ItemPolicy.quarantine())
                    .forEach(
                        "rows",
                        Sources.range(0, 100),
                        row -> {
                          throw new IllegalStateException("poison");
                        }));
    cairn.awaitState(client.insert(new Ending("many")).id(), JobState.COMPLETED);

    assertThat(recorded.await("step rows").getEvents())
        .extracting(EventData::getName)
        .filteredOn(TraceNames.QUARANTINED::equals)
        .hasSize(32);
  }

  @Test
  void anOpenTelemetryThatThrowsCostsNoJobAndNoInsertion() {
    OpenTelemetry failing = RecordedSpans.failing();
    Cairn client =
        start(
            Tracing.of(failing),
            context -> Steps.of(context).parallel("all", all -> all.add("one", own -> {})));

    cairn.awaitState(client.insert(new Ending("untraced")).id(), JobState.COMPLETED);
  }

  @Test
  void withoutStepsAttemptsAreLinkedAllTheSame() {
    Cairn client =
        start(
            tracing().withoutSteps().withoutLogIds(),
            context -> {
              assertThat(MDC.get(LogIds.TRACE_ID)).isNull();
              Steps.of(context).step("one", () -> {});
              if (context.job().attempt() == 1) {
                throw new IllegalStateException("not yet");
              }
            });
    cairn.awaitState(client.insert(new Ending("twice")).id(), JobState.COMPLETED);

    List<SpanData> attempts = recorded.awaitAll("process default", 2);
    assertThat(attempts.getLast().getLinks())
        .extracting(link -> link.getSpanContext().getSpanId())
        .contains(attempts.getFirst().getSpanId());
    assertThat(recorded.all()).noneMatch(span -> span.getName().startsWith("step "));
  }

  @ParameterizedTest
  @CsvSource({
    ", false",
    "http, false",
    "messaging, false",
    "messaging/dup, true",
    "'http, messaging/dup', true"
  })
  void theOlderNamesAreSetOnlyIfBothAreAskedFor(String optIn, boolean both) {
    assertThat(Conventions.of(optIn).both()).isEqualTo(both);
  }

  @Test
  void ifBothAreAskedForSpansHaveTheOlderNamesToo() {
    var spans =
        new Spans(
            recorded.openTelemetry(), Tracing.TracingOptions.defaults(), new Conventions(true));

    spans.insertion(List.of(JobInsert.of(new Ending("dup")))).end();

    assertThat(recorded.await("insert default").getAttributes().asMap())
        .containsEntry(TraceNames.OLD_OPERATION, "publish")
        .containsEntry(TraceNames.MESSAGING_OPERATION_NAME, "insert");
  }

  @Test
  void theProcessMayAskForBoth() {
    System.setProperty("otel.semconv-stability.opt-in", "http,messaging/dup");
    try {
      Cairn client = start(tracing(), context -> {});
      cairn.awaitState(client.insert(new Ending("dup")).id(), JobState.COMPLETED);

      assertThat(recorded.await("process default").getAttributes().asMap())
          .containsEntry(TraceNames.OLD_CLIENT_ID, client.id())
          .containsEntry(TraceNames.MESSAGING_CLIENT_ID, client.id());
    } finally {
      System.clearProperty("otel.semconv-stability.opt-in");
    }
  }

  @JobKind("without_worker")
  record WithoutWorker() {}

  @Test
  void anInsertionThatIsRefusedIsAnError() {
    Cairn client = start(tracing(), context -> {});

    assertThatThrownBy(() -> client.insert(new WithoutWorker()))
        .isInstanceOf(UnknownKindException.class);

    SpanData insertion = recorded.await("insert default");
    assertThat(insertion.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(insertion.getAttributes().get(TraceNames.ERROR_TYPE))
        .isEqualTo(UnknownKindException.class.getName());
  }

  @Test
  void jobsOfSeveralQueuesAndDuplicatesAreToldInOneSpan() {
    Cairn client = start(tracing(), context -> {});
    InsertOptions once =
        InsertOptions.defaults().withQueue("idle").withUnique(UniqueOptions.byKind().withArgs());
    client.insertMany(
        List.of(
            JobInsert.of(new Ending("several"), once),
            JobInsert.of(new Ending("several"), once.withQueue("other"))));

    SpanData insertion = recorded.await("insert");
    assertThat(insertion.getAttributes().asMap())
        .containsEntry(TraceNames.MESSAGING_BATCH_MESSAGE_COUNT, 2L)
        .containsEntry(TraceNames.INSERT_DUPLICATES, 1L)
        .doesNotContainKey(TraceNames.MESSAGING_DESTINATION_NAME)
        .doesNotContainKey(TraceNames.MESSAGING_MESSAGE_ID);
  }
}
