package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.cairn.migrate.IndexProfile;
import dev.cairn.migrate.Migrator;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the leader does by its settings. */
class UpkeepTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("kept")
  record Kept(int number) {}

  @BeforeEach
  void forget() {
    sql("DELETE FROM %s.river_job");
    sql("DELETE FROM %s.river_leader");
    sql("DELETE FROM %s.river_queue");
  }

  private void sql(String sql) {
    database.execute(sql.formatted(database.schema()));
  }

  private long finished(String state, String queue, int hoursAgo) {
    return database.number(
        """
        INSERT INTO %s.river_job (kind, args, max_attempts, queue, state, finalized_at)
        VALUES ('kept', '{}', 25, ?, ?::%s.river_job_state, now() - ? * interval '1 hour')
        RETURNING id
        """
            .formatted(database.schema(), database.schema()),
        queue,
        state,
        hoursAgo);
  }

  private boolean exists(long id) {
    return clients.inserter().jobs().find(id).isPresent();
  }

  @Test
  void finishedJobsAreKeptAsLongAsTheirStateAndQueueSay() {
    long completed = finished("completed", "default", 3);
    long cancelled = finished("cancelled", "default", 1_000);
    long discarded = finished("discarded", "default", 3);
    long ofShortQueue = finished("discarded", "short", 1);
    long ofLongQueue = finished("completed", "long", 3);

    clients.start(
        Kept.class,
        (job, context) -> {},
        builder ->
            builder.retention(
                Retention.defaults()
                    .withCompleted(Duration.ofHours(2))
                    .withCancelled(Retention.FOREVER)
                    .withDiscarded(Duration.ofHours(4))
                    .withQueue("short", Retention.defaults().withDiscarded(Duration.ZERO))
                    .withQueue("long", Retention.defaults())));

    await().until(() -> !exists(completed) && !exists(ofShortQueue));
    assertThat(exists(cancelled)).isTrue();
    assertThat(exists(discarded)).isTrue();
    assertThat(exists(ofLongQueue)).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Retention.defaults().withCompleted(Duration.ofSeconds(-1)));
  }

  /** They lie before all others, and are more than one look sees. */
  @Test
  void manyJobsOfAQueueThatAreKeptLongerHoldUpNothing() {
    database.execute(
        """
        INSERT INTO %s.river_job (kind, args, max_attempts, queue, state, finalized_at)
        SELECT 'kept', '{}', 25, 'audit', 'completed', now() - number * interval '1 hour'
        FROM generate_series(25, 10100) AS number
        """
            .formatted(database.schema()));
    long first = finished("completed", "default", 30);
    clients.start(
        Kept.class,
        (job, context) -> {},
        builder ->
            builder.retention(
                Retention.defaults()
                    .withQueue("audit", Retention.defaults().withCompleted(Retention.FOREVER))));

    await().until(() -> !exists(first));
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.river_job WHERE queue = 'audit'"
                    .formatted(database.schema())))
        .isEqualTo(10_076);
  }

  /** Somebody has to look at them, and to redrive them. */
  @Test
  void completedJobsWithItemsAsideAreKeptAsLongAsDiscardedOnes() {
    long plain = finished("completed", "default", 30);
    long withItems = finished("completed", "default", 30);
    long old = finished("completed", "default", 8 * 24);
    for (long id : new long[] {withItems, old}) {
      database.execute(
          """
          INSERT INTO %s.cairn_quarantine (job_id, step, item, position, error)
          VALUES (?, 'load', 'one', '1', 'broken')
          """
              .formatted(database.schema()),
          id);
    }

    Cairn client = clients.start(Kept.class, (job, context) -> {});

    await().until(() -> !exists(plain) && !exists(old));
    assertThat(client.jobs().quarantined(withItems)).hasSize(1);
    assertThat(exists(withItems)).isTrue();
  }

  @Test
  void queuesThatNobodyWorksAreForgotten() {
    sql(
        """
        INSERT INTO %s.river_queue (name, updated_at)
        VALUES ('old', now() - interval '25 hours'), ('young', now() - interval '23 hours')
        """);

    Cairn client = clients.start(Kept.class, (job, context) -> {});

    await().until(() -> client.queues().find("old").isEmpty());
    assertThat(client.queues().find("young")).isPresent();
  }

  @ParameterizedTest
  @EnumSource
  void theIndexesOfTheProfileAreRebuiltBySchedule(IndexProfile profile) {
    Migrator migrator = Migrator.of(database.dataSource()).inSchema(database.schema());
    migrator.profile(profile);
    try {
      var asked = new AtomicInteger();
      var before = indexFiles();

      clients.start(
          Kept.class,
          (job, context) -> {},
          builder ->
              builder.reindex(after ->
                  asked.incrementAndGet() == 1
                      ? Every.of(Duration.ofSeconds(1)).next(after)
                      : Optional.empty()));

      await().atMost(Duration.ofMinutes(1)).until(() -> Collections.disjoint(before, indexFiles()));
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() ->
              database.number("SELECT count(*) FROM pg_class WHERE relname LIKE '%\\_ccnew%'")
                  == 0);
      assertThat(migrator.profile()).contains(profile);
    } finally {
      migrator.profile(IndexProfile.RIVER);
    }
  }

  private List<?> leaders() {
    return database
        .query("SELECT leader_id FROM %s.river_leader".formatted(database.schema()))
        .stream()
        .map(row -> row.get("leader_id"))
        .toList();
  }

  private Cairn startThatNeverLeads() {
    Cairn client =
        clients.start(
            Kept.class,
            (job, context) -> {},
            builder ->
                builder
                    .neverLeads()
                    .periodicJob(
                        PeriodicJob.of(
                            "never",
                            Every.of(Duration.ofSeconds(1)),
                            due -> JobInsert.of(new Kept(2)))));
    clients.await(client.insert(new Kept(1)).id(), JobState.COMPLETED);
    return client;
  }

  private long insertDue() {
    return database.number(
        """
        INSERT INTO %s.river_job (kind, args, max_attempts, state, scheduled_at)
        VALUES ('kept', '{"number": 3}', 25, 'scheduled', now() - interval '1 minute')
        RETURNING id
        """
            .formatted(database.schema()));
  }

  @Test
  void aClientThatNeverLeadsLeavesTheUpkeepToOneThatDoes() {
    Cairn follower = startThatNeverLeads();
    long due = insertDue();
    assertThat(leaders()).as("it works jobs, and was the first there").isEmpty();

    Cairn leader = clients.start(Kept.class, (job, context) -> {});

    clients.await(due, JobState.COMPLETED);
    assertThat(leaders()).isEqualTo(List.of(leader.id()));
    leader.stop();
    assertThat(leaders()).as("the follower is told that the leader has resigned").isEmpty();
    long later = insertDue();
    clients.await(follower.insert(new Kept(1)).id(), JobState.COMPLETED);
    assertThat(leaders()).isEmpty();
    assertThat(follower.jobs().find(later).orElseThrow().state()).isEqualTo(JobState.SCHEDULED);
    assertThat(
            database.number("SELECT count(*) FROM %s.cairn_periodic".formatted(database.schema())))
        .isZero();
    follower.stop(Duration.ofSeconds(5));
  }

  @Test
  void aClientThatNeverLeadsRescuesTheJobsOfDeadClients() {
    startThatNeverLeads();
    sql(
        """
        INSERT INTO %s.cairn_client (id, heartbeat_at, timeout)
        VALUES ('dead', now() - interval '1 minute', '1 second')
        """);
    long orphan =
        database.number(
            """
            INSERT INTO %s.river_job
              (kind, args, max_attempts, state, attempt, attempted_at, attempted_by)
            VALUES ('kept', '{"number": 3}', 25, 'running', 1, now(), '{dead}')
            RETURNING id
            """
                .formatted(database.schema()));

    clients.await(orphan, JobState.COMPLETED);
    assertThat(leaders()).isEmpty();
  }

  /** An index that was rebuilt is in another file. */
  private static List<?> indexFiles() {
    return database.query(
        """
        SELECT index.relfilenode
        FROM pg_index
        JOIN pg_class AS index ON index.oid = pg_index.indexrelid
        WHERE pg_index.indrelid = '%s.river_job'::regclass
        """
            .formatted(database.schema()));
  }
}
