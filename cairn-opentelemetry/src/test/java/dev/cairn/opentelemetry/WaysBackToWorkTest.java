package dev.cairn.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobCancelException;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.resumable.Steps;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.testing.CairnExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** However a job comes back to work, its attempt is linked to the one that it continues. */
class WaysBackToWorkTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();
  @RegisterExtension final RecordedSpans recorded = new RecordedSpans();

  private final AtomicInteger attempts = new AtomicInteger();
  private final CountDownLatch running = new CountDownLatch(1);

  @JobKind("back")
  record Back() {}

  /** What ends the first attempt. */
  enum Way {
    FAILURE,
    SNOOZE,
    SLEEP,
    SIGNAL,
    HAND_BACK,
    RETRY_BY_AN_OPERATOR
  }

  private interface Body {
    void work(WorkContext context) throws Exception;
  }

  private Cairn start(Tracing tracing, Body body) {
    Workers workers =
        Workers.builder().register(Back.class, (job, context) -> body.work(context)).build();
    return cairn.start(client ->
        client
            .plugin(tracing)
            .workers(workers)
            .retryPolicy((job, failures) -> Duration.ofMillis(1))
            .queue("default", 5));
  }

  private Cairn start(Body body) {
    return start(Tracing.of(recorded.openTelemetry()), body);
  }

  private void work(Way way, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    boolean isFirst = attempts.incrementAndGet() == 1;
    steps.step("before", () -> {});
    switch (way) {
      case SLEEP -> steps.sleep("nap", Duration.ofSeconds(2)); // a short one may be over at once
      case SIGNAL -> steps.awaitSignal("answer", "answer", String.class);
      default -> {
        if (isFirst) {
          leave(way, context);
        }
      }
    }
    steps.step("after", () -> {});
  }

  private void leave(Way way, WorkContext context) throws Exception {
    switch (way) {
      case FAILURE -> throw new IllegalStateException("not yet");
      case SNOOZE -> throw new JobSnoozeException(Duration.ofMillis(10));
      case RETRY_BY_AN_OPERATOR -> throw new JobCancelException("not now");
      default -> {
        running.countDown();
        while (context.interruption().isEmpty()) {
          TimeUnit.MILLISECONDS.sleep(1);
        }
        context.yieldIfInterrupted();
      }
    }
  }

  private void bringBack(Way way, Cairn client, long id) throws Exception {
    switch (way) {
      case SIGNAL -> {
        recorded.await("process default");
        client.signal("answer", "yes");
      }
      case HAND_BACK -> {
        assertThat(running.await(1, TimeUnit.MINUTES)).isTrue();
        client.stop();
        start(context -> work(way, context));
      }
      case RETRY_BY_AN_OPERATOR -> {
        cairn.awaitState(id, JobState.CANCELLED);
        client.jobs().retry(id);
      }
      default -> {}
    }
  }

  /** In the order in which they began. */
  private List<SpanData> attempts(int number) {
    return recorded.awaitAll("process default", number).stream()
        .sorted(Comparator.comparingLong(SpanData::getStartEpochNanos))
        .toList();
  }

  private void isLinked(SpanData attempt, SpanData former) {
    assertThat(attempt.getLinks())
        .extracting(link ->
            link.getAttributes().get(TraceNames.LINK_TYPE)
                + " "
                + link.getSpanContext().getSpanId())
        .containsExactly(
            "insertion " + recorded.await("insert default").getSpanId(),
            "attempt " + former.getSpanId());
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void eachWayBackToWorkIsLinked(Way way) throws Exception {
    Cairn client = start(context -> work(way, context));
    long id = client.insert(new Back()).id();
    bringBack(way, client, id);
    cairn.awaitState(id, JobState.COMPLETED);

    List<SpanData> both = attempts(2);
    assertThat(both).hasSize(2);
    isLinked(both.getLast(), both.getFirst());
  }

  /** It passes what is finished, and is stopped before it begins anything. */
  @Test
  void anAttemptThatBeginsNoStepIsLinkedToAllTheSame() {
    Cairn client =
        start(
            Tracing.of(recorded.openTelemetry()).withoutSteps(),
            context -> {
              Steps.of(context).step("before", () -> {});
              if (attempts.incrementAndGet() < 3) {
                throw new JobSnoozeException(Duration.ofMillis(10));
              }
              Steps.of(context).step("after", () -> {});
            });
    cairn.awaitState(client.insert(new Back()).id(), JobState.COMPLETED);

    List<SpanData> three = attempts(3);
    assertThat(three).hasSize(3);
    isLinked(three.get(1), three.getFirst());
    isLinked(three.getLast(), three.get(1));
  }

  @Test
  void aPeriodicJobIsLinkedToItsInsertionByTheLeader() {
    Workers workers = Workers.builder().register(Back.class, (job, context) -> {}).build();
    cairn.start(client ->
        client
            .plugin(Tracing.of(recorded.openTelemetry()))
            .workers(workers)
            .periodicJob(
                PeriodicJob.of(
                        "back", Every.of(Duration.ofHours(1)), due -> JobInsert.of(new Back()))
                    .runOnStart())
            .queue("default", 5));

    SpanData attempt = recorded.await("process default");
    SpanData insertion = recorded.await("insert default");
    assertThat(insertion.getParentSpanContext().isValid()).isFalse();
    assertThat(attempt.getTraceId()).isNotEqualTo(insertion.getTraceId());
    assertThat(attempt.getLinks())
        .extracting(link -> link.getSpanContext().getSpanId())
        .containsExactly(insertion.getSpanId());
  }
}
