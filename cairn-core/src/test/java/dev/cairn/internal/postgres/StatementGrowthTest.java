package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.AttemptError;
import dev.cairn.InterruptionReason;
import dev.cairn.JobState;
import dev.cairn.Retention;
import dev.cairn.TestDatabase;
import dev.cairn.embedded.ServerOptions;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.CheckpointStore.ClaimWrites;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.JobChange;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.Rescuers;
import dev.cairn.internal.store.Stores;
import dev.cairn.internal.store.UniqueKey;
import dev.cairn.jobs.JobQuery;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoint.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/*
 * A statement about many jobs may do so much for each, and no more for each the more there are. What
 * it does is counted in rows by the server itself: with a plan that is made for any values and
 * statistics of an empty table, and with one for these values and statistics of other jobs.
 */
class StatementGrowthTest {
  @RegisterExtension
  static final TestDatabase server =
      TestDatabase.onServerWith(
          ServerOptions.forTests().withSetting("shared_preload_libraries", "auto_explain"));

  private static final String CLIENT = "client";
  private static final int FEW = 100;
  private static final int MANY = 4_000;

  /** So few that the server may prefer to read all of them. */
  private static final int OTHERS = 500;

  /** Rows of one call, however few jobs it is about. */
  private static final int ONCE_MAX = 4 * OTHERS;

  /** For so few, each may be compared with each. */
  private static final int FEW_MAX = 3 * FEW;

  private static final AttemptTimes TIMES = new AttemptTimes(Duration.ZERO, Duration.ZERO, 0);
  private static final Retention NOTHING_KEPT =
      Retention.defaults()
          .withCompleted(Duration.ZERO)
          .withCancelled(Duration.ZERO)
          .withDiscarded(Duration.ZERO);

  private final ExplainedStatements explained = new ExplainedStatements();
  private final Map<String, Act> acts = new LinkedHashMap<>();
  private HikariDataSource pool = new HikariDataSource();
  private Stores stores = stores("auto");

  /**
   * What is done to so many jobs.
   *
   * @param before what has to be there, not counted
   * @param most rows for each of many jobs
   */
  private record Act(int most, Consumer<List<Claim>> before, Consumer<List<Claim>> work) {}

  private Stores stores(String planMode) {
    pool.close();
    var config = new HikariConfig();
    config.setDataSource(server.fresh().dataSource());
    config.setMaximumPoolSize(1);
    config.setConnectionInitSql(ExplainedStatements.SETTINGS + "SET plan_cache_mode = " + planMode);
    pool = new HikariDataSource(config);
    return PostgresStores.of(explained.of(pool), server.schema());
  }

  @AfterEach
  void close() {
    pool.close();
  }

  StatementGrowthTest() {
    act(
        40,
        "claim",
        claims ->
            server.execute("UPDATE river_job SET state = 'available' WHERE state = 'running'"),
        claims -> assertThat(claim(claims.size())).hasSameSizeAs(claims));
    act(20, "complete", claims -> {}, claims -> finish(claims, new Outcome.Completed(), false));
    act(
        40,
        "complete with steps",
        claims -> {},
        claims -> finish(claims, new Outcome.Completed(), true));
    act(
        80,
        "retry",
        claims -> {},
        claims ->
            finish(
                claims,
                new Outcome.Retried(
                    new AttemptError(Instant.EPOCH, 1, "x", ""), Duration.ofHours(1), 0),
                true));
    act(
        80,
        "interrupt",
        claims -> {},
        claims -> finish(claims, new Outcome.Interrupted(InterruptionReason.SHUTDOWN), true));
    act(60, "hand back", claims -> {}, claims -> stores.jobs().handBack(CLIENT, claims));
    act(
        60,
        "write checkpoints",
        claims -> {},
        claims ->
            stores
                .checkpoints()
                .write(
                    CLIENT,
                    claims.stream()
                        .map(each -> new ClaimWrites(FencedClaim.of(each), List.of(write())))
                        .toList()));
    act(
        20,
        "renew",
        claims -> {},
        claims ->
            assertThat(stores.jobs().renew(CLIENT, claims, Duration.ZERO)).hasSameSizeAs(claims));
    act(
        30,
        "inspect",
        claims -> {},
        claims -> stores.jobs().inspect(CLIENT, claims.stream().map(FencedClaim::of).toList()));
    act(20, "look for orphans", claims -> {}, claims -> stores.jobs().claimsOf(CLIENT));
    act(
        30,
        "insert",
        claims -> {},
        claims -> stores.jobs().insert(claims.stream().map(each -> newJob(each, false)).toList()));
    act(
        60,
        "insert unique",
        claims -> {},
        claims -> stores.jobs().insert(claims.stream().map(each -> newJob(each, true)).toList()));
    act(
        60,
        "schedule",
        claims ->
            server.execute("UPDATE river_job SET state = 'scheduled' WHERE state = 'running'"),
        claims -> assertThat(stores.upkeep().schedule(claims.size())).isEqualTo(claims.size()));
    act(
        80,
        "rescue",
        claims ->
            server.execute(
                "UPDATE cairn_client SET heartbeat_at = now() - interval '2 days', timeout = '1"
                    + " hour' WHERE id = 'client'"),
        claims ->
            assertThat(
                    stores
                        .clients()
                        .rescueFromDeadClients(
                            Rescuers.of(stores, "other", Duration.ofDays(2)), claims.size(), false)
                        .jobs())
                .isNotEmpty());
    act(
        40,
        "signal",
        claims ->
            server.execute(
                """
                INSERT INTO cairn_wait (job_id, step, signal)
                SELECT id, 'x', 'go' FROM river_job WHERE state = 'running'
                """),
        claims -> stores.waits().signal("go", "1"));
    act(
        60,
        "wake after jobs",
        claims ->
            server.execute(
                """
                INSERT INTO cairn_wait (job_id, step, awaited_job)
                SELECT id, 'x', (SELECT min(id) FROM river_job WHERE state = 'completed')
                FROM river_job WHERE state = 'running'
                """),
        claims -> stores.waits().wake(claims.size()));
    act(
        60,
        "wake after signals",
        claims ->
            server.execute(
                """
                INSERT INTO cairn_wait (job_id, step, signal)
                SELECT id, 'x', 'go' FROM river_job WHERE state = 'running'
                UNION ALL
                SELECT 0, 'go', 'go'
                """),
        claims -> assertThat(stores.waits().wake(claims.size())).isEqualTo(claims.size()));
    act(
        60,
        "delete many",
        claims ->
            server.execute("UPDATE river_job SET state = 'available' WHERE state = 'running'"),
        claims ->
            assertThat(
                    stores
                        .jobList()
                        .deleteMany(JobQuery.all().withQueues("default").withLimit(claims.size())))
                .hasSameSizeAs(claims));
    act(
        60,
        "cancel many",
        claims ->
            server.execute("UPDATE river_job SET state = 'available' WHERE state = 'running'"),
        claims ->
            assertThat(
                    stores
                        .jobList()
                        .cancelMany(
                            JobQuery.all().withQueues("default").withLimit(claims.size()),
                            JobChange.of("cancel", "ada", null)))
                .hasSameSizeAs(claims));
    act(
        60,
        "retry many",
        claims ->
            server.execute(
                """
                UPDATE river_job SET state = 'cancelled', finalized_at = now(),
                  unique_key = int8send(id), unique_states = B'11111111'
                WHERE state = 'running'
                """),
        claims ->
            assertThat(
                    stores
                        .jobList()
                        .retryMany(
                            JobQuery.all().withQueues("default").withLimit(claims.size()),
                            JobChange.of("retry", "ada", null)))
                .hasSameSizeAs(claims));
    act(
        60,
        "clean",
        claims ->
            server.execute(
                """
                UPDATE river_job SET state = 'completed', finalized_at = now() - interval '1 hour'
                WHERE state = 'running'
                """),
        claims ->
            stores
                .upkeep()
                .clean(JobState.COMPLETED, NOTHING_KEPT, null, Duration.ZERO, claims.size()));
  }

  private void act(
      int most, String name, Consumer<List<Claim>> before, Consumer<List<Claim>> work) {
    acts.put(name, new Act(most, before, work));
  }

  @Tag("thorough")
  @ParameterizedTest(name = "plans {0}, statistics of {1}")
  @CsvSource({"force_generic_plan, an empty table", "force_custom_plan, other jobs"})
  void whatAStatementDoesForAJobDoesNotGrowWithTheirNumber(String planMode, String statistics) {
    stores = stores(planMode);
    var dear = new ArrayList<String>();
    acts.forEach((name, act) -> {
      long once = rows(act, 1, statistics);
      double few = rows(act, FEW, statistics) / (double) FEW;
      double many = rows(act, MANY, statistics) / (double) MANY;
      if (once > ONCE_MAX || few > FEW_MAX || many > act.most()) {
        dear.add(
            "%s: %d rows for one job, %.1f a job for %d, %.1f for %d"
                .formatted(name, once, few, FEW, many, MANY));
      }
    });
    assertThat(dear).isEmpty();
  }

  private long rows(Act act, int jobs, String statistics) {
    server.execute("TRUNCATE river_job, cairn_checkpoint, cairn_wait, cairn_signal, cairn_client");
    server.execute("ALTER TABLE river_job SET (autovacuum_enabled = off)");
    server.execute("VACUUM ANALYZE river_job, cairn_checkpoint, cairn_wait");
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, queue, finalized_at)
        SELECT 'noop', '{}', 25, 'completed', 'elsewhere', now() + interval '1 hour'
        FROM generate_series(1, ?)
        """,
        OTHERS);
    if (statistics.equals("other jobs")) {
      server.execute("VACUUM ANALYZE river_job, cairn_checkpoint, cairn_wait");
    }
    server.execute(
        "INSERT INTO cairn_client (id, timeout) VALUES (?, '1 day'), ('other', '1 day')", CLIENT);
    server.execute(
        """
        WITH job AS (
          INSERT INTO river_job (kind, args, max_attempts)
          SELECT 'noop', '{}', 25 FROM generate_series(1, ?)
          RETURNING id
        )
        INSERT INTO cairn_checkpoint (job_id, name, finished, claimed_at, sequence, attempt)
        SELECT id, 'first', true, now(), 0, 1 FROM job
        """,
        jobs);
    List<Claim> claims = claim(jobs);
    assertThat(claims).hasSize(jobs);
    act.before().accept(claims);
    explained.take();
    act.work().accept(claims);
    return explained.take();
  }

  private List<Claim> claim(int limit) {
    var scope = new ClaimScope("default", CLIENT, Set.of());
    return stores.jobs().claim(scope, ClaimRange.ALL, limit).stream()
        .map(ClaimedJob::claim)
        .toList();
  }

  private void finish(List<Claim> claims, Outcome outcome, boolean resumable) {
    List<FinishedAttempt> attempts =
        claims.stream()
            .map(each ->
                new FinishedAttempt(
                    FencedClaim.of(each),
                    1,
                    outcome,
                    null,
                    resumable,
                    resumable ? List.of(write()) : List.of(),
                    TIMES))
            .toList();
    assertThat(stores.jobs().finish(CLIENT, attempts)).hasSameSizeAs(claims);
  }

  private static CheckpointWrite write() {
    var checkpoint =
        new Checkpoint("second", 2, true, null, new Progress(Duration.ZERO, null, null));
    return new CheckpointWrite(checkpoint, 1, false);
  }

  private static NewJob newJob(Claim claim, boolean unique) {
    return new NewJob(
        "noop",
        "{}",
        "{}",
        25,
        1,
        "other",
        null,
        false,
        List.of(),
        unique ? new UniqueKey("%064x".formatted(claim.jobId()), "11110101") : null);
  }
}
