package dev.cairn.internal.postgres;

import dev.cairn.JobProgress;
import dev.cairn.internal.store.JobControlStore;
import java.sql.Connection;
import java.util.Map;
import java.util.Optional;

/** Resumable jobs from outside: their progress, and what operators do to them. */
final class PostgresJobControlStore implements JobControlStore {
  private final Database database;
  private final Session session;

  PostgresJobControlStore(Database database) {
    this(database, database);
  }

  private PostgresJobControlStore(Database database, Session session) {
    this.database = database;
    this.session = session;
  }

  @Override
  public JobControlStore in(Connection connection) {
    return new PostgresJobControlStore(database, database.in(connection));
  }

  @Override
  public Optional<JobProgress> progress(long id) {
    return session.list(ProgressRows.SELECT, Map.of("id", id), ProgressRows::progress).stream()
        .findFirst();
  }
}
