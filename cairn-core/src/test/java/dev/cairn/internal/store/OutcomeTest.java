package dev.cairn.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.cairn.AttemptError;
import dev.cairn.InterruptionReason;
import dev.cairn.JobState;
import dev.cairn.event.EventKind;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OutcomeTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final AttemptError ERROR = new AttemptError(Instant.EPOCH, 1, "no", "");
  private static final AttemptError OTHER = new AttemptError(Instant.EPOCH, 1, "other", "");

  static Stream<Arguments> outcomes() {
    return Stream.of(
        arguments(new Outcome.Completed(), JobState.COMPLETED, EventKind.JOB_COMPLETED, 0),
        arguments(new Outcome.Discarded(ERROR), JobState.DISCARDED, EventKind.JOB_FAILED, 0),
        arguments(new Outcome.Cancelled(ERROR), JobState.CANCELLED, EventKind.JOB_CANCELLED, 0),
        arguments(new Outcome.Retried(ERROR, HOUR, 3), JobState.RETRYABLE, EventKind.JOB_FAILED, 3),
        arguments(new Outcome.Snoozed(HOUR), JobState.SCHEDULED, EventKind.JOB_SNOOZED, 1),
        arguments(new Outcome.Suspended(HOUR, 2), JobState.SCHEDULED, EventKind.JOB_SNOOZED, 1),
        arguments(
            new Outcome.Interrupted(InterruptionReason.DATABASE_LOST, HOUR),
            JobState.SCHEDULED,
            EventKind.JOB_INTERRUPTED,
            1),
        arguments(
            new Outcome.Interrupted(InterruptionReason.MAX_RUNTIME),
            JobState.AVAILABLE,
            EventKind.JOB_INTERRUPTED,
            1),
        arguments(
            new Outcome.Interrupted(InterruptionReason.SHUTDOWN),
            JobState.AVAILABLE,
            EventKind.JOB_INTERRUPTED,
            1));
  }

  @ParameterizedTest
  @MethodSource("outcomes")
  void eachSaysWhatBecomesOfItsJob(
      Outcome outcome, JobState next, EventKind event, int attemptsBack) {
    assertThat(outcome.nextState()).isEqualTo(next);
    assertThat(outcome.event()).isEqualTo(event);
    assertThat(outcome.attemptsBack()).isEqualTo(attemptsBack);
    assertThat(outcome.keepsPlace())
        .isEqualTo(outcome.equals(new Outcome.Interrupted(InterruptionReason.SHUTDOWN)));
    assertThat(outcome.mapError(error -> OTHER).error())
        .isEqualTo(outcome.error() == null ? null : OTHER);
    assertThat(outcome.mapError(error -> OTHER).delay()).isEqualTo(outcome.delay());
  }
}
