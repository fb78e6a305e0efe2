package dev.cairn.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.resumable.Steps;
import dev.cairn.testing.CairnExtension;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The spans of real jobs. */
class TracedJobTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();
  @RegisterExtension final RecordedSpans recorded = new RecordedSpans();

  @JobKind("traced")
  record Traced(String what) {}

  private interface Body {
    void work(WorkContext context) throws Exception;
  }

  private Cairn start(Tracing tracing, Body body) {
    Workers workers =
        Workers.builder().register(Traced.class, (job, context) -> body.work(context)).build();
    return cairn.start(client ->
        client
            .plugin(tracing)
            .workers(workers)
            .queue("default", 5)
            .flushInterval(Duration.ofMillis(20)));
  }

  private Tracing tracing() {
    return Tracing.of(recorded.openTelemetry());
  }

  @Test
  void anAttemptIsATraceOfItsOwnLinkedToItsInsertion() {
    Cairn client = start(tracing(), context -> {});
    long id = client.insert(new Traced("once")).id();
    cairn.awaitState(id, JobState.COMPLETED);

    SpanData insertion = recorded.await("insert default");
    SpanData attempt = recorded.await("process default");
    assertThat(insertion.getKind()).isEqualTo(SpanKind.PRODUCER);
    assertThat(insertion.getAttributes().asMap())
        .containsEntry(TraceNames.MESSAGING_SYSTEM, "river")
        .containsEntry(TraceNames.MESSAGING_OPERATION_NAME, "insert")
        .containsEntry(TraceNames.MESSAGING_OPERATION_TYPE, "send")
        .containsEntry(TraceNames.MESSAGING_DESTINATION_NAME, "default")
        .containsEntry(TraceNames.MESSAGING_MESSAGE_ID, Long.toString(id))
        .containsEntry(TraceNames.JOB_KIND, "traced");
    assertThat(attempt.getKind()).isEqualTo(SpanKind.CONSUMER);
    assertThat(attempt.getTraceId()).isNotEqualTo(insertion.getTraceId());
    assertThat(attempt.getParentSpanContext().isValid()).isFalse();
    assertThat(attempt.getLinks())
        .extracting(LinkData::getSpanContext)
        .extracting(span -> span.getSpanId())
        .containsExactly(insertion.getSpanId());
    assertThat(attempt.getAttributes().asMap())
        .containsEntry(TraceNames.MESSAGING_MESSAGE_ID, Long.toString(id))
        .containsEntry(TraceNames.MESSAGING_CLIENT_ID, client.id())
        .containsEntry(TraceNames.JOB_ATTEMPT, 1L)
        .containsEntry(TraceNames.JOB_OUTCOME, "completed");
    assertThat(attempt.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
  }

  /** As a program in another language inserts it, here the example of W3C's recommendation. */
  private static final String FOREIGN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private static void isLinkedToTheForeignSpan(SpanData attempt) {
    assertThat(attempt.getLinks())
        .extracting(LinkData::getSpanContext)
        .satisfiesExactly(link -> {
          assertThat(link.getTraceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
          assertThat(link.getSpanId()).isEqualTo("b7ad6b7169203331");
          assertThat(link.isSampled()).isTrue();
          assertThat(link.isRemote()).isTrue();
        });
  }

  /** As the database has it, by its top-level name. */
  private static String storedParent(long id) throws SQLException {
    try (Connection connection = cairn.dataSource().getConnection();
        PreparedStatement query =
            connection.prepareStatement(
                "SELECT metadata ->> 'traceparent' FROM river_job WHERE id = ?")) {
      query.setLong(1, id);
      try (ResultSet rows = query.executeQuery()) {
        assertThat(rows.next()).isTrue();
        return rows.getString(1);
      }
    }
  }

  @Test
  void anAttemptIsLinkedToTheSpanOfAnotherProgramThatInsertedItsJob() throws SQLException {
    start(tracing(), context -> {});
    try (Connection connection = cairn.dataSource().getConnection();
        PreparedStatement insert =
            connection.prepareStatement(
                """
                INSERT INTO river_job (kind, args, max_attempts, metadata)
                VALUES ('traced', '{"what": "foreign"}', 25,
                  jsonb_build_object('traceparent', ?, 'other', '[1]'::jsonb))
                """)) {
      insert.setString(1, FOREIGN);
      insert.executeUpdate();
    }

    isLinkedToTheForeignSpan(recorded.await("process default"));
  }

  @Test
  void aParentThatTheCallerSetIsKept() {
    Cairn client = start(tracing(), context -> {});
    String metadata = "{\"traceparent\": \"%s\"}".formatted(FOREIGN);
    long id = withinATraceWithState(() -> insert(client, metadata));

    SpanData attempt = recorded.await("process default");
    isLinkedToTheForeignSpan(attempt);
    assertThat(attempt.getLinks().getFirst().getSpanContext().getTraceState().isEmpty()).isTrue();
    assertThat(cairn.awaitState(id, JobState.COMPLETED).metadata())
        .as("the state of another trace is not mixed in")
        .isEqualTo(metadata);
  }

  /** Such as the sampling threshold of another vendor. */
  private static long withinATraceWithState(Supplier<Long> insertion) {
    SpanContext request =
        SpanContext.createFromRemoteParent(
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "00f067aa0ba902b7",
            TraceFlags.getSampled(),
            TraceState.builder().put("vendor", "of-the-request").build());
    return Context.root().with(Span.wrap(request)).wrapSupplier(insertion).get();
  }

  private static long insert(Cairn client, String metadata) {
    var options = InsertOptions.defaults().withMetadata(metadata);
    return client.insert(new Traced("own"), options).id();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                                | true",
        "{\"inner\": {\"traceparent\": \"of something else\"}} | true",
        "{\"traceparent\": null}                             | false",
        "{\"tracestate\": \"a=1\"}                            | false"
      })
  void theStateTravelsWithTheParentUnlessTheCallerSaysWhatTheTraceIs(
      String metadata, boolean isCarried) {
    Cairn client = start(tracing(), context -> {});
    long id = withinATraceWithState(() -> insert(client, metadata));

    assertThat(cairn.awaitState(id, JobState.COMPLETED).metadata())
        .matches(stored -> stored.contains("vendor=of-the-request") == isCarried)
        .matches(stored -> stored.contains("4bf92f3577b34da6a3ce929d0e0e4736") == isCarried);
  }

  @Test
  void otherProgramsFindTheSpanOfTheInsertionInTheMetadata() throws SQLException {
    Cairn client = start(tracing(), context -> {});
    long id = client.insert(new Traced("read by others")).id();

    SpanData insertion = recorded.await("insert default");
    assertThat(storedParent(id))
        .isEqualTo(
            "00-%s-%s-%s"
                .formatted(
                    insertion.getTraceId(),
                    insertion.getSpanId(),
                    insertion.getSpanContext().getTraceFlags().asHex()));
  }

  @Test
  void aChildIsInTheTraceOfItsInsertionIfAskedFor() {
    Cairn client = start(tracing().withChildSpansOf("traced"), context -> {});
    cairn.awaitState(client.insert(new Traced("once")).id(), JobState.COMPLETED);

    SpanData insertion = recorded.await("insert default");
    SpanData attempt = recorded.await("process default");
    assertThat(attempt.getParentSpanId()).isEqualTo(insertion.getSpanId());
    assertThat(attempt.getTraceId()).isEqualTo(insertion.getTraceId());
    assertThat(attempt.getLinks()).isEmpty();
  }

  @Test
  void anAttemptIsLinkedToTheOneThatItContinuesAndShowsItsSteps() {
    Cairn client =
        start(
            tracing(),
            context -> {
              Steps steps = Steps.of(context);
              steps.step("first", () -> {});
              steps.cursor(
                  "rows",
                  Long.class,
                  0L,
                  cursor -> {
                    steps.step("inner", () -> {});
                    if (context.job().attempt() == 1) {
                      cursor.checkpoint(7L);
                      awaitEvent(TraceNames.CHECKPOINT);
                      throw new IllegalStateException("not yet");
                    }
                  });
            });
    long id = client.insert(new Traced("twice")).id();
    cairn.awaitState(id, JobState.COMPLETED);

    List<SpanData> attempts = recorded.awaitAll("process default", 2);
    SpanData one = attempts.getFirst();
    SpanData two = attempts.getLast();
    assertThat(one.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(one.getStatus().getDescription()).isEqualTo("not yet");
    assertThat(two.getLinks())
        .extracting(link -> link.getAttributes().get(TraceNames.LINK_TYPE))
        .containsExactly("insertion", "attempt");
    assertThat(two.getLinks().getLast().getSpanContext().getSpanId()).isEqualTo(one.getSpanId());
    assertThat(two.getEvents())
        .anySatisfy(event -> {
          assertThat(event.getName()).isEqualTo(TraceNames.RESUMED);
          assertThat(event.getAttributes().get(TraceNames.STEP_PATH)).isEqualTo("rows");
          assertThat(event.getAttributes().get(TraceNames.STEP_CURSOR)).isEqualTo("7");
        });
    assertThat(recorded.stepsOf(one))
        .containsExactly("first finished", "rows/inner finished", "rows failed");
    assertThat(recorded.stepsOf(two))
        .containsExactly("first skipped", "rows/inner skipped", "rows finished resumed");
    SpanData rows = recorded.await("step rows");
    assertThat(rows.getEvents())
        .extracting(event -> event.getName())
        .contains(TraceNames.CHECKPOINT, "exception");
    assertThat(rows.getAttributes().get(TraceNames.STEP_CHECKPOINTS)).isPositive();
    assertThat(rows.getAttributes().get(TraceNames.ERROR_TYPE))
        .isEqualTo(IllegalStateException.class.getName());
    assertThat(recorded.await("step inner").getParentSpanId()).isEqualTo(rows.getSpanId());
  }

  /** Listeners are told of a checkpoint on another thread. */
  private static void awaitEvent(String name) {
    var span = (ReadableSpan) Span.current();
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> span.toSpanData().getEvents().stream().anyMatch(it -> it.getName().equals(name)));
  }

  @Test
  void theSpanIsCurrentOnTheThreadsOfBranchesAndForks() {
    Map<String, String> seen = new ConcurrentHashMap<>();
    Runnable look = () -> seen.put("fork", Span.current().getSpanContext().getSpanId());
    Cairn client =
        start(
            tracing(),
            context -> {
              seen.put("job", Span.current().getSpanContext().getSpanId());
              context.fork(look).join();
              Steps.of(context)
                  .parallel(
                      "all",
                      branches ->
                          branches.add(
                              "one",
                              own ->
                                  seen.put("branch", Span.current().getSpanContext().getSpanId())));
            });
    cairn.awaitState(client.insert(new Traced("branches")).id(), JobState.COMPLETED);

    SpanData attempt = recorded.await("process default");
    SpanData all = recorded.await("step all");
    SpanData one = recorded.await("step one");
    assertThat(seen)
        .containsEntry("job", attempt.getSpanId())
        .containsEntry("fork", attempt.getSpanId())
        .containsEntry("branch", one.getSpanId());
    assertThat(one.getParentSpanId()).isEqualTo(all.getSpanId());
    assertThat(all.getParentSpanId()).isEqualTo(attempt.getSpanId());
  }

  @Test
  void jobsInsertedFastCarryTheContextToo() {
    Cairn client = start(tracing(), context -> {});
    var jobs = new ArrayList<JobInsert>();
    for (int i = 0; i < 3; i++) {
      jobs.add(JobInsert.of(new Traced("fast")));
    }
    client.insertManyFast(jobs);

    SpanData insertion = recorded.await("insert default");
    assertThat(insertion.getAttributes().get(TraceNames.MESSAGING_BATCH_MESSAGE_COUNT))
        .isEqualTo(3);
    assertThat(recorded.awaitAll("process default", 3))
        .allSatisfy(attempt ->
            assertThat(attempt.getLinks())
                .extracting(link -> link.getSpanContext().getSpanId())
                .containsExactly(insertion.getSpanId()));
  }
}
