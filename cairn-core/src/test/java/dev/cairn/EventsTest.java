package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventSubscription;
import dev.cairn.event.JobEvent;
import dev.cairn.event.QueueEvent;
import dev.cairn.jobs.JobQuery;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.ErrorHandler.Decision;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Events, the error handler, and middleware around insertion and single kinds. */
class EventsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("eventful")
  record Eventful(String what) {}

  @JobKind("uneventful")
  record Uneventful() {}

  @BeforeEach
  void empty() {
    database.execute("DELETE FROM %s.river_job".formatted(database.schema()));
  }

  private static void work(Job<Eventful> job, WorkContext context) throws Exception {
    switch (job.args().what()) {
      case "fail" -> throw new IllegalStateException("failed");
      case "cancel" -> throw new JobCancelException("cancelled");
      case "snooze" -> throw new JobSnoozeException(Duration.ofHours(1));
      default -> {}
    }
  }

  /** What fails does so once only. */
  private Cairn startWithLateRetries() {
    return clients.start(
        Eventful.class,
        EventsTest::work,
        builder -> builder.retryPolicy((job, failures) -> Duration.ofHours(1)));
  }

  private static Event next(EventSubscription events) throws InterruptedException {
    return events.poll(Duration.ofSeconds(20)).orElseThrow();
  }

  @Test
  void eachOutcomeIsToldWithTheJobAsItStandsAndItsTimes() throws InterruptedException {
    Cairn client = startWithLateRetries();
    try (EventSubscription events = client.subscribe()) {
      for (String what : List.of("complete", "fail", "cancel", "snooze")) {
        long id = client.insert(new Eventful(what)).id();
        JobEvent event = (JobEvent) next(events);
        assertThat(event.job().id()).isEqualTo(id);
        assertThat(event.run()).isPositive();
        assertThat(event.complete()).isPositive();
        assertThat(event.queueWait()).isGreaterThanOrEqualTo(Duration.ZERO);
        assertThat(event.kind())
            .isEqualTo(
                switch (what) {
                  case "fail" -> EventKind.JOB_FAILED;
                  case "cancel" -> EventKind.JOB_CANCELLED;
                  case "snooze" -> EventKind.JOB_SNOOZED;
                  default -> EventKind.JOB_COMPLETED;
                });
        assertThat(event.job().state())
            .isIn(
                JobState.COMPLETED,
                JobState.CANCELLED,
                JobState.SCHEDULED,
                JobState.AVAILABLE,
                JobState.RETRYABLE);
      }
    }
  }

  @Test
  void anInterruptionIsToldBeforeTheClientHasStopped() throws InterruptedException {
    var started = new Semaphore(0);
    Cairn client =
        clients.start(
            Eventful.class,
            (job, context) -> {
              started.release();
              Thread.sleep(Duration.ofMinutes(1));
            });
    EventSubscription events = client.subscribe(EventKind.JOB_INTERRUPTED);
    client.insert(new Eventful("long"));
    started.acquire();

    client.stopNow();

    assertThat(next(events).kind()).isEqualTo(EventKind.JOB_INTERRUPTED);
  }

  @Test
  void queuesTellWhenTheyArePausedAndResumed() throws InterruptedException {
    Cairn client = clients.start(Eventful.class, EventsTest::work);
    await().until(() -> client.queues().find("default").isPresent());
    try (EventSubscription events =
        client.subscribe(EventKind.QUEUE_PAUSED, EventKind.QUEUE_RESUMED)) {
      // The connection that listens may not be there yet.
      await()
          .until(() -> {
            client.queues().pause("default");
            return events.poll(Duration.ofMillis(100)).isPresent();
          });
      client.queues().resumeAll();

      Event resumed = next(events);
      while (resumed.kind() == EventKind.QUEUE_PAUSED) {
        resumed = next(events);
      }
      assertThat(resumed).isEqualTo(new QueueEvent(EventKind.QUEUE_RESUMED, "*"));
    }
  }

  @Test
  void onlyWantedKindsAreToldAndWhatFindsNoRoomIsCounted() throws InterruptedException {
    Cairn client = startWithLateRetries();
    EventSubscription failures =
        client.subscribe(EventKind.JOB_FAILED, EventKind.JOB_FAILED); // named twice by a list
    EventSubscription small = client.subscribe(1);
    EventSubscription closed = client.subscribe();
    closed.close();

    client.insert(new Eventful("complete"));
    long failed = client.insert(new Eventful("fail")).id();

    assertThat(((JobEvent) next(failures)).job().id()).isEqualTo(failed);
    await().untilAsserted(() -> assertThat(small.dropped()).isEqualTo(1));
    assertThat(failures.dropped()).isZero();
    assertThat(closed.poll(Duration.ZERO)).isEmpty();
  }

  @Test
  void theErrorHandlerIsToldOfEachFailureAndMayDecide() {
    var seen = Collections.synchronizedList(new ArrayList<String>());
    Instant later = Instant.now().plusSeconds(7_200);
    var decision = new AtomicReference<>(Decision.cancel());
    ErrorHandler handler =
        (job, failure) -> {
          seen.add(job.kind() + ": " + failure.getMessage());
          return decision.get();
        };
    Cairn client =
        clients.start(Eventful.class, EventsTest::work, builder -> builder.errorHandler(handler));

    long cancelled = client.insert(new Eventful("fail")).id();
    clients.await(cancelled, JobState.CANCELLED);
    decision.set(Decision.retryAt(later));
    long postponed = client.insert(new Eventful("fail")).id();
    JobRow retried = clients.await(postponed, JobState.RETRYABLE);
    long snoozed = client.insert(new Eventful("snooze")).id();
    clients.await(snoozed, JobState.SCHEDULED);

    assertThat(retried.scheduledAt()).isBetween(later.minusSeconds(60), later.plusSeconds(60));
    assertThat(client.jobs().find(cancelled).orElseThrow().errors().getFirst().error())
        .isEqualTo("failed");
    assertThat(seen).containsExactly("eventful: failed", "eventful: failed");
  }

  @Test
  void anErrorHandlerThatFailsChangesNothing() {
    Cairn client =
        clients.start(
            Eventful.class,
            EventsTest::work,
            builder ->
                builder
                    .retryPolicy((job, failures) -> Duration.ofHours(1))
                    .errorHandler((job, failure) -> {
                      throw new IllegalStateException("the handler failed too");
                    }));

    long id = client.insert(new Eventful("fail")).id();

    JobRow job = clients.await(id, JobState.RETRYABLE);
    assertThat(job.errors().getFirst().error()).isEqualTo("failed");
    assertThat(job.errors().getFirst().trace()).contains("the handler failed too");
  }

  @Test
  void middlewareSeesInsertionsAndMayChangeThem() {
    var order = Collections.synchronizedList(new ArrayList<String>());
    Middleware outer =
        new Middleware() {
          @Override
          public void work(MiddlewareContext context, Next next) throws Exception {
            next.proceed();
          }

          @Override
          public List<InsertResult> insert(List<JobInsert> jobs, InsertNext next) {
            order.add("outer " + jobs.size());
            return next.proceed(
                jobs.stream()
                    .map(job -> job.withOptions(job.options().withMetadata("{\"traced\":true}")))
                    .toList());
          }
        };
    Cairn client = clients.build(builder -> builder.middleware(outer));

    JobRow job = client.insert(new Eventful("x")).job();
    long fast = client.insertManyFast(Collections.nCopies(3, JobInsert.of(new Eventful("y"))));

    assertThat(job.metadata()).isEqualTo("{\"traced\": true}");
    assertThat(fast).isEqualTo(3);
    assertThat(order).containsExactly("outer 1", "outer 3");
    assertThat(client.jobs().list(JobQuery.all().withMetadata("{\"traced\":true}")).jobs())
        .hasSize(4);
  }

  @Test
  void middlewareOfAKindIsInsideOfTheClients() {
    var order = Collections.synchronizedList(new ArrayList<String>());
    Middleware ofKind =
        (context, next) -> {
          order.add("kind");
          next.proceed();
        };
    Cairn client =
        clients.build(builder ->
            builder
                .middleware((context, next) -> {
                  order.add("client " + context.job().kind());
                  next.proceed();
                })
                .middleware(Eventful.class, ofKind)
                .workers(
                    Workers.builder()
                        .register(Eventful.class, EventsTest::work)
                        .register(Uneventful.class, (job, context) -> {})
                        .build())
                .queue("default", 1));
    client.start();

    clients.await(client.insert(new Eventful("x")).id(), JobState.COMPLETED);
    clients.await(client.insert(new Uneventful()).id(), JobState.COMPLETED);

    assertThat(order).containsExactly("client eventful", "kind", "client uneventful");
  }

  @Test
  void unknownKindsAreLeftToOthersIfSoWished() {
    long unknown = clients.inserter().insert(new Uneventful()).id();
    Cairn picky = clients.start(Eventful.class, EventsTest::work, CairnBuilder::onlyKnownKinds);

    clients.await(picky.insert(new Eventful("x")).id(), JobState.COMPLETED);

    assertThat(picky.jobs().find(unknown).orElseThrow())
        .matches(job -> job.state() == JobState.AVAILABLE && job.attempt() == 0);
  }
}
