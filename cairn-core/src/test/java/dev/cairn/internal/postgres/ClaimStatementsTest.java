package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.store.ClaimMark;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.QueueLook;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClaimStatementsTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private static final ClaimScope SCOPE = new ClaimScope("default", "client", Set.of());

  private final Database database = new Database(server.dataSource(), server.schema());
  private final ClaimStatements claims = new ClaimStatements(database);

  @BeforeEach
  void empty() {
    server.execute("TRUNCATE river_job RESTART IDENTITY");
    server.execute(
        "INSERT INTO cairn_client (id, timeout) VALUES ('client', '1 day') ON CONFLICT DO NOTHING");
  }

  /** Inserts jobs that are due since so many seconds; returns the id of the last one. */
  private static long insert(int jobs, int priority, int secondsAgo) {
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, priority, scheduled_at)
        SELECT 'noop', '{}', 25, ?, now() - ? * interval '1 second' FROM generate_series(1, ?)
        """,
        priority,
        secondsAgo,
        jobs);
    return server.number("SELECT max(id) FROM river_job");
  }

  private List<Long> claim(ClaimRange range, int limit) {
    return ids(claims.claim(SCOPE, range, limit));
  }

  private static List<Long> ids(List<ClaimedJob> jobs) {
    return jobs.stream().map(job -> job.claim().jobId()).toList();
  }

  @Test
  void theMostUrgentOnesComeFirstWhateverTheirAge() {
    long relaxed = insert(1, 4, 600);
    long younger = insert(1, 2, 10);
    long older = insert(1, 2, 20);
    long urgent = insert(1, 1, 1);

    assertThat(claim(ClaimRange.ALL, 3)).containsExactly(urgent, older, younger);
    assertThat(claim(ClaimRange.ALL, 3)).containsExactly(relaxed);
  }

  @Test
  void aClaimBeginsBehindItsMarksAndAtTheBeginningOfOtherPriorities() {
    long last = insert(3, 2, 60);
    long urgent = insert(1, 1, 60);
    ClaimedJob second = claims.claim(SCOPE, ClaimRange.ALL, 3).getLast();
    server.execute("UPDATE river_job SET state = 'available'");

    assertThat(claim(ClaimRange.from(List.of(ClaimMark.of(second))), 9))
        .containsExactly(urgent, last);
  }

  @Test
  void aLookBackEndsAtItsMarksAndLeavesPrioritiesWithoutOneAlone() {
    long first = insert(1, 1, 60);
    long second = insert(1, 1, 50);
    insert(1, 1, 40);
    insert(1, 2, 60);
    List<ClaimedJob> all = claims.claim(SCOPE, ClaimRange.ALL, 9);
    server.execute("UPDATE river_job SET state = 'available'");

    assertThat(claim(new ClaimRange(List.of(), List.of(ClaimMark.of(all.get(1)))), 9))
        .containsExactly(first, second);
  }

  @Test
  void whatWasInsertedAMomentBeforeAMarkIsNotMissed() {
    long late = insert(1, 1, 0);
    long early = insert(1, 1, 0);
    ClaimMark mark =
        new ClaimMark(
            1,
            claims.claim(SCOPE, ClaimRange.ALL, 2).getLast().scheduledAt().plusSeconds(3600),
            early);
    server.execute("UPDATE river_job SET state = 'available', scheduled_at = now()");

    assertThat(claim(ClaimRange.from(List.of(mark)), 9)).containsExactly(late, early);
  }

  /** One that was due in the queue when its id was read, and is no longer. */
  @ParameterizedTest
  @CsvSource({
    "available, 1, default, false, true",
    "available, -60, default, false, false",
    "available, 1, default, true, false",
    "available, 1, other, false, false",
    "retryable, 1, default, false, false",
    "scheduled, 1, default, false, false",
    "running, 1, default, false, false"
  })
  void aSingleJobIsClaimedOnlyIfItIsDue(
      String state, int secondsAgo, String queue, boolean paused, boolean claimed) {
    long id = insert(1, 1, secondsAgo);
    server.execute("UPDATE river_job SET state = ?::river_job_state, queue = ?", state, queue);
    server.execute(
        "INSERT INTO river_queue (name, updated_at, paused_at) SELECT 'default', now(), now() WHERE ?",
        paused);
    try {
      assertThat(claims.claim(id, SCOPE).isPresent()).isEqualTo(claimed);
      if (!claimed) {
        assertThat(claims.claimNow(id, "client", () -> {}).isPresent())
            .isEqualTo(!state.equals("running"));
      }
    } finally {
      server.execute("DELETE FROM river_queue");
    }
  }

  @Test
  void noJobBeyondTheLimitIsLocked() throws SQLException {
    insert(5, 1, 60);
    long next = insert(5, 2, 60);
    try (Connection connection = server.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      assertThat(new ClaimStatements(database.in(connection)).claim(SCOPE, ClaimRange.ALL, 5))
          .hasSize(5);

      assertThat(claim(ClaimRange.ALL, 9)).hasSize(5).contains(next);
      connection.rollback();
    }
  }

  @Test
  void onlyTheTransactionOfAClaimDoesNotWaitForTheDisk() throws SQLException {
    long id = insert(1, 1, 60);
    try (Connection connection = server.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      connection.createStatement().execute("SET synchronous_commit = on");
      connection.commit();

      assertThat(ids(new ClaimStatements(database.in(connection)).claim(SCOPE, ClaimRange.ALL, 5)))
          .containsExactly(id);
      assertThat(text(connection, "SHOW synchronous_commit")).isEqualTo("off");
      connection.commit();
      assertThat(text(connection, "SHOW synchronous_commit")).isEqualTo("on");
      connection.createStatement().execute("RESET synchronous_commit");
      connection.commit();
    }
  }

  /*
   * What a transaction has claimed stays at the head of the index as long as it is open, as it does
   * while anybody holds an older snapshot. The database counts the entries that it walks over.
   */
  @Test
  void claimsDoNotWalkOverWhatWasClaimedBefore() throws SQLException {
    int jobs = 4_000;
    int limit = 40;
    insert(jobs, 1, 60);
    try (Connection connection = server.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      ClaimStatements inTransaction = new ClaimStatements(database.in(connection));

      ClaimRange range = ClaimRange.ALL;
      for (int claimed = 0; claimed < jobs; claimed += limit) {
        List<ClaimedJob> batch = inTransaction.claim(SCOPE, range, limit);
        assertThat(batch).hasSize(limit);
        range = ClaimRange.from(List.of(ClaimMark.of(batch.getLast())));
      }

      // Claims from the head read 100 times 2,000 on average.
      assertThat(entriesRead(connection)).isBetween((long) jobs, 3L * jobs);
      connection.rollback();
    }
  }

  /** Seen before: it read on to the end of the queue, so that sections of the way were in vain. */
  @Test
  void aLookBackReadsNoEntriesBehindItsEnd() throws SQLException {
    insert(4_000, 1, 60);
    try (Connection connection = server.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      ClaimStatements inTransaction = new ClaimStatements(database.in(connection));
      List<ClaimMark> marks =
          inTransaction.claim(SCOPE, ClaimRange.ALL, 4_000).stream().map(ClaimMark::of).toList();
      long before = entriesRead(connection);

      var section = new ClaimRange(List.of(marks.get(999)), List.of(marks.get(1_999)));
      assertThat(inTransaction.claim(SCOPE, section, 40)).isEmpty();

      assertThat(entriesRead(connection) - before).isBetween(1L, 1_100L);
      connection.rollback();
    }
  }

  /** Of the index that claims go by, in the connection's transaction. */
  private static long entriesRead(Connection connection) throws SQLException {
    return Long.parseLong(
        text(
            connection,
            """
            SELECT pg_stat_get_xact_tuples_returned(
              'river_job_prioritized_fetching_index'::regclass)
            """));
  }

  private static String text(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  /** Inserts a job that is available, though maybe not due. */
  private static void insertDue(String queue, String scheduledAt) {
    server.execute(
        "INSERT INTO river_job (kind, args, max_attempts, queue, scheduled_at)"
            + " VALUES ('noop', '{}', 25, ?, "
            + scheduledAt
            + ")",
        queue);
  }

  private Map<Integer, Duration> untilDue(Set<String> kinds, String... queues) {
    return claims.untilDue(
        Stream.of(queues).map(queue -> new QueueLook(queue, ClaimRange.ALL)).toList(), kinds);
  }

  @Test
  void eachQueueHearsWhenItsNextJobIsDue() {
    insertDue("due", "now() - interval '1 second'");
    insertDue("due", "now() + interval '5 seconds'");
    insertDue("soon", "now() + interval '5 seconds'");
    insertDue("soon", "now() + interval '50 seconds'");
    insertDue("far", "now() + interval '61 minutes'");

    Map<Integer, Duration> due = untilDue(Set.of(), "far", "soon", "none", "due");

    assertThat(due).containsOnlyKeys(1, 3).containsEntry(3, Duration.ZERO);
    assertThat(due.get(1)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5));
    assertThat(untilDue(Set.of("other"), "due", "soon")).isEmpty();
    assertThat(untilDue(Set.of("other", "noop"), "due")).containsOnlyKeys(0);
  }

  /** No server before 17 subtracts the ends of time. */
  @Test
  void jobsThatAreDueSinceEverOrNeverSpoilNoLook() {
    insertDue("ever", "'-infinity'");
    insertDue("ever", "now() + interval '5 seconds'");
    insertDue("never", "'infinity'");
    insertDue("old", "'4713-01-01 00:00:00 BC'");

    assertThat(untilDue(Set.of(), "ever", "never", "old"))
        .isEqualTo(Map.of(0, Duration.ZERO, 2, Duration.ZERO));
  }

  @Test
  void aPausedQueueHearsOfNothing() {
    insertDue("paused", "now()");
    server.execute(
        "INSERT INTO river_queue (name, paused_at, updated_at) VALUES ('paused', now(), now())");

    assertThat(untilDue(Set.of(), "paused")).isEmpty();
  }
}
