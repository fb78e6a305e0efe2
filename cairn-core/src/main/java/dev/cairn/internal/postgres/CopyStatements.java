package dev.cairn.internal.postgres;

import dev.cairn.internal.store.NewJob;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;

/**
 * Inserts many jobs with COPY. COPY can neither compare times with the database's clock nor skip
 * duplicates. So {@link InsertStatements} inserts the jobs with a time, a delay or a unique key, in
 * the same transaction.
 */
final class CopyStatements {
  private final Database database;
  private final InsertStatements inserts;
  private final InsertNotices notices;

  CopyStatements(Database database, InsertStatements inserts, InsertNotices notices) {
    this.database = database;
    this.inserts = inserts;
    this.notices = notices;
  }

  private static final Sql COPY =
      Sql.of(
          "insert jobs with COPY",
          """
          COPY {schema}.river_job (kind, args, metadata, max_attempts, priority, queue, state, tags)
          FROM STDIN
          """);

  private static final Sql TELL =
      Sql.of(
          "notify queues of copied jobs",
          """
          SELECT pg_current_xact_id()::text,
            (SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
              FROM unnest(:queues::text[]) AS told (queue)
              WHERE :tell)
          """);

  long insert(List<NewJob> jobs) {
    return database.withAutoCommit(
        false,
        COPY.purpose(),
        connection -> {
          long inserted = insertInTransaction(connection, jobs);
          connection.commit();
          return inserted;
        });
  }

  long insert(Connection connection, List<NewJob> jobs) {
    return database.together(connection, COPY.purpose(), it -> insertInTransaction(it, jobs));
  }

  private long insertInTransaction(Connection connection, List<NewJob> jobs) throws SQLException {
    List<NewJob> plain = jobs.stream().filter(CopyStatements::isPlain).toList();
    List<NewJob> others = jobs.stream().filter(job -> !isPlain(job)).toList();
    Insertion insertion = inserts.insert(database.in(connection), others, false);
    long inserted = insertion.results().stream().filter(result -> !result.isDuplicate()).count();
    if (!plain.isEmpty()) {
      inserted += copy(connection, plain);
    }
    tell(connection, plain, insertion.dueQueues());
    return inserted;
  }

  private static boolean isPlain(NewJob job) {
    return job.scheduledAt() == null && job.delay() == null && !job.isUnique();
  }

  private long copy(Connection connection, List<NewJob> jobs) throws SQLException {
    var rows = new StringBuilder();
    for (NewJob job : jobs) {
      append(rows, job.kind()).append('\t');
      append(rows, job.args()).append('\t');
      append(rows, job.metadata()).append('\t');
      rows.append(job.maxAttempts()).append('\t').append(job.priority()).append('\t');
      append(rows, job.queue()).append('\t');
      rows.append(job.pending() ? "pending" : "available").append('\t');
      rows.append(tags(job)).append('\n');
    }
    try {
      return connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(COPY.in(database.in(connection).schema()), new StringReader(rows.toString()));
    } catch (IOException e) {
      throw new SQLException("the rows could not be sent", e);
    }
  }

  /**
   * The tags, in quotes because PostgreSQL reads an unquoted null as NULL. Tags contain no
   * characters that need escaping.
   */
  private static String tags(NewJob job) {
    return job.tags().stream()
        .map(tag -> '"' + tag + '"')
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static StringBuilder append(StringBuilder rows, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> rows.append("\\\\");
        case '\t' -> rows.append("\\t");
        case '\n' -> rows.append("\\n");
        case '\r' -> rows.append("\\r");
        default -> rows.append(c);
      }
    }
    return rows;
  }

  private void tell(Connection connection, List<NewJob> copied, Set<String> others) {
    var queues = new HashSet<>(others);
    copied.stream().filter(job -> !job.pending()).map(NewJob::queue).forEach(queues::add);
    if (queues.isEmpty()) {
      return;
    }
    boolean tells = notices.insertionTells();
    Session session = database.in(connection);
    String transaction =
        session
            .list(
                TELL,
                Map.of(
                    "channel",
                    session.schema().channel("river_insert"),
                    "queues",
                    SqlArray.texts(List.copyOf(queues), queue -> queue),
                    "tell",
                    tells),
                row -> row.getString(1))
            .getFirst();
    if (!tells) {
      notices.oweAfter(transaction, queues);
    }
  }
}
