package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.CairnException;
import dev.cairn.JobRow;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.Jobs;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A moment, such as the beginning of a test: {@link InsertedJobs#after(JobMark)} and {@link
 * JobRunner#after(JobMark)} see only jobs that were inserted later. Such jobs have higher ids.
 * After {@code TRUNCATE river_job RESTART IDENTITY}, or anything else that restarts the ids, all
 * jobs count as later. Immutable.
 */
public final class JobMark {
  /** Of a schema without tables, and of ids that come from nowhere. */
  private static final long NO_NUMBERS = 0;

  // A restart gives the sequence a new file. A transaction sees the file that it has created.
  private static final String NUMBERS =
      "coalesce(pg_relation_filenode(pg_get_serial_sequence(%s, 'id')::regclass)::bigint, "
          + NO_NUMBERS
          + ")";

  private static final String TABLE = "quote_ident(%s::text) || '.river_job'";

  private final long lastId;
  private final @Nullable Numbers numbers;

  /**
   * The sequence that gives jobs their ids.
   *
   * @param file its file in the database
   */
  private record Numbers(String schema, long file) {}

  private JobMark(long lastId, @Nullable Numbers numbers) {
    this.lastId = lastId;
    this.numbers = numbers;
  }

  /** The moment when this job was inserted. */
  static JobMark of(long jobId) {
    return new JobMark(jobId, null);
  }

  /**
   * The current moment.
   *
   * @param client lists the jobs
   * @param dataSource the client's database; if it is another one, restarted ids are not noticed
   * @param schema the client's schema
   */
  public static JobMark now(Cairn client, DataSource dataSource, String schema) {
    // A failed statement must not end the transaction that the test is in.
    Jobs jobs = client.outside().jobs();
    long last = lastId(jobs);
    Numbers numbers = numbers(dataSource, schema);
    return new JobMark(last, numbers != null && isOf(jobs, numbers) ? numbers : null);
  }

  /**
   * Whether the client's jobs have these ids, as far as it has jobs: it may be one of the
   * application's own, with another database or schema.
   */
  private static boolean isOf(Jobs jobs, Numbers numbers) {
    JobQuery any = JobQuery.all().latestFirst().withLimit(1).withoutContents();
    // By the table of the job itself; only the newest job is looked at.
    JobQuery same =
        any.withScanLimit(1)
            .where(
                "%s = :file::bigint".formatted(NUMBERS.formatted("job.tableoid::regclass::text")),
                Map.of("file", numbers.file()));
    try {
      return !jobs.list(same).jobs().isEmpty() || jobs.list(any).jobs().isEmpty();
    } catch (CairnException e) {
      return false;
    }
  }

  private static long lastId(Jobs jobs) {
    JobQuery newest = JobQuery.all().latestFirst().withLimit(1).withoutContents();
    return jobs.list(newest).jobs().stream().mapToLong(JobRow::id).findFirst().orElse(0);
  }

  /** Null if there are no tables. */
  private static @Nullable Numbers numbers(DataSource dataSource, String schema) {
    String sql =
        "SELECT %s FROM (SELECT %s AS name) AS jobs WHERE to_regclass(name) IS NOT NULL"
            .formatted(NUMBERS.formatted("name"), TABLE.formatted("?"));
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, schema);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? new Numbers(schema, rows.getLong(1)) : null;
      }
    } catch (SQLException e) {
      throw new IllegalStateException(
          "Could not look for the ids of the jobs in schema %s: %s [CAIRN-608]"
              .formatted(schema, e.getMessage()),
          e);
    }
  }

  /** The same query, for the jobs that were inserted later. */
  JobQuery later(JobQuery query) {
    if (numbers == null) {
      return lastId == 0
          ? query
          : query.where("job.id > :last_id::bigint", Map.of("last_id", lastId));
    }
    // One value for all rows, so that they are still found by the index.
    return query.where(
        "job.id > CASE WHEN %s = :file::bigint THEN :last_id::bigint ELSE 0 END"
            .formatted(NUMBERS.formatted(TABLE.formatted(":schema"))),
        Map.of("schema", numbers.schema(), "file", numbers.file(), "last_id", lastId));
  }
}
