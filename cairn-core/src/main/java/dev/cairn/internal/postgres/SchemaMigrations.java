package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.migrate.MigrationDirection;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Applies migrations to one schema and reverts them. Thread-safe. */
public final class SchemaMigrations {
  /** How much longer the network timeout is than the read timeout. */
  private static final Duration NETWORK = Duration.ofSeconds(2);

  private static final Log log = Log.of(SchemaMigrations.class);

  /**
   * While a migration waits for the lock of a table, every later statement on that table waits
   * behind it. So the migration waits only briefly, pauses to let these statements run, and tries
   * again.
   */
  private static final Patience PATIENCE =
      new Patience(Duration.ofSeconds(5), Duration.ofSeconds(2), 10);

  private final Database database;
  private final MigrationRecord record;
  private final @Nullable Duration readTimeout;
  private final Patience patience;

  /**
   * How to wait for the lock of a table.
   *
   * @param most how long each try waits
   * @param pause the pause between two tries
   */
  record Patience(Duration most, Duration pause, int tries) {}

  /**
   * @param schema the schema's name; null for the connection's current schema, which is read when
   *     it is first needed
   * @param readTimeout the timeout of each statement of {@link #look}; null for none
   */
  public SchemaMigrations(
      DataSource dataSource, @Nullable String schema, @Nullable Duration readTimeout) {
    this(dataSource, schema, readTimeout, PATIENCE);
  }

  SchemaMigrations(
      DataSource dataSource,
      @Nullable String schema,
      @Nullable Duration readTimeout,
      Patience patience) {
    this.database = new Database(dataSource, schema);
    this.record = new MigrationRecord(database);
    this.readTimeout = readTimeout;
    this.patience = patience;
  }

  /** A migration step that was applied or reverted. */
  public record Done(MigrationScript script, Duration duration) {}

  public SchemaName schema() {
    return database.schema();
  }

  /** The current state. Waits for a step in progress. */
  public SchemaState state() {
    return inTransaction(LOCK_TO_READ, null, record::read);
  }

  /** Like {@link #state}, but fails if a statement takes longer than the read timeout. */
  public SchemaState look() {
    return inTransaction(LOCK_TO_READ, readTimeout, record::read);
  }

  /**
   * Takes one step in a transaction of its own, with the schema locked. If another session holds a
   * lock on a table that the step changes, the step is tried again a few times.
   *
   * @param choice chooses the step for the state that it is given; empty ends the transaction
   */
  public Optional<Done> step(
      MigrationDirection direction, Function<SchemaState, Optional<MigrationScript>> choice) {
    for (int tries = 1; ; tries++) {
      try {
        return tryStep(direction, choice);
      } catch (CairnException e) {
        if (!SqlErrors.isLocked(e) || tries == patience.tries() || !pauses()) {
          throw e;
        }
        log.info(
            "A transaction locks a table of schema {}: the migration tries again", schema().name());
      }
    }
  }

  /** Returns false if the thread is interrupted. */
  private boolean pauses() {
    try {
      Thread.sleep(patience.pause());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Optional<Done> tryStep(
      MigrationDirection direction, Function<SchemaState, Optional<MigrationScript>> choice) {
    return inTransaction(
        LOCK,
        null,
        connection ->
            choice.apply(record.read(connection)).map(step -> take(connection, direction, step)));
  }

  private static final Sql LOCK =
      Sql.of(
          "lock the schema for a migration",
          "SELECT pg_advisory_xact_lock(hashtextextended('cairn migrate ' || :schema::text, 0))");

  // The tables are looked up and then read, so they must not change in between.
  private static final Sql LOCK_TO_READ =
      Sql.of(
          "wait for migrations in progress",
          """
          SELECT pg_advisory_xact_lock_shared(
            hashtextextended('cairn migrate ' || :schema::text, 0))
          """);

  // At any other isolation level, reads after the lock would see the state before the lock.
  private <T> T inTransaction(
      Sql lock, @Nullable Duration timeout, Database.ConnectionWork<T> work) {
    String schema = database.schema().name();
    return database.withAutoCommit(
        false,
        lock.purpose(),
        connection -> {
          if (timeout == null) {
            return locked(connection, lock, schema, Duration.ZERO, work);
          }
          int network = connection.getNetworkTimeout();
          limitNetwork(connection, network, timeout);
          try {
            // For this transaction only: behind a pooler, other programs use the session
            // afterwards.
            Database.execute(connection, "SET LOCAL statement_timeout = " + timeout.toMillis());
            T result = locked(connection, lock, schema, timeout, work);
            connection.setNetworkTimeout(Runnable::run, network);
            return result;
          } catch (Throwable e) {
            restoreNetwork(connection, network, e);
            throw e;
          }
        });
  }

  /**
   * Sets a network timeout, because a timeout of the server cannot end the wait for a host that has
   * vanished.
   */
  private static void limitNetwork(Connection connection, int before, Duration timeout)
      throws SQLException {
    int most = Math.toIntExact(timeout.plus(NETWORK).toMillis());
    if (before == 0 || before > most) {
      connection.setNetworkTimeout(Runnable::run, most);
    }
  }

  private static void restoreNetwork(Connection connection, int before, Throwable cause) {
    try {
      connection.setNetworkTimeout(Runnable::run, before);
    } catch (Throwable e) {
      new ForeignFailure(cause).suppress(e);
    }
  }

  private <T> T locked(
      Connection connection,
      Sql lock,
      String schema,
      Duration timeout,
      Database.ConnectionWork<T> work)
      throws SQLException {
    Database.execute(connection, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    Limits ofSession = replaceLimits(connection, timeout);
    database.list(connection, lock, Map.of("schema", schema), row -> true);
    // Behind the lock, others may hold the tables: nobody should wait longer for them than usual.
    restore(
        connection,
        new Limits(ofSession.lock(), timeout.isZero() ? ofSession.statement() : millis(timeout)));
    T result = work.run(connection);
    connection.commit();
    return result;
  }

  /** Time limits of a session, as PostgreSQL writes them. */
  private record Limits(String lock, String statement) {}

  private static String millis(Duration time) {
    return Long.toString(time.toMillis());
  }

  /**
   * Replaces the time limits of the role, the database or the URL, for this transaction: they would
   * end the wait for another migration, or a long migration itself. PostgreSQL limits the time of a
   * transaction since version 17. Returns those of before.
   */
  private static Limits replaceLimits(Connection connection, Duration ofStatements)
      throws SQLException {
    String sql =
        Template.of(
                """
                WITH /* cairn: replace the time limits */ limits AS MATERIALIZED (
                  SELECT current_setting('lock_timeout') AS lock,
                    current_setting('statement_timeout') AS statement
                )
                SELECT lock, statement,
                  set_config('lock_timeout', '0', true),
                  set_config('statement_timeout', '{of_statements}', true),
                  CASE WHEN current_setting('transaction_timeout', true) IS NOT NULL
                    THEN set_config('transaction_timeout', '0', true)
                  END
                FROM limits
                """)
            .with("of_statements", millis(ofStatements))
            .sql();
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      row.next();
      return new Limits(row.getString(1), row.getString(2));
    }
  }

  private static void restore(Connection connection, Limits limits) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            """
            SELECT /* cairn: restore the time limits */
              set_config('lock_timeout', ?, true), set_config('statement_timeout', ?, true)
            """)) {
      statement.setString(1, limits.lock());
      statement.setString(2, limits.statement());
      statement.execute();
    }
  }

  private Done take(Connection connection, MigrationDirection direction, MigrationScript step) {
    long start = System.nanoTime();
    try {
      // Does not apply to the lock of the schema, because another migration may take long.
      Database.execute(connection, "SET LOCAL lock_timeout = " + patience.most().toMillis());
      // A step may take long, and somebody has asked for it.
      Database.execute(connection, "SET LOCAL statement_timeout = 0");
      switch (direction) {
        case UP -> {
          createSchemaIfMissing(connection);
          Database.execute(connection, step.sql(direction, database.schema()));
          record.add(connection, step);
        }
        case DOWN -> {
          Database.execute(connection, step.sql(direction, database.schema()));
          record.remove(connection, step);
        }
      }
    } catch (SQLException e) {
      throw failure(direction, step, e);
    }
    return new Done(step, Duration.ofNanos(System.nanoTime() - start));
  }

  private static final Sql SCHEMA =
      Sql.of(
          "look for the schema", "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = :schema");

  // Checks first whether the schema exists, because even IF NOT EXISTS needs the privilege to
  // create one.
  private void createSchemaIfMissing(Connection connection) throws SQLException {
    SchemaName schema = database.schema();
    if (database.list(connection, SCHEMA, Map.of("schema", schema.name()), row -> true).isEmpty()) {
      Database.execute(connection, "CREATE SCHEMA IF NOT EXISTS " + schema.quoted());
    }
  }

  private CairnException failure(
      MigrationDirection direction, MigrationScript step, SQLException e) {
    String what =
        "migrate schema %s %s by version %d of line %s (%s)"
            .formatted(schema().name(), direction, step.version(), step.line(), step.name());
    CairnException failure = SqlErrors.translate(what, e);
    if (failure instanceof StoreUnavailableException) {
      return failure;
    }
    String hint =
        SqlErrors.isLocked(failure)
            ? ". A transaction holds one of its tables: end it, or wait for its end, and run the"
                + " migration again"
            : "";
    return new SchemaException(
        "Could not %s; it was rolled back: %s%s [CAIRN-604]".formatted(what, e.getMessage(), hint),
        e);
  }
}
