package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.JobEvent;
import dev.cairn.spi.ErrorHandler.Decision;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who wants to be told that a job has failed for the last time is told once, whatever ends it. */
class DiscardedEventsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final List<JobEvent> events = new CopyOnWriteArrayList<>();

  enum Way {
    FAILS,
    IS_GIVEN_UP,
    IS_GIVEN_UP_BY_THE_HANDLER,
    SNOOZES,
    COMPLETES
  }

  @JobKind("discarded_event")
  record Task(Way way) {}

  @AfterEach
  void empty() {
    database.execute("DROP INDEX IF EXISTS only_one");
  }

  private Cairn start() {
    return start(DiscardedEventsTest::work);
  }

  private Cairn start(Worker<Task> worker) {
    return clients.start(
        Task.class,
        worker,
        builder -> {
          for (EventKind kind :
              List.of(
                  EventKind.JOB_COMPLETED,
                  EventKind.JOB_FAILED,
                  EventKind.JOB_SNOOZED,
                  EventKind.JOB_DISCARDED)) {
            builder.listener(EventListener.ofJobs(kind, events::add));
          }
          return builder
              .retryPolicy(RetryPolicy.fixed(Duration.ofHours(1)))
              .errorHandler((job, failure) ->
                  String.valueOf(failure.getMessage()).contains("handler")
                      ? Decision.discard()
                      : Decision.proceed());
        });
  }

  private static void work(Job<Task> job, WorkContext context) {
    switch (job.args().way()) {
      case FAILS -> throw new IllegalStateException("on purpose");
      case IS_GIVEN_UP -> throw new JobDiscardException("on purpose");
      case IS_GIVEN_UP_BY_THE_HANDLER -> throw new IllegalStateException("for the handler");
      case SNOOZES -> throw new JobSnoozeException(Duration.ofHours(1));
      case COMPLETES -> {}
    }
  }

  /** No others come: a client delivers the last ones before it has stopped. */
  private void assertEvents(Cairn client, long id, EventKind... expected) {
    await().untilAsserted(() -> assertThat(kinds(id)).containsExactly(expected));
    client.stopNow();
    assertThat(kinds(id)).containsExactly(expected);
  }

  private List<EventKind> kinds(long id) {
    return events.stream().filter(event -> event.job().id() == id).map(JobEvent::kind).toList();
  }

  @ParameterizedTest
  @EnumSource(names = {"IS_GIVEN_UP", "IS_GIVEN_UP_BY_THE_HANDLER"})
  void aJobThatIsGivenUpIsToldAfterItsFailure(Way way) {
    Cairn client = start();
    long id = client.insert(new Task(way)).id();

    JobRow job = clients.await(id, JobState.DISCARDED);

    assertEvents(client, id, EventKind.JOB_FAILED, EventKind.JOB_DISCARDED);
    assertThat(events.getLast().job().state()).isEqualTo(JobState.DISCARDED);
    assertThat(events.getLast().run()).isEqualTo(events.getFirst().run()).isPositive();
    assertThat(job.attempt()).isLessThan(job.maxAttempts());
  }

  @Test
  void onlyTheLastFailureIsTheLast() {
    Cairn client = start();
    InsertOptions two = InsertOptions.defaults().withMaxAttempts(2);
    long id = client.insert(new Task(Way.FAILS), two).id();
    clients.await(id, JobState.RETRYABLE);

    client.jobs().retry(id);
    clients.await(id, JobState.DISCARDED);

    assertEvents(client, id, EventKind.JOB_FAILED, EventKind.JOB_FAILED, EventKind.JOB_DISCARDED);
  }

  @Test
  void argumentsThatDoNotFitAreToldToo() {
    Cairn client = start();
    InsertOptions one = InsertOptions.defaults().withMaxAttempts(1);
    long id = client.insert(JsonArgs.of("discarded_event", "{\"way\": 3.5}"), one).id();

    clients.await(id, JobState.DISCARDED);

    assertEvents(client, id, EventKind.JOB_FAILED, EventKind.JOB_DISCARDED);
  }

  /** The key counts in all states but that of running jobs. */
  private static void takeKey(long id) {
    database.execute(
        "UPDATE river_job SET unique_key = 'k', unique_states = B'10111111' WHERE id = ?", id);
    database.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, queue, unique_key, unique_states)
        VALUES ('other', '{}', 25, 'nowhere', 'k', B'10111111')
        """);
  }

  @Test
  void aJobThatCannotWaitAgainIsToldAfterItsSnooze() {
    Cairn client =
        start((job, context) -> {
          takeKey(job.id());
          work(job, context);
        });
    long id = client.insert(new Task(Way.SNOOZES)).id();

    clients.await(id, JobState.DISCARDED);

    assertEvents(client, id, EventKind.JOB_SNOOZED, EventKind.JOB_DISCARDED);
  }

  /** An index of the user's own refuses the outcome. */
  @Test
  void aJobThatIsSetApartIsTold() {
    database.execute("CREATE UNIQUE INDEX only_one ON river_job (kind) WHERE state = 'completed'");
    Cairn client = start();
    clients.await(client.insert(new Task(Way.COMPLETES)).id(), JobState.COMPLETED);
    long id = client.insert(new Task(Way.COMPLETES)).id();

    clients.await(id, JobState.DISCARDED);

    assertEvents(client, id, EventKind.JOB_DISCARDED);
  }

  @Test
  void aJobThatHasKilledItsClientsIsToldByTheClientThatTakesItAway() {
    database.execute(
        """
        INSERT INTO cairn_client (id, timeout, heartbeat_at)
        VALUES ('dead', '1 second', now() - interval '1 hour')
        """);
    long id =
        database.number(
            """
            INSERT INTO river_job
              (kind, args, state, attempt, max_attempts, attempted_at, attempted_by, metadata)
            VALUES ('discarded_event', '{}', 'running', 3, 3, now() - interval '1 hour', '{dead}',
              '{"cairn:deaths": {"at": "", "count": 2}}')
            RETURNING id
            """);
    Cairn client = start();

    clients.await(id, JobState.DISCARDED);

    assertEvents(client, id, EventKind.JOB_DISCARDED);
    assertThat(events.getLast().job().errors().getLast().error()).contains("dead died");
    assertThat(events.getLast().run()).isZero();
  }

  @Test
  void aListenerToJobsIsGivenKindsOfJobsOnly() {
    for (EventKind kind :
        List.of(EventKind.QUEUE_PAUSED, EventKind.JOBS_FETCHED, EventKind.JOB_STARTED)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> EventListener.ofJobs(kind, events::add))
          .withMessageContaining(kind.name());
      assertThat(EventListener.of(kind, event -> {}).kinds()).containsExactly(kind);
    }
  }
}
