package dev.cairn.testing;

import dev.cairn.AttemptError;
import dev.cairn.InsertOptions;
import dev.cairn.JobState;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.testing.internal.MisbehavingDataSource;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A real client. */
class ClientContractTest extends WorkerContract {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final int ATTEMPTS_MAX = 10;
  private static final Set<JobState> TO_BE_WORKED = Set.of(JobState.AVAILABLE, JobState.RETRYABLE);

  @Override
  CairnExtension cairn() {
    return cairn;
  }

  @Override
  Ended work(Worker<Worked> worker, MisbehavingDataSource database) {
    JobRunner runner =
        JobRunner.of(
                database, cairn.schema(), Workers.builder().register(Worked.class, worker).build())
            .withClient(client -> client.retryPolicy((job, failures) -> Duration.ofHours(1)));
    WorkedJob worked = runner.work(new Worked(1), InsertOptions.defaults().withMaxAttempts(3));
    for (int i = 0; i < ATTEMPTS_MAX && TO_BE_WORKED.contains(worked.job().state()); i++) {
      worked = runner.work(worked.job().id());
    }
    return new Ended(
        worked.job().state(), worked.job().errors().stream().map(AttemptError::error).toList());
  }
}
