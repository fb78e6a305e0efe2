package dev.cairn.benchmarks.upkeep;

import dev.cairn.JobState;
import dev.cairn.Retention;
import dev.cairn.benchmarks.upkeep.Duty.Turn;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.ClientStore.Rescuer;
import dev.cairn.internal.store.ClientStore.Written;
import dev.cairn.internal.store.Stores;
import dev.cairn.internal.store.WaitStore;
import dev.cairn.jobs.JobQuery;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/** All kinds of upkeep of many jobs, in the batches of the leader, a client or an operator. */
final class Duties {
  private static final String KIND = "upkeep";
  private static final int BATCH = 10_000;
  private static final int RESCUE_BATCH = 10_000;
  private static final String NONE = "false";

  /** The maximum number of running jobs: clients have no more slots. */
  private static final int RUNNING_MAX = 100_000;

  private final Stores stores;
  private final int jobs;

  Duties(DataSource pool, int jobs) {
    this.stores = PostgresStores.of(pool, null);
    this.jobs = jobs;
  }

  List<Duty> all() {
    return List.of(
        new Duty("nothing, for three seconds", List.of(), NONE, Duties::rest),
        new Duty(
            "due jobs made available",
            List.of(jobs("scheduled", "now() - interval '1 minute'")),
            "state = 'scheduled'",
            () -> stores.upkeep().schedule(BATCH) >= BATCH),
        new Duty(
            "jobs of dead clients rescued, 100,000 at most",
            List.of(
                """
                INSERT INTO cairn_client (id, timeout, heartbeat_at)
                VALUES ('dead', '1 hour', now() - interval '2 hours'), ('rescuer', '1 day', now())
                """,
                jobs(Math.min(jobs, RUNNING_MAX), "running", "now() - interval '2 hours'")),
            "state = 'running'",
            () -> isFull(rescued(), RESCUE_BATCH)),
        new Duty(
            "jobs woken by a signal",
            waiting("'go', NULL"),
            "state = 'scheduled'",
            new Signalling(stores.waits())),
        new Duty(
            "jobs woken by the end of a job",
            waiting("NULL, -1"),
            "state = 'scheduled'",
            () -> stores.waits().wake(BATCH) >= BATCH),
        new Duty(
            "a look at jobs that wait for jobs",
            waiting("NULL, id"),
            NONE,
            () -> stores.waits().wake(BATCH) >= BATCH),
        new Duty(
            "old jobs deleted",
            List.of(jobs("completed", "now() - interval '2 days'")),
            "state = 'completed'",
            () ->
                stores
                        .upkeep()
                        .clean(
                            JobState.COMPLETED,
                            Retention.defaults(),
                            null,
                            Duration.ofDays(1),
                            BATCH)
                        .seen()
                    >= BATCH),
        new Duty(
            "checkpoints of deleted jobs deleted",
            List.of(
                """
                INSERT INTO cairn_checkpoint (job_id, name, finished, claimed_at, sequence)
                SELECT -number, 'step', false, now(), 1 FROM generate_series(1, %d) AS number
                """
                    .formatted(jobs)),
            "(SELECT count(*) FROM cairn_checkpoint) > 0",
            ofAll(() -> stores.upkeep().cleanCheckpoints(Long.MIN_VALUE, BATCH, BATCH))),
        new Duty(
            "waits of deleted jobs deleted",
            List.of(
                """
                INSERT INTO cairn_wait (job_id, step, signal)
                SELECT -number, 'step', 'never' FROM generate_series(1, %d) AS number
                """
                    .formatted(jobs)),
            "(SELECT count(*) FROM cairn_wait) > 0",
            ofAll(() -> stores.upkeep().cleanWaits(Long.MIN_VALUE, BATCH, BATCH))),
        new Duty(
            "jobs cancelled by a query",
            List.of(jobs("available", "now()")),
            "state = 'available' AND kind = '%s'".formatted(KIND),
            () -> isFull(stores.jobList().cancelMany(query(JobState.AVAILABLE), null), BATCH)),
        new Duty(
            "jobs retried by a query",
            List.of(jobs("discarded", "now()")),
            "state = 'discarded'",
            () -> isFull(stores.jobList().retryMany(query(JobState.DISCARDED), null), BATCH)),
        new Duty(
            "jobs deleted by a query",
            List.of(jobs("completed", "now()")),
            "state = 'completed'",
            () -> isFull(stores.jobList().deleteMany(query(JobState.COMPLETED)), BATCH)));
  }

  /** Waits long enough for some hundred undisturbed insertions. */
  private static boolean rest() throws InterruptedException {
    TimeUnit.SECONDS.sleep(3);
    return false;
  }

  private List<?> rescued() {
    Instant heartbeatAt = stores.clients().lastSign("rescuer").orElseThrow().at();
    var rescuer = new Rescuer("rescuer", new Written(heartbeatAt, heartbeatAt), Duration.ofDays(2));
    return stores.clients().rescueFromDeadClients(rescuer, RESCUE_BATCH, false).jobs();
  }

  private static JobQuery query(JobState state) {
    return JobQuery.all().withKinds(KIND).withStates(state).withLimit(BATCH);
  }

  private static boolean isFull(List<?> changed, int batch) {
    return changed.size() >= batch;
  }

  /** A turn of a statement that does not return how much it has done. */
  private Turn ofAll(Runnable statement) {
    return new Turn() {
      private int done;

      @Override
      public boolean run() {
        statement.run();
        done += BATCH;
        return done < jobs;
      }
    };
  }

  private String jobs(String state, String since) {
    return jobs(jobs, state, since);
  }

  private static String jobs(int count, String state, String since) {
    return """
    INSERT INTO river_job (kind, args, max_attempts, state, scheduled_at, attempt, attempted_at,
      attempted_by, finalized_at)
    SELECT '%1$s', jsonb_build_object('number', number), 25, '%2$s', %3$s, 1, now(),
      ARRAY['dead'], CASE WHEN '%2$s' IN ('completed', 'discarded') THEN %3$s END
    FROM generate_series(1, %4$d) AS number
    """
        .formatted(KIND, state, since, count);
  }

  /**
   * The statements that insert waiting jobs.
   *
   * @param awaited the signal and the other job for which each of them waits
   */
  private List<String> waiting(String awaited) {
    return List.of(
        jobs("scheduled", "now() + interval '100 years'"),
        """
        INSERT INTO cairn_wait (job_id, step, signal, awaited_job)
        SELECT id, 'step', %s FROM river_job ORDER BY id
        """
            .formatted(awaited));
  }

  /** Gives the signal first, and then does the remaining work of the leader. */
  private static final class Signalling implements Turn {
    private final WaitStore waits;
    private boolean isGiven;

    Signalling(WaitStore waits) {
      this.waits = waits;
    }

    @Override
    public boolean run() {
      if (!isGiven) {
        isGiven = true;
        return waits.signal("go", null) > 0;
      }
      return waits.wake(BATCH) >= BATCH;
    }
  }
}
