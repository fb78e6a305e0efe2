package dev.cairn.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobCancelException;
import dev.cairn.JobKind;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.JsonArgs;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import dev.cairn.spi.Plugin;
import dev.cairn.testing.CairnExtension;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What is measured and recorded of real jobs (R27). */
class ObservedJobTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir private Path folder = Path.of("");

  private final CountDownLatch running = new CountDownLatch(1);

  @JobKind("observed")
  record Observed(Ending ending) {}

  enum Ending {
    FAILS_ONCE,
    SNOOZES,
    CANCELS,
    IS_PAUSED
  }

  private void work(Ending ending, WorkContext context) throws Exception {
    switch (ending) {
      case FAILS_ONCE -> failOnce(context);
      case SNOOZES -> throw new JobSnoozeException(Duration.ofHours(1));
      case CANCELS -> throw new JobCancelException("nobody wants it");
      case IS_PAUSED -> {
        running.countDown();
        while (context.interruption().isEmpty()) {
          TimeUnit.MILLISECONDS.sleep(1);
        }
        context.yieldIfInterrupted();
      }
    }
  }

  /** Puts an item aside, fails in its last step, and finishes it in the second attempt. */
  private static void failOnce(WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    steps.step("first", () -> {});
    steps
        .failedItems(ItemPolicy.quarantine())
        .forEach(
            "rows",
            Sources.range(0, 3),
            row -> {
              if (row == 1) {
                throw new IllegalStateException("poison");
              }
            });
    steps.step(
        "last",
        () -> {
          if (context.job().attempt() == 1) {
            throw new IllegalStateException("not yet");
          }
        });
  }

  private Cairn start(Plugin plugin) {
    Workers workers =
        Workers.builder()
            .register(Observed.class, (job, context) -> work(job.args().ending(), context))
            .build();
    return cairn.start(client -> client.plugin(plugin).workers(workers).queue("default", 5));
  }

  private static long failOnce(Cairn client) {
    long id = client.insert(new Observed(Ending.FAILS_ONCE)).id();
    cairn.awaitState(id, JobState.COMPLETED);
    return id;
  }

  @Test
  void r27_metersTellHowAttemptsAndStepsEnd() throws Exception {
    var registry = new SimpleMeterRegistry();
    Function<String, Function<String, Long>> runs =
        name ->
            outcome ->
                registry.get(name).tag("kind", "observed").tag("outcome", outcome).timer().count();
    Function<String, Double> counted =
        name -> registry.get(name).tag("kind", "observed").counter().count();

    Cairn client = start(new Metrics(registry));
    long failing = failOnce(client);
    long snoozed = client.insert(new Observed(Ending.SNOOZES)).id();
    long cancelled = client.insert(new Observed(Ending.CANCELS)).id();
    long paused = client.insert(new Observed(Ending.IS_PAUSED)).id();
    running.await();
    // The attempts before it may still be on their way out.
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(registry.get("cairn.job.active").longTaskTimer().activeTasks())
                .isEqualTo(1));
    client.jobs().operator("ada").pause(paused);
    cairn.awaitState(snoozed, JobState.SCHEDULED);
    cairn.awaitState(cancelled, JobState.CANCELLED);
    cairn.awaitState(paused, JobState.PENDING);

    Function<String, Long> attempts = runs.apply("cairn.job.run");
    for (String outcome : List.of("completed", "failed", "snoozed", "cancelled", "interrupted")) {
      assertThat(attempts.apply(outcome)).as(outcome).isEqualTo(1);
    }
    assertThat(registry.get("cairn.job.wait").tag("queue", "default").timer().count()).isEqualTo(5);
    Function<String, Long> steps = runs.apply("cairn.step.run");
    assertThat(steps.apply("finished")).isEqualTo(3);
    assertThat(steps.apply("failed")).isEqualTo(1);
    assertThat(counted.apply("cairn.step.skipped")).isEqualTo(2);
    assertThat(counted.apply("cairn.job.resumed")).isEqualTo(1);
    assertThat(counted.apply("cairn.item.quarantined")).isEqualTo(1);
    assertThat(counted.apply("cairn.checkpoint.saved")).isPositive();
    assertThat(registry.get("cairn.job.interrupted").tag("reason", "paused").counter().count())
        .isEqualTo(1);
    // Claims are reported by another thread.
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(() ->
            assertThat(registry.get("cairn.fetch.jobs").summary().totalAmount()).isEqualTo(5));
    assertThat(registry.get("cairn.fetch").tag("queue", "default").timer().count()).isPositive();
    assertThat(registry.get("cairn.job.active").longTaskTimer().activeTasks()).isZero();
    assertThat(registry.getMeters())
        .as("nothing there may be any number of is a tag")
        .allSatisfy(meter ->
            assertThat(meter.getId().getTags())
                .noneMatch(tag -> tag.getValue().equals(Long.toString(failing)))
                .noneMatch(tag -> tag.getValue().equals("rows")));
  }

  @JobKind("unreadable")
  record Unreadable(int number) {}

  @Test
  void attemptsWhoseWorkerCannotBeCalledAreCountedAsFailed() {
    var registry = new SimpleMeterRegistry();
    Workers workers = Workers.builder().register(Unreadable.class, (job, context) -> {}).build();
    Cairn client =
        cairn.start(builder ->
            builder
                .plugin(new Metrics(registry))
                .insertUnknownKinds()
                .workers(workers)
                .queue("default", 5));
    InsertOptions last = InsertOptions.defaults().withMaxAttempts(1);
    long odd = client.insert(JsonArgs.of("unreadable", "{\"number\": \"x\"}"), last).id();
    cairn.awaitState(odd, JobState.DISCARDED);

    for (String name : List.of("cairn.job.failed", "cairn.job.discarded")) {
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() ->
              assertThat(registry.get(name).tag("kind", "unreadable").counter().count())
                  .isEqualTo(1));
    }
    assertThat(registry.find("cairn.job.run").timers()).isEmpty();
  }

  /** No attempt of this client has failed. */
  @Test
  void aJobThatARescueDiscardsIsCountedAsDiscardedOnly() throws Exception {
    long id;
    try (Connection connection = cairn.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          INSERT INTO {schema}.cairn_client (id, timeout, heartbeat_at)
          VALUES ('dead', '1 second', now() - interval '1 hour')
          """
              .replace("{schema}", cairn.schema()));
      try (ResultSet inserted =
          statement.executeQuery(
              """
              INSERT INTO {schema}.river_job
                (kind, args, state, attempt, max_attempts, attempted_at, attempted_by, metadata)
              VALUES ('observed', '{}', 'running', 3, 3, now() - interval '1 hour', '{dead}',
                '{"cairn:deaths": {"at": "", "count": 2}}')
              RETURNING id
              """
                  .replace("{schema}", cairn.schema()))) {
        inserted.next();
        id = inserted.getLong(1);
      }
    }
    var registry = new SimpleMeterRegistry();
    Cairn client = start(new Metrics(registry));

    cairn.awaitState(id, JobState.DISCARDED);
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() ->
            registry.get("cairn.job.discarded").tag("kind", "observed").counter().count() > 0);
    client.stopNow();

    assertThat(registry.get("cairn.job.discarded").tag("kind", "observed").counter().count())
        .isEqualTo(1);
    assertThat(registry.get("cairn.job.failed").tag("kind", "observed").counter().count()).isZero();
  }

  @Test
  void countersForAlertsAreThereAtZeroFromTheFirstAttemptOn() {
    var registry = new SimpleMeterRegistry();
    Cairn client = start(new Metrics(registry));
    cairn.awaitState(client.insert(new Observed(Ending.SNOOZES)).id(), JobState.SCHEDULED);

    for (String name :
        List.of(
            "cairn.job.failed",
            "cairn.job.discarded",
            "cairn.job.no_progress",
            "cairn.item.quarantined")) {
      assertThat(registry.get(name).tag("kind", "observed").counter().count()).isZero();
    }
  }

  /** Seen before: every attempt failed before its worker ran, until the job was discarded. */
  @Test
  void aJobThatWasDueVeryLongAgoIsWorkedAndItsWaitIsLimited() throws Exception {
    var registry = new SimpleMeterRegistry();
    Cairn client = start(new Metrics(registry));
    InsertOptions longAgo =
        InsertOptions.defaults().withScheduledAt(Instant.parse("0001-01-01T00:00:00Z"));

    // A sum of so many nanoseconds would be too large if each wait were counted in full.
    for (int i = 0; i < 4; i++) {
      cairn.awaitState(
          client.insert(new Observed(Ending.CANCELS), longAgo).id(), JobState.CANCELLED);
    }

    assertThat(registry.get("cairn.job.wait").timer().totalTime(TimeUnit.DAYS)).isEqualTo(120);
  }

  @Test
  void theWaitOfAJobThatKeptItsPlaceIsNotMeasured() throws Exception {
    var registry = new SimpleMeterRegistry();
    Cairn client = start(new Metrics(registry));
    long interrupted = client.insert(new Observed(Ending.IS_PAUSED)).id();
    running.await();

    client.jobs().operator("ada").interrupt(interrupted);
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> {
          assertThat(registry.get("cairn.job.run").timers()).extracting(Timer::count).contains(1L);
          assertThat(registry.get("cairn.job.active").longTaskTimer().activeTasks()).isEqualTo(1);
        });
    client.jobs().operator("ada").cancel(interrupted);
    cairn.awaitState(interrupted, JobState.CANCELLED);

    assertThat(registry.get("cairn.job.wait").timer().count()).isEqualTo(1);
  }

  @Test
  void r27_theFlightRecorderKeepsAttemptsAndTheirSteps() throws Exception {
    Path file = folder.resolve("flight.jfr");
    long id;
    try (var recording = new Recording()) {
      recording.enable("dev.cairn.Attempt");
      recording.enable("dev.cairn.StepEvent");
      recording.start();
      id = failOnce(start(new FlightRecords()));
      recording.dump(file);
    }

    assertThat(ofJob(file, id, "dev.cairn.Attempt"))
        .extracting(event -> event.getInt("attempt") + " " + event.getString("failure"))
        .containsExactly("1 java.lang.IllegalStateException", "2 null");
    assertThat(ofJob(file, id, "dev.cairn.StepEvent"))
        .extracting(event ->
            "%d %s %s"
                .formatted(
                    event.getInt("attempt"), event.getString("event"), event.getString("step")))
        .filteredOn(words -> !words.contains("checkpoint_saved"))
        .containsExactly(
            "1 job_started null",
            "1 step_started first",
            "1 step_finished first",
            "1 step_started rows",
            "1 item_quarantined rows",
            "1 step_finished rows",
            "1 step_started last",
            "1 step_failed last",
            "2 job_started null",
            "2 job_resumed rows",
            "2 step_skipped first",
            "2 step_skipped rows",
            "2 step_started last",
            "2 step_finished last");
  }

  private static List<RecordedEvent> ofJob(Path file, long id, String type) throws IOException {
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals(type))
        .filter(event -> event.getLong("jobId") == id)
        .sorted(Comparator.comparing(RecordedEvent::getStartTime))
        .toList();
  }
}
