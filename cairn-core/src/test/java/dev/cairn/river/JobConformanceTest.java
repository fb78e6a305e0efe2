package dev.cairn.river;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobCancelException;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.resumable.Steps;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs every case of the fixtures and compares the row with the one that River wrote: all columns
 * but ids, times and stack traces.
 */
class JobConformanceTest {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** Not the same in any two runs. */
  private static final Set<String> COLUMNS_OF_THE_RUN =
      Set.of("id", "case", "attempted_at", "created_at", "scheduled_at", "finalized_at");

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final Semaphore waiting = new Semaphore(0);

  @JobKind("mode")
  record Mode(String mode) {}

  record Position(int last_id, String region) {}

  private Cairn start() {
    Cairn client =
        clients.build(builder ->
            builder
                .clientId("fixture_client")
                .retryPolicy((job, failures) -> Duration.ofHours(1))
                .interruptDelay(Duration.ZERO)
                .workers(Workers.builder().register(Mode.class, this::work).build())
                .queue("default", 10));
    client.start();
    return client;
  }

  private void work(Job<Mode> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    switch (job.args().mode()) {
      case "ok" -> {}
      case "output" -> context.setMetadata("output", Map.of("answer", 42));
      case "error" -> throw new IllegalStateException("something failed");
      case "discard" -> throw new IllegalStateException("last failure");
      case "panic" -> throw new StackOverflowError("boom");
      case "cancel" -> throw new JobCancelException("not wanted any more");
      case "snooze" -> throw new JobSnoozeException(Duration.ofHours(1));
      case "wait" -> {
        waiting.release();
        Thread.sleep(Duration.ofMinutes(1));
      }
      case "steps" -> {
        steps.step("first", () -> {});
        steps.step("second", () -> fail("second failed"));
      }
      case "cursor" -> {
        steps.step("prepare", () -> {});
        steps.cursor(
            "load",
            Position.class,
            new Position(0, ""),
            cursor -> {
              cursor.advance(new Position(17, "eu"));
              fail("load failed");
            });
      }
      case "step_tx" -> {
        steps.stepTx("durable", connection -> {});
        fail("after commit");
      }
      default -> throw new IllegalArgumentException(job.args().mode());
    }
  }

  private static void fail(String message) {
    throw new IllegalStateException(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ok", "output", "cancel", "snooze", "panic", "discard", "steps", "cursor", "step_tx"
      })
  void theRowAfterAnAttemptIsThatOfRiver(String mode) {
    JsonNode fixture = RiverFixtures.job(mode);
    Cairn client = start();
    InsertOptions options =
        InsertOptions.defaults().withMaxAttempts(fixture.get("max_attempts").asInt());

    long id = client.insert(new Mode(mode), options).id();
    clients.await(id, JobState.ofLabel(fixture.get("state").stringValue()));

    assertSame(id, fixture);
  }

  @Test
  void theRowAfterTwoFailuresIsThatOfRiver() {
    Cairn client = start();
    long id = client.insert(new Mode("error")).id();
    clients.await(id, JobState.RETRYABLE);

    client.jobs().retry(id);
    clients.awaitJob(
        id,
        job -> {
          assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
          assertThat(job.attempt()).isEqualTo(2);
        });

    assertSame(id, RiverFixtures.job("error"));
  }

  @Test
  void theRowOfARunningJobThatIsCancelledIsThatOfRiver() throws InterruptedException {
    Cairn client = start();
    long id = client.insert(new Mode("wait")).id();
    waiting.acquire();

    client.jobs().cancel(id);
    clients.await(id, JobState.CANCELLED);

    assertSame(id, RiverFixtures.job("wait"));
  }

  @Test
  void theRowOfAWaitingJobThatIsCancelledIsThatOfRiver() {
    Cairn client = clients.inserter();
    InsertOptions later =
        InsertOptions.defaults().withScheduledAt(Instant.now().plusSeconds(3_600));
    long id = client.insert(new Mode("scheduled_then_cancelled"), later).id();

    client.jobs().cancel(id);

    assertSame(id, RiverFixtures.job("scheduled_then_cancelled"));
  }

  @Test
  void theRowOfAPendingJobIsThatOfRiver() {
    InsertOptions options =
        InsertOptions.defaults()
            .withPending()
            .withPriority(3)
            .withTags("tag_one", "tag-two")
            .withMetadata("{\"mine\":1}");

    long id = clients.inserter().insert(new Mode("pending"), options).id();

    assertSame(id, RiverFixtures.job("pending"));
  }

  @Test
  void whatRiverLosesCairnKeeps() {
    JsonNode lost = RiverFixtures.job("cursor_first").get("metadata");
    assertThat(lost.isEmpty()).as("River drops the cursor of a first step").isTrue();
    Cairn client =
        clients.start(
            Mode.class,
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "load",
                        Position.class,
                        new Position(0, ""),
                        cursor -> {
                          cursor.advance(new Position(3, "eu"));
                          fail("load failed");
                        }));

    long id = client.insert(new Mode("cursor_first")).id();
    clients.awaitJob(id, row -> assertThat(row.errors()).isNotEmpty());
    JobRow job = client.jobs().find(id).orElseThrow();

    assertThat(job.metadata())
        .contains("\"river:resumable_cursor\": {\"load\": {\"region\": \"eu\", \"last_id\": 3}}");
  }

  /** A job that River left behind, given to a Cairn worker. */
  @ParameterizedTest
  @ValueSource(strings = {"steps", "cursor", "step_tx", "cursor_tx"})
  void goesOnWithWhatRiverWrote(String mode) {
    JsonNode fixture = RiverFixtures.job(mode);
    var ran = new ConcurrentLinkedQueue<String>();
    long id =
        Long.parseLong(
            Objects.requireNonNull(
                database.text(
                    """
                    INSERT INTO %s.river_job (kind, args, attempt, max_attempts, metadata, state)
                    VALUES ('resumed', '{}', 1, 25, ?::jsonb, 'available') RETURNING id
                    """
                        .formatted(database.schema()),
                    fixture.get("metadata").toString())));
    clients.start(
        Resumed.class,
        (job, context) -> {
          Steps steps = Steps.of(context);
          switch (mode) {
            case "steps" -> {
              steps.step("first", () -> ran.add("first"));
              steps.step("second", () -> ran.add("second"));
            }
            case "cursor" -> {
              steps.step("prepare", () -> ran.add("prepare"));
              cursor(steps, "load", ran);
            }
            case "step_tx" -> {
              steps.stepTx("durable", connection -> ran.add("durable"));
              steps.step("rest", () -> ran.add("rest"));
            }
            default -> cursor(steps, "durable", ran);
          }
        });

    clients.await(id, JobState.COMPLETED);

    assertThat(ran)
        .containsExactly(
            switch (mode) {
              case "steps" -> "second";
              case "cursor" -> "Position[last_id=17, region=eu]";
              case "step_tx" -> "rest";
              default -> "Position[last_id=5, region=us]";
            });
  }

  @JobKind("resumed")
  record Resumed() {}

  private static void cursor(Steps steps, String name, Queue<String> ran) throws Exception {
    steps.cursor(
        name, Position.class, new Position(0, ""), cursor -> ran.add(cursor.get().toString()));
  }

  private static void assertSame(long id, JsonNode fixture) {
    JsonNode row =
        MAPPER.readTree(
            database.text(
                "SELECT to_jsonb(job) FROM %s.river_job AS job WHERE id = ?"
                    .formatted(database.schema()),
                id));
    assertThat(comparable(row)).isEqualTo(comparable(fixture));
  }

  /** Without what differs from run to run, and without what only Cairn writes. */
  private static JsonNode comparable(JsonNode row) {
    var copy = (ObjectNode) row.deepCopy();
    COLUMNS_OF_THE_RUN.forEach(copy::remove);
    copy.put("has_ended", !row.get("finalized_at").isNull());
    copy.put("was_claimed", !row.get("attempted_at").isNull());
    copy.get("errors")
        .forEach(error -> {
          ((ObjectNode) error).remove("at");
          ((ObjectNode) error).remove("trace");
        });
    var metadata = (ObjectNode) copy.get("metadata");
    metadata.remove("cairn:resumable");
    metadata.replace(
        "cancel_attempted_at", MAPPER.valueToTree(metadata.has("cancel_attempted_at")));
    return copy;
  }
}
