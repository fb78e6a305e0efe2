package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What it costs to wake jobs, counted by the server in rows and entries of indexes. */
class WaitPlansTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();
  @RegisterExtension final OneConnection connection = new OneConnection(server);

  private static final int OTHERS = 20_000;

  /**
   * For each job: its waits, itself, what it waits for, its lock, its change. One of the possible
   * plans reads 13.
   */
  private static final int READ_FOR_EACH = 14;

  private final PostgresWaitStore waits = new PostgresWaitStore(connection.database());

  @BeforeEach
  void empty() {
    server.execute("TRUNCATE river_job, cairn_wait, cairn_signal RESTART IDENTITY");
    // So that no statistics come in between.
    for (String table : List.of("river_job", "cairn_wait", "cairn_signal")) {
      server.execute("ALTER TABLE %s SET (autovacuum_enabled = off)".formatted(table));
    }
  }

  private static void insert(int count, String state) {
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, scheduled_at, finalized_at)
        SELECT 'noop', '{}', 25, ?::river_job_state, now() + interval '1 day',
          CASE WHEN ? = 'completed' THEN now() END
        FROM generate_series(1, ?)
        """,
        state,
        state,
        count);
  }

  /** Each job that is scheduled last waits: for a signal and for a job that is gone. */
  private static void letWait(int count) {
    server.execute(
        """
        INSERT INTO cairn_wait (job_id, step, signal, awaited_job)
        SELECT id, step, CASE WHEN step = 'signal' THEN 'go' END, CASE WHEN step = 'job' THEN 0 END
        FROM (SELECT id FROM river_job WHERE state = 'scheduled' ORDER BY id DESC LIMIT ?) AS job,
          unnest('{signal,job}'::text[]) AS step
        """,
        count);
  }

  private long read(Callable<Integer> waking, int woken) throws Exception {
    long before = read();
    assertThat(waking.call()).isEqualTo(woken);
    return read() - before;
  }

  private long read() throws SQLException {
    return connection.entriesRead() + connection.rowsScanned();
  }

  @ParameterizedTest
  @ValueSource(strings = {"scheduled", "completed"})
  void g2_nothingIsReadOfJobsThatWaitForNothing(String statistics) throws Exception {
    insert(OTHERS, statistics);
    server.execute("VACUUM ANALYZE river_job");
    insert(OTHERS, "scheduled");

    assertThat(read(() -> waits.wake(10_000), 0)).isLessThan(100);
    assertThat(read(() -> waits.signal("go", null), 0)).isLessThan(100);
  }

  @Tag("thorough")
  @ParameterizedTest
  @ValueSource(ints = {10, 500, 4_000})
  void g2_wakingReadsInProportionToTheJobsThatAreWoken(int woken) throws Exception {
    insert(OTHERS, "completed");
    server.execute("VACUUM ANALYZE river_job");
    insert(OTHERS, "scheduled");
    letWait(woken);
    long most = 100 + (long) READ_FOR_EACH * woken;

    assertThat(read(() -> waits.wake(10_000), woken)).isLessThan(most);
    assertThat(read(() -> waits.wake(10_000), 0)).isLessThan(most);
    int atOnce = Math.min(woken, PostgresWaitStore.WOKEN_AT_ONCE_MAX);
    // Those that are due need no signal.
    assertThat(read(() -> waits.signal("go", null), 0)).isLessThan(most);
    server.execute(
        """
        UPDATE river_job SET state = 'scheduled', scheduled_at = now() + interval '1 day'
        WHERE state = 'available'
        """);
    assertThat(read(() -> waits.signal("go", null), atOnce)).isLessThan(most);
    assertThat(read(() -> waits.wake(10_000), woken > atOnce ? woken : 0)).isLessThan(most);
  }
}
