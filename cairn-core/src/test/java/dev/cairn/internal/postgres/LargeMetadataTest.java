package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.AttemptError;
import dev.cairn.TestDatabase;
import dev.cairn.embedded.ServerOptions;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.Stores;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.json.JsonMapper;

/**
 * A job's log is in its metadata, which may have megabytes. A statement reads them a few times,
 * however many checkpoints the job has, and does not write them anew if nothing in them changes.
 */
class LargeMetadataTest {
  @RegisterExtension
  static final TestDatabase server =
      TestDatabase.onServerWith(
          ServerOptions.forTests().withSetting("shared_preload_libraries", "auto_explain"));

  private static final String CLIENT = "client";
  private static final int STEPS = 50;

  private static final AttemptTimes TIMES = new AttemptTimes(Duration.ZERO, Duration.ZERO, 0);

  private final ExplainedStatements explained = new ExplainedStatements();
  private final Map<String, Act> acts = new TreeMap<>();
  private final HikariDataSource pool = pool();
  private final Stores stores = PostgresStores.of(explained.of(pool), server.schema());

  /**
   * What is done to a job.
   *
   * @param reads how often it may read the metadata: for the fence, for a key, for the outcome
   */
  private record Act(int reads, Consumer<Claim> work) {}

  private static HikariDataSource pool() {
    var config = new HikariConfig();
    config.setDataSource(server.fresh().dataSource());
    config.setMaximumPoolSize(1);
    config.setConnectionInitSql(ExplainedStatements.SETTINGS);
    return new HikariDataSource(config);
  }

  @AfterEach
  void close() {
    pool.close();
  }

  LargeMetadataTest() {
    acts.put(
        "load checkpoints",
        new Act(3, claim -> assertThat(stores.checkpoints().load(claim)).isNotNull()));
    acts.put(
        "inspect",
        new Act(
            1,
            claim ->
                assertThat(stores.jobs().inspect(CLIENT, List.of(FencedClaim.of(claim))))
                    .singleElement()
                    .satisfies(status -> assertThat(status.standing()).isEqualTo(Standing.HELD))));
    acts.put(
        "complete with steps", new Act(4, claim -> finish(claim, new Outcome.Completed(), true)));
    acts.put(
        "retry",
        new Act(
            5,
            claim ->
                finish(
                    claim,
                    new Outcome.Retried(
                        new AttemptError(Instant.EPOCH, 1, "x", ""), Duration.ofHours(1), 0),
                    false)));
    acts.put(
        "snooze",
        new Act(5, claim -> finish(claim, new Outcome.Snoozed(Duration.ofHours(1)), false)));
  }

  @Test
  void areReadAFewTimesAndNotWrittenAnew() {
    double once = pagesOfMetadata();
    assertThat(once).as("so large that they have pages of their own").isGreaterThan(100);
    acts.forEach((name, act) -> {
      long more = pages(act.work(), true) - pages(act.work(), false);
      assertThat(more / once).as(name).isLessThan(act.reads() + 0.5);
    });
  }

  /** The pages that the act looks at, for a job with small or large metadata. */
  private long pages(Consumer<Claim> act, boolean large) {
    Claim claim = claimed(large);
    explained.takePages();
    act.accept(claim);
    return explained.takePages();
  }

  private long pagesOfMetadata() {
    claimed(true);
    return JsonMapper.shared()
        .readTree(
            server.text(
                "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT length(metadata::text) FROM river_job"))
        .get(0)
        .get("Plan")
        .get("Shared Hit Blocks")
        .asLong();
  }

  private Claim claimed(boolean large) {
    server.execute("TRUNCATE river_job, cairn_checkpoint, cairn_client");
    server.execute("INSERT INTO cairn_client (id, timeout) VALUES (?, '1 day')", CLIENT);
    // Digests, because what can be compressed needs few pages.
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, metadata)
        SELECT 'noop', '{}', 25, jsonb_build_object('river:log', string_agg(md5(part::text), ''))
        FROM generate_series(1, ?) AS part
        """,
        large ? 32_768 : 1);
    Claim claim =
        stores
            .jobs()
            .claim(new ClaimScope("default", CLIENT, Set.of()), ClaimRange.ALL, 1)
            .getFirst()
            .claim();
    server.execute(
        """
        INSERT INTO cairn_checkpoint (job_id, name, finished, claimed_at, sequence, attempt)
        SELECT ?, 'step ' || n, true, now(), 0, 1 FROM generate_series(1, ?) AS n
        """,
        claim.jobId(),
        STEPS);
    return claim;
  }

  private void finish(Claim claim, Outcome outcome, boolean resumable) {
    var attempt =
        new FinishedAttempt(FencedClaim.of(claim), 1, outcome, null, resumable, List.of(), TIMES);
    assertThat(stores.jobs().finish(CLIENT, List.of(attempt))).hasSize(1);
  }
}
