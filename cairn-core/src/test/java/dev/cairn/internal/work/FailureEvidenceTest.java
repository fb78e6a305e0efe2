package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.completed;
import static dev.cairn.internal.work.Workshop.finished;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.FinishedAttempt.Form;
import dev.cairn.internal.store.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FailureEvidenceTest {
  private final Workshop shop = new Workshop();
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final FailureEvidence evidence = new FailureEvidence(nanos::get);

  @AfterEach
  void close() {
    shop.close();
  }

  private Ending ending(FinishedAttempt attempt) {
    return new Ending(shop.hold(attempt.claim()), attempt);
  }

  @Test
  void whatWasWrittenBeforeSaysNothing() {
    evidence.written(List.of(ending(completed(claim(1)))));

    assertThat(evidence.isAgainst(evidence.now(Form.COMPLETION))).isFalse();
  }

  @Test
  void onlyTheSameStatementSaysSomething() {
    FailureEvidence.Point plain = evidence.now(Form.COMPLETION);
    FailureEvidence.Point detailed = evidence.now(Form.DETAILED);

    evidence.written(List.of(ending(completed(claim(1)))));

    assertThat(evidence.isAgainst(plain)).isTrue();
    assertThat(evidence.isAgainst(detailed)).isFalse();

    evidence.written(List.of(ending(finished(claim(2), new Outcome.Completed(), "{}"))));

    assertThat(evidence.isAgainst(detailed)).isTrue();
  }

  @Test
  void aCompletionOfStepsNeedsAWitnessForEitherOfItsStatements() {
    FailureEvidence.Point since = evidence.now(Form.COMPLETION_OF_STEPS);
    FinishedAttempt steps = finished(claim(1), new Outcome.Completed(), null, true);

    evidence.written(List.of(ending(steps)));
    assertThat(evidence.isAgainst(since)).isFalse();

    evidence.written(List.of(ending(finished(claim(2), new Outcome.Completed(), "{}"))));
    assertThat(evidence.isAgainst(since)).isTrue();
  }

  @Test
  void anOutcomeThatFailsForAnHourIsToBlameWithoutAWitness() {
    FailureEvidence.Point since = evidence.now(Form.DETAILED);

    nanos.addAndGet(Duration.ofMinutes(59).toNanos());
    assertThat(evidence.isAgainst(since)).isFalse();

    nanos.addAndGet(Duration.ofMinutes(1).toNanos());
    assertThat(evidence.isAgainst(since)).isTrue();
  }
}
