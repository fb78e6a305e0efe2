package dev.cairn.benchmarks.dashboard;

import dev.cairn.benchmarks.measure.RiverTable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Jobs of all states, as in production: nearly all are completed, few wait, run or have failed. */
final class ManyJobs {
  /** A kind that only ten jobs have. */
  static final String RARE_KIND = "rare";

  /** A customer that few jobs have in their arguments. */
  static final int CUSTOMER = 4_711;

  private static final int BATCH = 500_000;
  private static final int RARE_JOBS = 10;
  private static final int RESUMABLE_MAX = 1_000;

  // One job in a thousand is running, two in a hundred are available.
  private static String jobs(int from, int to, int all) {
    return """
    INSERT INTO river_job (state, kind, queue, args, metadata, tags, priority, attempt,
      max_attempts, errors, attempted_by, created_at, scheduled_at, attempted_at, finalized_at)
    SELECT state::river_job_state,
      CASE WHEN number <= %3$d THEN 'rare' ELSE 'kind_' || number %% 20 END,
      'queue_' || number %% 5,
      jsonb_build_object('customer', number %% 100000, 'file', md5(number::text)),
      CASE WHEN number %% 5000 = 7
        THEN jsonb_build_object('periodic', true, 'river:periodic_job_id', 'often/' || number %% 30)
        WHEN number <= %3$d
        THEN jsonb_build_object('periodic', true, 'river:periodic_job_id', 'seldom/' || number)
        ELSE jsonb_build_object('output', jsonb_build_object('rows', number)) END,
      CASE WHEN number %% 50 = 0 THEN ARRAY['tag_' || number %% 7] ELSE '{}' END,
      1 + number %% 4,
      CASE WHEN state IN ('available', 'scheduled', 'pending') THEN 0 ELSE 1 END,
      25,
      CASE WHEN state IN ('retryable', 'discarded') THEN ARRAY[jsonb_build_object(
        'at', now(), 'attempt', 1, 'error', 'the supplier does not answer', 'trace', 'at Shop.buy')]
        END,
      CASE WHEN state NOT IN ('available', 'scheduled', 'pending')
        THEN ARRAY['client-' || number %% 20] END,
      now() - age - interval '1 second',
      CASE WHEN state IN ('scheduled', 'retryable') THEN now() + age ELSE now() - age END,
      CASE WHEN state NOT IN ('available', 'scheduled', 'pending') THEN now() - age END,
      CASE WHEN state IN ('completed', 'cancelled', 'discarded') THEN now() - age END
    FROM (
      SELECT number, (1 + %4$d - number) * interval '10 ms' AS age,
        CASE WHEN number %% 1000 = 0 THEN 'running'
          WHEN number %% 1000 <= 20 AND number > %3$d THEN 'available'
          WHEN number %% 1000 <= 30 AND number > %3$d THEN 'scheduled'
          WHEN number %% 1000 <= 35 AND number > %3$d THEN 'retryable'
          WHEN number %% 1000 <= 45 AND number > %3$d THEN 'discarded'
          WHEN number %% 1000 <= 50 AND number > %3$d THEN 'cancelled'
          WHEN number %% 1000 <= 53 AND number > %3$d THEN 'pending'
          ELSE 'completed' END AS state
      FROM generate_series(%1$d, %2$d) AS number
    ) AS jobs
    """
        .formatted(from, to, RARE_JOBS, all);
  }

  // The checkpoints of the newest running jobs, and of the page of one job.
  private static String around() {
    return """
    INSERT INTO cairn_checkpoint (job_id, name, position, finished, value, claimed_at, sequence,
      attempt, started_at, spent_ms, done, total)
    SELECT job.id, 'step ' || step, step, step < 3, to_jsonb(job.id), job.attempted_at, step, 1,
      job.attempted_at, 1000, step * 100, 1000
    FROM (SELECT id, attempted_at FROM river_job WHERE state = 'running' ORDER BY id DESC LIMIT %1$d)
      AS job, generate_series(1, 3) AS step;
    INSERT INTO cairn_quarantine (job_id, step, item, position, error, crashes)
    SELECT id, 'step 3', 'item', to_jsonb(id), 'a bad line', 1
    FROM river_job WHERE state = 'running' ORDER BY id DESC LIMIT %1$d;
    INSERT INTO cairn_client (id, timeout)
    SELECT 'client-' || number, interval '1 hour' FROM generate_series(0, 19) AS number;
    INSERT INTO river_queue (name, updated_at)
    SELECT 'queue_' || number, now() FROM generate_series(0, 4) AS number;
    INSERT INTO cairn_periodic (id, next_run_at)
    SELECT name || number, now() + number * interval '1 hour'
    FROM unnest(ARRAY['often/', 'seldom/']) AS name, generate_series(1, 10) AS number
    """
        .formatted(RESUMABLE_MAX);
  }

  private final RiverTable table;
  private final Consumer<String> progress;

  ManyJobs(RiverTable table, Consumer<String> progress) {
    this.table = table;
    this.progress = progress;
  }

  /** Fills the empty tables. The indexes are built afterwards, which is faster. */
  void fill(int jobs) throws SQLException {
    List<String> indexes = dropIndexes();
    for (int from = 1; from <= jobs; from += BATCH) {
      int to = Math.min(jobs, from + BATCH - 1);
      table.execute(jobs(from, to, jobs));
      progress.accept("%,d of %,d jobs inserted".formatted(to, jobs));
    }
    for (String index : indexes) {
      table.execute(index);
    }
    table.execute(around());
    table.settle();
  }

  private List<String> dropIndexes() throws SQLException {
    var definitions = new ArrayList<String>();
    try (Connection connection = table.dataSource().getConnection();
        var statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT index.indexdef, index.indexname
                FROM pg_indexes AS index
                WHERE index.schemaname = current_schema AND index.tablename = 'river_job'
                  AND index.indexname <> 'river_job_pkey'
                """)) {
      while (rows.next()) {
        definitions.add(rows.getString(1));
        table.execute("DROP INDEX \"%s\"".formatted(rows.getString(2)));
      }
    }
    return definitions;
  }

  /** The newest job in a state. */
  long newest(String state) throws SQLException {
    return newest(state, 1).getFirst();
  }

  /** The newest jobs in a state, at most so many. */
  List<Long> newest(String state, int most) throws SQLException {
    var ids = new ArrayList<Long>();
    try (Connection connection = table.dataSource().getConnection();
        var statement =
            connection.prepareStatement(
                """
                SELECT id FROM river_job WHERE state = ?::river_job_state
                ORDER BY id DESC LIMIT ?
                """)) {
      statement.setString(1, state);
      statement.setInt(2, most);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          ids.add(rows.getLong(1));
        }
      }
    }
    return ids;
  }
}
