package dev.cairn.resumable;

import static dev.cairn.resumable.ResumableJobs.cursorStep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.cairn.Cairn;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.EventSubscription;
import dev.cairn.event.StepEvent;
import dev.cairn.spi.MiddlewareContext;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What listeners are told of an attempt while it runs (R27). */
class StepEventsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  private static EventSubscription listen(Cairn client) {
    return client.subscribe(
        EventKind.JOB_STARTED,
        EventKind.JOB_RESUMED,
        EventKind.STEP_STARTED,
        EventKind.STEP_SKIPPED,
        EventKind.STEP_FINISHED,
        EventKind.STEP_FAILED,
        EventKind.STEP_STOPPED,
        EventKind.ATTEMPT_INTERRUPTED);
  }

  private static List<String> told(EventSubscription events) throws InterruptedException {
    var told = new ArrayList<String>();
    Optional<Event> event = events.poll(Duration.ZERO);
    while (event.isPresent()) {
      told.add(words((StepEvent) event.get()));
      event = events.poll(Duration.ZERO);
    }
    return told;
  }

  private static String words(StepEvent event) {
    String what =
        switch (event) {
          case StepEvent.Resumed it -> it.step() + " at " + it.cursor();
          case StepEvent.StepStarted it -> it.step();
          case StepEvent.StepSkipped it -> it.step();
          case StepEvent.StepRemoved it -> it.step();
          case StepEvent.StepFinished it -> it.step();
          case StepEvent.StepStopped it -> it.step();
          case StepEvent.StepFailed it -> it.step() + ": " + it.failure().getMessage();
          case StepEvent.CheckpointSaved it -> it.step() + (it.finished() ? " finished" : "");
          case StepEvent.Interrupted it -> it.reason().name();
          case StepEvent.Started it -> "";
          case StepEvent.NoProgress it -> "";
          case StepEvent.Quarantined it -> "";
        };
    return "%d %s %s".formatted(event.origin().attempt(), event.kind(), what).strip();
  }

  @Test
  void r27_theLifeOfAJobIsTold() throws Exception {
    Cairn client =
        jobs.start((steps, context) -> {
          steps.step("one", () -> {});
          steps.cursor(
              "two",
              Long.class,
              0L,
              cursor -> {
                if (cursor.get() == 0) {
                  cursor.advance(5L);
                  throw new IllegalStateException("not yet");
                }
                steps.step("inner", () -> {});
              });
        });
    try (EventSubscription events = listen(client)) {
      long id = jobs.insert(client);
      clients.await(id, JobState.RETRYABLE);
      client.jobs().retry(id);
      clients.await(id, JobState.COMPLETED);

      assertThat(told(events))
          .containsExactly(
              "1 JOB_STARTED",
              "1 STEP_STARTED one",
              "1 STEP_FINISHED one",
              "1 STEP_STARTED two",
              "1 STEP_FAILED two: not yet",
              "2 JOB_STARTED",
              "2 JOB_RESUMED two at 5",
              "2 STEP_SKIPPED one",
              "2 STEP_STARTED two",
              "2 STEP_STARTED two/inner",
              "2 STEP_FINISHED two/inner",
              "2 STEP_FINISHED two");
    }
  }

  /** A snooze gives its attempt back, so that the next run has the same number. */
  @Test
  void r27_twoRunsOfOneAttemptAreToldApart() throws Exception {
    var snoozed = new AtomicBoolean();
    Cairn client =
        jobs.start((steps, context) -> {
          steps.step("one", () -> {});
          if (snoozed.compareAndSet(false, true)) {
            throw new JobSnoozeException(Duration.ZERO);
          }
        });
    try (EventSubscription events =
        client.subscribe(EventKind.JOB_STARTED, EventKind.CHECKPOINT_SAVED)) {
      long id = jobs.insert(client);
      clients.await(id, JobState.COMPLETED);

      var runs = new ArrayList<StepEvent>();
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> {
            events.poll(Duration.ZERO).ifPresent(event -> runs.add((StepEvent) event));
            return runs.stream().filter(StepEvent.Started.class::isInstance).count() == 2
                && runs.stream().anyMatch(StepEvent.CheckpointSaved.class::isInstance);
          });

      List<StepEvent.Origin> started =
          runs.stream().filter(StepEvent.Started.class::isInstance).map(StepEvent::origin).toList();
      assertThat(started).allMatch(origin -> origin.jobId() == id && origin.attempt() == 1);
      assertThat(started.get(1).claimedAt()).isAfter(started.get(0).claimedAt());
      assertThat(runs)
          .filteredOn(StepEvent.CheckpointSaved.class::isInstance)
          .isNotEmpty()
          .allMatch(event -> event.origin().equals(started.getFirst()));
    }
  }

  @Test
  void r27_anInterruptionIsToldWithItsReasonAndIsNoFailureOfItsStep() throws Exception {
    var running = new CountDownLatch(1);
    Cairn client =
        jobs.start(
            cursorStep(
                "count",
                cursor -> {
                  while (true) {
                    cursor.advance(cursor.get() + 1);
                    running.countDown();
                  }
                }));
    try (EventSubscription events = listen(client)) {
      long id = jobs.insert(client);
      running.await();
      client.jobs().operator("ada").pause(id);
      clients.await(id, JobState.PENDING);

      assertThat(told(events))
          .containsExactly(
              "1 JOB_STARTED",
              "1 STEP_STARTED count",
              "1 STEP_STOPPED count",
              "1 ATTEMPT_INTERRUPTED PAUSED");
    }
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        arguments(
            new SQLException("terminating connection", "57P01"),
            List.of("ATTEMPT_INTERRUPTED DATABASE_LOST", "JOB_INTERRUPTED")),
        arguments(new IllegalStateException("an error"), List.of("JOB_FAILED")));
  }

  /**
   * Seen before: such an attempt was told as interrupted, and once more if the database was away.
   */
  @ParameterizedTest
  @MethodSource("failures")
  void r27_anAttemptThatFailsBeforeItNoticesARequestIsNotToldAsInterrupted(
      Exception failure, List<String> told) throws Exception {
    var running = new CountDownLatch(1);
    Cairn client =
        jobs.start((steps, context) -> {
          running.countDown();
          await().atMost(Duration.ofMinutes(1)).until(() -> context.interruption().isPresent());
          throw failure;
        });
    try (EventSubscription events =
        client.subscribe(
            EventKind.ATTEMPT_INTERRUPTED, EventKind.JOB_INTERRUPTED, EventKind.JOB_FAILED)) {
      long id = jobs.insert(client);
      running.await();
      client.jobs().operator("ada").pause(id);

      var seen = new ArrayList<String>();
      while (seen.isEmpty() || !seen.getLast().startsWith("JOB")) {
        Event event = events.poll(Duration.ofSeconds(30)).orElseThrow();
        String reason = event instanceof StepEvent.Interrupted it ? " " + it.reason() : "";
        seen.add(event.kind() + reason);
      }
      assertThat(seen).isEqualTo(told);
    }
  }

  @Test
  void r27_aCheckpointIsToldWhenItIsDurable() throws Exception {
    Cairn client =
        jobs.start(
            (steps, context) -> {
              steps.step("one", () -> {});
              steps.cursor(
                  "two",
                  Long.class,
                  0L,
                  cursor -> {
                    cursor.checkpoint(1L);
                    cursor.advance(2L);
                    throw new IllegalStateException("the rest goes with the outcome");
                  });
            },
            builder -> builder.flushInterval(Duration.ofHours(1)));
    try (EventSubscription events =
        client.subscribe(EventKind.CHECKPOINT_SAVED, EventKind.JOB_FAILED)) {
      clients.await(jobs.insert(client), JobState.RETRYABLE);

      var told = new ArrayList<String>();
      while (events.poll(Duration.ofSeconds(10)).orElseThrow() instanceof StepEvent step) {
        told.add(words(step));
      }
      assertThat(told)
          .containsExactly(
              "1 CHECKPOINT_SAVED one finished",
              "1 CHECKPOINT_SAVED two",
              "1 CHECKPOINT_SAVED two");
    }
  }

  /** Seen before: a position that had moved on before its write returned was never told. */
  @Test
  void r27_aPositionIsToldAlsoIfTheLoopIsFasterThanTheWriter() throws Exception {
    var told = new CountDownLatch(3);
    var listener =
        new EventListener() {
          @Override
          public Set<EventKind> kinds() {
            return Set.of(EventKind.CHECKPOINT_SAVED);
          }

          @Override
          public void on(Event event) {
            if (event instanceof StepEvent.CheckpointSaved saved && saved.cursor() != null) {
              told.countDown();
            }
          }
        };
    Cairn client =
        jobs.start(
            cursorStep(
                "count",
                cursor -> {
                  while (told.getCount() > 0) {
                    cursor.advance(cursor.get() + 1);
                  }
                }),
            builder -> builder.listener(listener).flushInterval(Duration.ofMillis(10)));

    clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(told.getCount()).isZero();
  }

  @Test
  void r10_aListenerIsToldOfAStepThatTheCodeHasNoMore() throws Exception {
    var told = new CopyOnWriteArrayList<String>();
    var listener =
        new EventListener() {
          @Override
          public Set<EventKind> kinds() {
            return Set.of(EventKind.STEP_REMOVED);
          }

          @Override
          public void on(Event event) {
            told.add(words((StepEvent) event));
            throw new IllegalStateException("a listener's failure is none of the job's");
          }
        };
    var hasPlan = new AtomicBoolean();
    Cairn client =
        jobs.start(
            (steps, context) -> {
              if (context.job().attempt() == 1) {
                steps.step("old", () -> {});
                throw new IllegalStateException("deploy");
              }
              if (hasPlan.get()) {
                steps.plan(StepPlan.of("new"));
              }
            },
            builder -> builder.listener(listener));
    for (boolean plan : List.of(false, true)) {
      hasPlan.set(plan);
      long id = jobs.insert(client);
      clients.await(id, JobState.RETRYABLE);
      client.jobs().retry(id);
      clients.await(id, JobState.COMPLETED);
    }

    assertThat(told).containsExactly("2 STEP_REMOVED old", "2 STEP_REMOVED old");
  }

  @Test
  void r27_whoNamesNoKindIsNotToldOfSteps() throws Exception {
    Cairn client =
        jobs.start((steps, context) -> {
          assertThat(((MiddlewareContext) context).isHeard(EventKind.JOB_COMPLETED)).isTrue();
          assertThat(((MiddlewareContext) context).isHeard(EventKind.STEP_STARTED)).isFalse();
          steps.step("one", () -> {});
        });
    try (EventSubscription events = client.subscribe()) {
      client.subscribe(EventKind.STEP_STARTED).close();
      jobs.insert(client);

      assertThat(events.poll(Duration.ofSeconds(10)))
          .hasValueSatisfying(event -> assertThat(event.kind()).isEqualTo(EventKind.JOB_COMPLETED));
    }
  }

  /** Seen before: each of these was told as a step that failed. */
  @Test
  void r27_aSnoozeAndTheFailureOfAnotherBranchAreNoFailuresOfAStep() throws Exception {
    var running = new CountDownLatch(1);
    Cairn client =
        jobs.start((steps, context) -> {
          if (context.job().attempt() == 1) {
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add(
                            "stopped",
                            own ->
                                own.cursor(
                                    "rows",
                                    Integer.class,
                                    0,
                                    cursor -> {
                                      running.countDown();
                                      while (true) {
                                        cursor.advance(cursor.get() + 1);
                                      }
                                    }))
                        .add(
                            "bad",
                            own -> {
                              running.await();
                              throw new IllegalStateException("bad failed");
                            }));
          }
        });
    EventSubscription events = client.subscribe(EventKind.STEP_FAILED, EventKind.STEP_STOPPED);
    clients.await(jobs.insert(client), JobState.RETRYABLE);
    assertThat(told(events))
        .containsExactlyInAnyOrder(
            "1 STEP_FAILED all/bad: bad failed",
            "1 STEP_FAILED all: bad failed",
            "1 STEP_STOPPED all/stopped",
            "1 STEP_STOPPED all/stopped/rows");
    client.stop();

    Cairn snoozing =
        jobs.start((steps, context) ->
            steps.step(
                "nap",
                () -> {
                  throw new JobSnoozeException(Duration.ofHours(1));
                }));
    EventSubscription further = snoozing.subscribe(EventKind.STEP_FAILED, EventKind.STEP_STOPPED);
    clients.await(jobs.insert(snoozing), JobState.SCHEDULED);
    assertThat(told(further)).containsExactly("1 STEP_STOPPED nap");
  }
}
