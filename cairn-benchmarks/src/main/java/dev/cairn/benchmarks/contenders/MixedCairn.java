package dev.cairn.benchmarks.contenders;

import dev.cairn.JobSnoozeException;
import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Progress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A client of which one attempt in ten fails or snoozes, and is retried at once. */
public final class MixedCairn implements Contender {
  private final CairnClient client;
  private Stumbles stumbles = new Stumbles();

  /** Creates a contender with the settings of another client. */
  public MixedCairn(CairnClient client) {
    this.client = client;
  }

  @Override
  public String name() {
    return "Cairn, mixed";
  }

  @Override
  public String setting() {
    return client.setting();
  }

  @Override
  public void fill(int jobs) throws Exception {
    client.fill(jobs);
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    stumbles = new Stumbles();
    var worked = new CountDownLatch(1);
    try (var pool = CairnClient.pool(client.login());
        var cairn =
            client
                .builder(
                    pool,
                    (job, context) -> {
                      attempt(job.args().number());
                      if (progress.add(1) == jobs) {
                        worked.countDown();
                      }
                    })
                .retryPolicy((job, failures) -> Duration.ZERO)
                .listener(CairnClient.claimsOf(progress))
                .build()) {
      cairn.start();
      CairnClient.await(worked, jobs);
      cairn.stop();
      progress.finish();
    }
  }

  private void attempt(int number) {
    switch (stumbles.next(number)) {
      case WELL -> {}
      case FAILED -> throw new IllegalStateException("job %d fails once".formatted(number));
      case SNOOZED -> throw new JobSnoozeException(Duration.ZERO);
    }
  }

  /** The jobs whose row shows what happened to them: a snooze gives the attempt back. */
  @Override
  public int finished() throws Exception {
    return client
        .table()
        .count(
            """
            state = 'completed'
            AND attempt = CASE WHEN (args->>'number')::int %% %1$d = 0 THEN 2 ELSE 1 END
            AND coalesce(cardinality(errors), 0) = attempt - 1
            AND coalesce((metadata->>'snoozes')::int, 0)
              = CASE WHEN (args->>'number')::int %% %1$d = %2$d THEN 1 ELSE 0 END
            """
                .formatted(2 * Stumbles.JOBS_EACH, Stumbles.JOBS_EACH));
  }

  /** The attempts of the last round. */
  public Stumbles.Counts counts() {
    return stumbles.counts();
  }
}
