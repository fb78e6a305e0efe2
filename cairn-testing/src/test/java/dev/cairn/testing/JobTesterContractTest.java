package dev.cairn.testing;

import dev.cairn.JobState;
import dev.cairn.Worker;
import dev.cairn.testing.internal.MisbehavingDataSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The test kit, without a client. */
class JobTesterContractTest extends WorkerContract {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final int ATTEMPTS_MAX = 10;

  @Override
  CairnExtension cairn() {
    return cairn;
  }

  @Override
  Ended work(Worker<Worked> worker, MisbehavingDataSource database) {
    JobTester<Worked> tester =
        JobTester.of(Worked.class, worker).withDataSource(database).withMaxAttempts(3);
    var errors = new ArrayList<String>();
    TestedAttempt<Worked> attempt = tester.work(new Worked(1));
    addTo(errors, attempt);
    for (int i = 0; i < ATTEMPTS_MAX && isToBeWorked(attempt.outcome()); i++) {
      attempt = tester.resume(attempt).work(new Worked(1));
      addTo(errors, attempt);
    }
    return new Ended(state(attempt.outcome()), List.copyOf(errors));
  }

  private static void addTo(List<String> errors, TestedAttempt<Worked> attempt) {
    attempt.failure().ifPresent(failure -> errors.add(String.valueOf(failure.getMessage())));
  }

  private static boolean isToBeWorked(AttemptOutcome outcome) {
    return outcome instanceof AttemptOutcome.Interrupted
        || (outcome instanceof AttemptOutcome.Snoozed snoozed && snoozed.delay().isZero())
        || (outcome instanceof AttemptOutcome.Failed failed && !failed.discarded());
  }

  private static JobState state(AttemptOutcome outcome) {
    return switch (outcome) {
      case AttemptOutcome.Completed completed -> JobState.COMPLETED;
      case AttemptOutcome.Failed failed -> JobState.DISCARDED;
      case AttemptOutcome.Cancelled cancelled -> JobState.CANCELLED;
      case AttemptOutcome.Snoozed snoozed -> JobState.SCHEDULED;
      case AttemptOutcome.Suspended suspended -> JobState.SCHEDULED;
      case AttemptOutcome.Interrupted interrupted -> JobState.AVAILABLE;
    };
  }
}
