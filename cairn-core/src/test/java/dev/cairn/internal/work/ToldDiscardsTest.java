package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.finished;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.AttemptError;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.ListenerTo;
import dev.cairn.StandIn.Call;
import dev.cairn.StoreUnavailableException;
import dev.cairn.event.EventKind;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client says of a job that it was discarded only if it has discarded the job itself. */
class ToldDiscardsTest {
  private static final Claim CLAIM = claim(1);
  private static final AttemptError ERROR = error("on purpose");
  private static final AttemptError RESCUE = error("The client died while it worked this job");

  private final Workshop shop = new Workshop();
  private final List<EventKind> told = new CopyOnWriteArrayList<>();

  private static AttemptError error(String text) {
    return new AttemptError(CLAIM.attemptedAt(), 1, text, "");
  }

  @AfterEach
  void close() {
    shop.close();
  }

  /** What the database has when the job is read for its event. */
  private static JobRow row(JobState state, String metadata, AttemptError... errors) {
    return new JobRow(
        CLAIM.jobId(),
        state,
        "kind",
        "{}",
        1,
        1,
        1,
        "default",
        List.of(),
        metadata,
        List.of(errors),
        List.of(CLAIM.clientId()),
        CLAIM.attemptedAt(),
        CLAIM.attemptedAt(),
        CLAIM.attemptedAt(),
        null);
  }

  private static Set<Claim> claims(Call call) {
    return call.list(1, FinishedAttempt.class).stream()
        .map(FinishedAttempt::claim)
        .collect(Collectors.toSet());
  }

  private void answerAll() {
    shop.jobs.on("finish", ToldDiscardsTest::claims);
  }

  /** The client is cut off, and its job is no longer running when it comes back. */
  private void loseTheFirstAnswer() {
    var lost = new AtomicBoolean();
    shop.jobs.on(
        "finish",
        call -> {
          if (!lost.getAndSet(true)) {
            throw new StoreUnavailableException("on purpose", null);
          }
          return Set.of();
        });
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.ENDED));
  }

  /** What is told of this outcome. */
  private List<EventKind> told(Outcome outcome, JobRow row) {
    for (EventKind kind :
        List.of(EventKind.JOB_FAILED, EventKind.JOB_SNOOZED, EventKind.JOB_DISCARDED)) {
      shop.events.add(ListenerTo.kind(kind, event -> told.add(event.kind())));
    }
    shop.jobList.on("findAll", call -> List.of(row));
    HeldClaim held = shop.hold(CLAIM);
    held.end();
    shop.completer.complete(new Ending(held, finished(CLAIM, outcome, null)));
    shop.register.ended(held);
    shop.dispatcher.start();
    shop.completer.start();
    assertThat(shop.completer.awaitIdle(Deadline.in(PATIENCE))).isTrue();
    shop.completer.stop();
    assertThat(shop.completer.join(PATIENCE)).isTrue();
    shop.dispatcher.stop();
    assertThat(shop.dispatcher.join(PATIENCE)).isTrue();
    return told;
  }

  private static final Outcome LAST = new Outcome.Discarded(ERROR);
  private static final Outcome NOT_LAST = new Outcome.Retried(ERROR, Duration.ofHours(1), 0);

  @Test
  void aDiscardWhoseAnswerWasLostIsTold() {
    loseTheFirstAnswer();

    assertThat(told(LAST, row(JobState.DISCARDED, "{}", ERROR)))
        .containsExactly(EventKind.JOB_FAILED, EventKind.JOB_DISCARDED);
  }

  /** The statement never came to the database. The client that has discarded the job tells it. */
  @Test
  void aDiscardByARescueIsNotToldByTheClientThatWasCutOff() {
    loseTheFirstAnswer();

    assertThat(told(LAST, row(JobState.DISCARDED, "{}", RESCUE)))
        .containsExactly(EventKind.JOB_FAILED);
  }

  @Test
  void aJobThatARescueHasMadeAvailableIsNotToldAsDiscarded() {
    loseTheFirstAnswer();

    assertThat(told(LAST, row(JobState.AVAILABLE, "{}"))).containsExactly(EventKind.JOB_FAILED);
  }

  @Test
  void aRetryThatARescueHasForestalledIsNotToldAsDiscarded() {
    loseTheFirstAnswer();

    // From an earlier attempt: a retry by an operator leaves it there.
    String earlier = "{\"unique_key_conflict\": \"finish_discarded\"}";
    assertThat(told(NOT_LAST, row(JobState.DISCARDED, earlier, RESCUE)))
        .containsExactly(EventKind.JOB_FAILED);
  }

  @Test
  void aDiscardIsToldEvenIfSomebodyHasRetriedTheJobSince() {
    answerAll();

    assertThat(told(LAST, row(JobState.AVAILABLE, "{}", ERROR)))
        .containsExactly(EventKind.JOB_FAILED, EventKind.JOB_DISCARDED);
  }

  /** The database may store another text than it was given. */
  @Test
  void aDiscardThatTheDatabaseHasConfirmedIsToldWhateverItsErrorBecame() {
    answerAll();

    assertThat(told(LAST, row(JobState.DISCARDED, "{}", error("on pur?ose"))))
        .containsExactly(EventKind.JOB_FAILED, EventKind.JOB_DISCARDED);
  }

  @ParameterizedTest
  @CsvSource({
    "finish_discarded, true",
    "hand_back_discarded, true",
    "scheduler_discarded, false",
    ", false"
  })
  void ofJobsThatWaitedOnlyThoseThatLostTheirKeyToTheOutcomeAreTold(
      String conflict, boolean isTold) {
    answerAll();
    String metadata =
        conflict == null ? "{}" : "{\"unique_key_conflict\": \"%s\"}".formatted(conflict);

    assertThat(told(new Outcome.Snoozed(Duration.ofHours(1)), row(JobState.DISCARDED, metadata)))
        .startsWith(EventKind.JOB_SNOOZED)
        .hasSize(isTold ? 2 : 1);
    assertThat(told.contains(EventKind.JOB_DISCARDED)).isEqualTo(isTold);
  }

  /** It is handed back, because the database has lost checkpoints of its attempt. */
  @ParameterizedTest
  @CsvSource({"hand_back_discarded, true", "scheduler_discarded, false"})
  void aJobThatLosesItsKeyWhenItIsHandedBackIsTold(String conflict, boolean isTold) {
    var rewound = new AtomicBoolean();
    shop.jobs.on("finish", call -> rewound.getAndSet(true) ? claims(call) : Set.of());
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.REWOUND));
    String metadata = "{\"unique_key_conflict\": \"%s\"}".formatted(conflict);

    assertThat(told(NOT_LAST, row(JobState.DISCARDED, metadata)))
        .isEqualTo(isTold ? List.of(EventKind.JOB_DISCARDED) : List.of());
  }
}
