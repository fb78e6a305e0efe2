package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.InsertDefaults;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.UniqueOptions;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.event.EventKind;
import dev.cairn.resumable.Steps;
import dev.cairn.spi.LeaderTask;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Working exactly one job with the database. */
class JobRunnerTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final Instant FAR = Instant.parse("2100-01-01T00:00:00Z");

  private final List<String> log = new CopyOnWriteArrayList<>();

  @JobKind("runner_task")
  record Task(String name) {}

  @JobKind("runner_other")
  record Other() {}

  private static Workers workers(Worker<Task> worker) {
    return Workers.builder().register(Task.class, worker).build();
  }

  private Workers logging() {
    return workers((job, context) -> log.add(job.args().name()));
  }

  @Test
  void insertsAJobAndWorksItAlone() {
    cairn.client().insert(new Task("other"));

    WorkedJob worked = cairn.work(new Task("wanted"), logging());

    assertThat(worked.requireCompleted()).isSameAs(worked);
    assertThat(worked.event())
        .hasValueSatisfying(event -> assertThat(event.kind()).isEqualTo(EventKind.JOB_COMPLETED));
    assertThat(worked.failure()).isEmpty();
    assertThat(log).containsExactly("wanted");
    cairn.inserted(Task.class).withState(JobState.AVAILABLE).one();
  }

  @Test
  void worksAJobThatIsThereWheneverItIsScheduled() {
    JobRow job =
        cairn
            .client()
            .insert(
                new Task("later"), InsertOptions.defaults().withScheduledAt(FAR).withQueue("mail"))
            .job();

    WorkedJob worked = cairn.work(job.id(), logging());

    assertThat(worked.requireCompleted().job().id()).isEqualTo(job.id());
    assertThat(worked.job().queue()).isEqualTo("mail");
  }

  @Test
  void aFailureIsHandedOutWithTheJobAsItStands() {
    WorkedJob worked =
        cairn.work(
            new Task("a"),
            workers((job, context) -> {
              throw new IllegalStateException("no luck");
            }));

    assertThat(worked.failure()).get().isInstanceOf(IllegalStateException.class);
    assertThat(worked.job().errors()).hasSize(1);
    assertThat(worked.event().orElseThrow().kind()).isEqualTo(EventKind.JOB_FAILED);
    assertThatThrownBy(worked::requireCompleted)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("(runner_task) should be completed, but: JobRow[")
        .hasRootCauseMessage("no luck");
  }

  @Test
  void aJobThatItsOwnWorkerDeletesEndsWithoutAnEvent() {
    WorkedJob worked =
        cairn.work(
            new Task("a"),
            workers((job, context) ->
                context.inTransaction(connection -> {
                  try (var statement = connection.createStatement()) {
                    return statement.executeUpdate(
                        "DELETE FROM %s.river_job WHERE id = %d"
                            .formatted(cairn.schema(), job.id()));
                  }
                })));

    assertThat(worked.event()).isEmpty();
  }

  @Test
  void whatCannotBeWorkedIsSaid() {
    JobRow pending =
        cairn.client().insert(new Task("a"), InsertOptions.defaults().withPending()).job();
    JobRow other = cairn.client().insert(new Other()).job();

    assertThatThrownBy(() -> cairn.work(-1, logging()))
        .isInstanceOf(AssertionError.class)
        .hasMessage("job -1 should be worked, but there is no such job");
    assertThatThrownBy(() -> cairn.work(pending.id(), logging()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("should be worked, but it is not waiting: JobRow[")
        .hasMessageContaining("state=PENDING");
    assertThatThrownBy(() -> cairn.work(other.id(), logging()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(
            "its kind 'runner_other' has no worker among those for [runner_task]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> cairn.runner(Workers.none()))
        .withMessageContaining("no workers");
  }

  @Test
  void resumesAfterAStepAndAtAPosition() {
    JobRunner runner =
        cairn.runner(
            workers((job, context) -> {
              Steps steps = Steps.of(context);
              steps.step("fetch", () -> log.add("fetch"));
              steps.cursor(
                  "rows",
                  Integer.class,
                  0,
                  cursor -> {
                    for (int row = cursor.get() + 1; row <= 3; row++) {
                      log.add("row " + row);
                      cursor.advance(row);
                    }
                  });
            }));

    runner.resumeAfter("fetch").work(new Task("a")).requireCompleted();
    assertThat(log).containsExactly("row 1", "row 2", "row 3");

    log.clear();
    InsertOptions options = InsertOptions.defaults().withMetadata("{\"customer\": 7}");
    WorkedJob worked = runner.resumeAt("rows", 2).work(new Task("a"), options).requireCompleted();
    assertThat(log).containsExactly("row 3");
    assertThat(worked.job().metadata()).contains("customer");
  }

  @Test
  void theClientIsAsTheTestDescribesItAndInsertsAnyKind() {
    JobRunner runner =
        cairn
            .runner(workers((job, context) -> context.client().insert(new Other())))
            .withClient(client -> client.maxAttempts(3))
            .withClient(client ->
                client.middleware((context, next) -> {
                  log.add("around");
                  next.proceed();
                }));

    assertThat(runner.work(new Task("a")).requireCompleted().job().maxAttempts()).isEqualTo(3);
    assertThat(log).containsExactly("around");
    cairn.inserted(Other.class).one();
  }

  /** It would insert periodic jobs, delete old ones and make scheduled ones available. */
  @Test
  void theClientDoesNotLead() {
    var elected = new CountDownLatch(1);
    var led = new AtomicBoolean();
    LeaderTask task =
        new LeaderTask() {
          @Override
          public String name() {
            return "elected";
          }

          @Override
          public Duration turn(Cairn client) {
            elected.countDown();
            return Duration.ofHours(1);
          }
        };
    JobRunner runner =
        cairn
            .runner(workers((job, context) -> led.set(elected.await(1, TimeUnit.SECONDS))))
            .withClient(client -> client.leaderTask(task));

    runner.work(new Task("a")).requireCompleted();

    assertThat(led).isFalse();
  }

  @Test
  void worksInASchemaWithoutTheExtension() {
    JobRunner.of(cairn.dataSource(), cairn.schema(), logging())
        .work(new Task("plain"))
        .requireCompleted();

    assertThat(log).containsExactly("plain");
  }

  @JobKind("runner_tenant")
  record OfTenant(int tenant) implements InsertDefaults {
    @Override
    public InsertOptions insertDefaults() {
      return InsertOptions.defaults().withMetadata("{\"tenant\": %d}".formatted(tenant));
    }
  }

  @Test
  void aJobThatBeginsLaterKeepsTheMetadataOfItsArguments() {
    Workers workers =
        Workers.builder()
            .register(
                OfTenant.class,
                (job, context) ->
                    Steps.of(context)
                        .cursor("pages", Long.class, 0L, it -> log.add(job.metadata())))
            .build();

    cairn.runner(workers).resumeAt("pages", 7L).work(new OfTenant(3)).requireCompleted();

    assertThat(log).singleElement().asString().contains("\"tenant\": 3").contains("pages");
  }

  /** Seen before: the test passed by the job of an earlier test, and its own was never worked. */
  @Test
  void aDuplicateOfAnotherJobIsNotTakenForTheWantedOne() {
    InsertOptions unique = InsertOptions.defaults().withUnique(UniqueOptions.byKind());
    JobRow earlier = cairn.client().insert(new Task("earlier"), unique).job();
    JobRunner runner = cairn.runner(logging());

    for (JobRunner each : List.of(runner, runner.resumeAfter("fetch"))) {
      assertThatThrownBy(() -> each.work(new Task("wanted"), unique))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("it is a duplicate of job " + earlier.id())
          .hasMessageContaining("WithoutUnique")
          .hasMessageContaining("earlier");
    }
    assertThat(log).isEmpty();
    cairn.inserted(Task.class).withState(JobState.AVAILABLE).one();

    runner
        .withClient(client -> client.middleware(new WithoutUnique()))
        .work(new Task("wanted"), unique)
        .requireCompleted();
    assertThat(log).containsExactly("wanted");
    runner.work(earlier.id()).requireCompleted();
  }
}
