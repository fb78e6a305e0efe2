package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.JobState;
import dev.cairn.TestDatabase;
import dev.cairn.embedded.ServerOptions;
import dev.cairn.internal.postgres.BacklogStatement.Limits;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.QueueBacklog;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What waits in the queues, and what it costs to know. */
class BacklogTest {
  @RegisterExtension
  static final TestDatabase server =
      TestDatabase.onServerWith(
          ServerOptions.forTests().withSetting("shared_preload_libraries", "auto_explain"));

  private static final int FINISHED = 9_000;
  private static final int ROUNDS = 12;

  private final ExplainedStatements explained = new ExplainedStatements();
  private HikariDataSource pool = new HikariDataSource();

  @BeforeEach
  void empty() {
    server.execute("TRUNCATE river_job, river_queue, cairn_quarantine");
    server.execute("ALTER TABLE river_job SET (autovacuum_enabled = off)");
    server.execute("VACUUM ANALYZE river_job");
  }

  @AfterEach
  void close() {
    pool.close();
  }

  private Database database(String planMode) {
    pool.close();
    var config = new HikariConfig();
    config.setDataSource(server.fresh().dataSource());
    config.setMaximumPoolSize(1);
    config.setConnectionInitSql(ExplainedStatements.SETTINGS + "SET plan_cache_mode = " + planMode);
    pool = new HikariDataSource(config);
    return new Database(explained.of(pool), server.schema());
  }

  private Backlog read(Limits limits) {
    return new BacklogStatement(database("auto"), limits).run();
  }

  private static void insert(String queue, String state, int count, String scheduledAt) {
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, queue, state, finalized_at, priority,
          scheduled_at)
        SELECT 'noop', '{}', 25, '%s', '%s',
          CASE WHEN '%s' IN ('cancelled', 'completed', 'discarded') THEN now() END,
          1 + number %% 4, %s
        FROM generate_series(1, %d) AS number
        """
            .formatted(queue, state, state, scheduledAt, count));
  }

  @Test
  void jobsThatHaveNotCompletedAreCountedByQueueAndState() {
    insert("mail", "available", 3, "now() - interval '1 hour'");
    insert("mail", "scheduled", 2, "now() + interval '1 hour'");
    insert("mail", "discarded", 1, "now()");
    insert("mail", "completed", 7, "now()");
    insert("mail", "cancelled", 7, "now()");
    insert("slow", "running", 4, "now()");
    insert("slow", "retryable", 5, "now() - number * interval '1 minute'");
    insert("slow", "pending", 6, "now()");
    server.execute(
        "INSERT INTO river_queue (name, paused_at, updated_at) VALUES ('idle', NULL, now()),"
            + " ('slow', now(), now())");
    server.execute(
        "INSERT INTO cairn_quarantine (job_id, step, item, position, error)"
            + " SELECT 1, 'rows', number::text, '1', 'why' FROM generate_series(1, 8) AS number");

    Backlog backlog = read(new Limits(100, 1_000, 10_000));

    assertThat(backlog.quarantined()).isEqualTo(8);
    assertThat(backlog.countedUpTo()).isEqualTo(1_000);
    assertThat(backlog.queues())
        .extracting(QueueBacklog::queue, QueueBacklog::paused)
        .containsExactly(tuple("idle", false), tuple("mail", false), tuple("slow", true));
    QueueBacklog mail = backlog.queues().get(1);
    assertThat(mail.jobs())
        .isEqualTo(Map.of(JobState.AVAILABLE, 3L, JobState.SCHEDULED, 2L, JobState.DISCARDED, 1L));
    assertThat(mail.overdue().get(JobState.AVAILABLE))
        .isBetween(Duration.ofMinutes(60), Duration.ofMinutes(70));
    assertThat(mail.overdue().get(JobState.SCHEDULED)).isEqualTo(Duration.ZERO);
    QueueBacklog slow = backlog.queues().get(2);
    assertThat(slow.jobs())
        .isEqualTo(Map.of(JobState.RUNNING, 4L, JobState.RETRYABLE, 5L, JobState.PENDING, 6L));
    assertThat(slow.overdue()).containsOnlyKeys(JobState.RETRYABLE);
    assertThat(slow.overdue().get(JobState.RETRYABLE))
        .isBetween(Duration.ofMinutes(5), Duration.ofMinutes(15));
    assertThat(backlog.queues().getFirst().jobs()).isEmpty();
  }

  @Test
  void infiniteTimesAreNoObstacle() {
    insert("odd", "available", 1, "'-infinity'");
    insert("odd", "scheduled", 1, "'infinity'");

    QueueBacklog odd = read(new Limits(100, 1_000, 10_000)).queues().getFirst();

    assertThat(odd.overdue().get(JobState.AVAILABLE)).isGreaterThan(Duration.ofDays(365));
    assertThat(odd.overdue().get(JobState.SCHEDULED)).isEqualTo(Duration.ZERO);
  }

  @Test
  void numbersAndPlacesAreBounded() {
    insert("a", "available", 30, "now()");
    insert("b", "available", 30, "now()");
    insert("c", "available", 30, "now()");

    assertThat(read(new Limits(100, 20, 1_000)).queues())
        .extracting(queue -> queue.jobs().get(JobState.AVAILABLE))
        .containsExactly(20L, 20L, 20L);
    Backlog shared = read(new Limits(100, 20, 30));
    assertThat(shared.countedUpTo()).isEqualTo(10);
    assertThat(shared.queues())
        .extracting(queue -> queue.jobs().get(JobState.AVAILABLE))
        .containsExactly(10L, 10L, 10L);
    assertThat(read(new Limits(2, 20, 1_000)).queues()).hasSize(2);
  }

  @Test
  void nothingIsSaidOfAQueueOfWhichAStateWasNotLookedAt() {
    for (String queue : List.of("a", "b", "c", "d")) {
      insert(queue, "available", 3, "now()");
      insert(queue, "retryable", 2, "now()");
    }
    insert("a", "running", 1, "now()");
    server.execute(
        "INSERT INTO river_queue (name, paused_at, updated_at) VALUES ('b', now(), now()),"
            + " ('c', NULL, now()), ('d', now(), now())");

    Backlog cut = read(new Limits(6, 20, 1_000));

    assertThat(cut.complete()).isFalse();
    assertThat(cut.queues())
        .extracting(QueueBacklog::queue, QueueBacklog::paused)
        .containsExactly(tuple("a", false), tuple("b", true));
    assertThat(cut.queues())
        .extracting(queue -> queue.jobs().get(JobState.RETRYABLE))
        .containsExactly(2L, 2L);
    assertThat(read(new Limits(9, 20, 1_000)).complete()).isTrue();
    assertThat(read(new Limits(9, 20, 1_000)).queues()).hasSize(4);
  }

  /** Neither the finished jobs, nor more than the limit of those that wait, are read. */
  @ParameterizedTest(name = "{0}, statistics of {1}")
  @CsvSource({
    "auto, nothing",
    "auto, all",
    "force_generic_plan, nothing",
    "force_generic_plan, all",
    "force_generic_plan, finished"
  })
  void g3_itReadsNoMoreThanItCounts(String planMode, String statistics) {
    insert("mail", "completed", FINISHED, "now()");
    if (statistics.equals("finished")) {
      server.execute("VACUUM ANALYZE river_job");
    }
    List.of("a", "b", "c").forEach(queue -> insert(queue, "available", FINISHED / 10, "now()"));
    insert("a", "discarded", FINISHED / 10, "now()");
    if (statistics.equals("all")) {
      server.execute("VACUUM ANALYZE river_job");
    }
    var statement = new BacklogStatement(database(planMode), new Limits(100, 200, 10_000));
    for (int round = 0; round < ROUNDS; round++) {
      statement.run();
    }
    explained.take();

    statement.run();

    // Each of the 800 jobs is moved through a scan, a limit and a count.
    assertThat(explained.take()).isLessThan(800 * 3 + 300);
  }

  @Test
  void jobsAreCountedInTheIndexAlone() throws Exception {
    insert("mail", "completed", FINISHED, "now()");
    insert("a", "available", FINISHED / 10, "now()");
    server.execute("VACUUM ANALYZE river_job");
    String plan = explain();

    assertThat(plan).contains("Index Only Scan using river_job_prioritized_fetching_index");
    assertThat(plan).doesNotContain("Seq Scan on river_job").doesNotContain("Bitmap");
  }

  private static String explain() {
    String sql =
        BacklogStatement.text(new SchemaName(server.schema()))
            .replaceFirst("\\?", "100")
            .replaceFirst("\\?", "200")
            .replaceFirst("\\?", "10000")
            .replaceFirst("\\?", "100")
            .replaceFirst("\\?", "200");
    var plan = new StringBuilder();
    server
        .query("EXPLAIN " + sql)
        .forEach(row -> plan.append(row.values().iterator().next()).append('\n'));
    return plan.toString();
  }
}
