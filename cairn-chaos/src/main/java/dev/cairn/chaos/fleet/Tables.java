package dev.cairn.chaos.fleet;

import dev.cairn.Workers;
import dev.cairn.chaos.history.Deed;
import dev.cairn.chaos.history.JobFact;
import dev.cairn.chaos.history.RowFact;
import dev.cairn.chaos.history.Rung;
import dev.cairn.chaos.history.Transition;
import dev.cairn.migrate.Migrator;
import dev.cairn.migrate.Privileges;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a run, in a schema of their own: Cairn's tables, the rows of workers, and the
 * records of triggers. These are the changes of jobs, and the jobs that were deleted after their
 * retention.
 */
public final class Tables {
  private static final String CREATE =
      """
      CREATE TABLE {schema}.chaos_effect (
        job_id bigint NOT NULL, step text NOT NULL, item bigint NOT NULL,
        client text NOT NULL, run text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE TABLE {schema}.chaos_transition (
        seq bigint GENERATED ALWAYS AS IDENTITY,
        job_id bigint NOT NULL, old_state text NOT NULL, new_state text NOT NULL,
        client text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE FUNCTION {schema}.chaos_record() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO {schema}.chaos_transition (job_id, old_state, new_state, client)
        VALUES (NEW.id, OLD.state, NEW.state,
          coalesce(NEW.attempted_by[array_upper(NEW.attempted_by, 1)], ''));
        RETURN NULL;
      END $$;
      CREATE TRIGGER chaos_record AFTER UPDATE ON {schema}.river_job FOR EACH ROW
        WHEN (OLD.state IS DISTINCT FROM NEW.state
          OR OLD.attempted_by IS DISTINCT FROM NEW.attempted_by)
        EXECUTE FUNCTION {schema}.chaos_record();
      CREATE TABLE {schema}.chaos_deleted AS
        SELECT id, kind, args, state, attempt, errors FROM {schema}.river_job WITH NO DATA;
      CREATE FUNCTION {schema}.chaos_keep() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO {schema}.chaos_deleted
        VALUES (OLD.id, OLD.kind, OLD.args, OLD.state, OLD.attempt, OLD.errors);
        RETURN NULL;
      END $$;
      CREATE TRIGGER chaos_keep AFTER DELETE ON {schema}.river_job FOR EACH ROW
        EXECUTE FUNCTION {schema}.chaos_keep();
      CREATE VIEW {schema}.chaos_job AS
        SELECT id, kind, args, state, attempt, errors FROM {schema}.river_job
        UNION ALL SELECT * FROM {schema}.chaos_deleted;
      """;

  /** For the rows that workers write, and that triggers write in the workers' transactions. */
  private static final String GRANT =
      """
      GRANT INSERT ON {schema}.chaos_effect, {schema}.chaos_transition, {schema}.chaos_deleted TO \
      """;

  private static final String KIND = Workers.kindOf(Deed.class);

  private final Sql sql;
  private final String schema;

  private Tables(Sql sql, String schema) {
    this.sql = sql;
    this.schema = schema;
  }

  /**
   * Creates the schema and the tables.
   *
   * @param schema the name of the schema: lower-case letters, digits and underscores
   * @param role the role of the workers; null if that is the one that creates the tables
   */
  public static Tables create(DataSource source, String schema, @Nullable String role)
      throws SQLException {
    var tables = new Tables(new Sql(source), schema);
    tables.sql.execute("CREATE SCHEMA " + schema);
    Migrator migrator = tables.migrator();
    migrator.up();
    tables.sql.execute(tables.in(CREATE));
    if (role != null) {
      migrator.grant(Privileges.WORKER, role);
      tables.sql.execute(tables.in(GRANT + role));
    }
    return tables;
  }

  /** Changes the tables of Cairn. */
  public Migrator migrator() {
    return Migrator.of(sql.source()).inSchema(schema);
  }

  /** The name of the schema. */
  public String schema() {
    return schema;
  }

  /** Puts the name of the schema into a statement, in place of {@code {schema}}. */
  public String in(String statement) {
    return statement.replace("{schema}", schema);
  }

  /** For this transaction. Otherwise it would wait for a backup, which locks all tables. */
  private static final String LOCK_TIMEOUT =
      """
      SELECT set_config('lock_timeout', '10s', true) WHERE current_setting('lock_timeout') = '0'
      """;

  /** Drops the schema with all tables. Does not wait long for locks. */
  public void drop() throws SQLException {
    sql.execute("BEGIN", LOCK_TIMEOUT, in("DROP SCHEMA {schema} CASCADE"), "COMMIT");
  }

  /** The number of the fleet's jobs that have not ended. */
  public long open() throws SQLException {
    return sql.number(
        in(
            """
            SELECT count(*) FROM {schema}.river_job
            WHERE kind = '%s' AND state NOT IN ('completed', 'cancelled', 'discarded')
            """
                .formatted(KIND)));
  }

  /** Runs a statement with {@code {schema}} for the schema, and returns all rows. */
  public <T> List<T> list(String statement, Sql.Row<T> mapping) throws SQLException {
    return sql.list(in(statement), mapping);
  }

  /** Runs statements with {@code {schema}} for the schema. */
  public void execute(String... statements) throws SQLException {
    for (String statement : statements) {
      sql.execute(in(statement));
    }
  }

  /** The keys of the fleet's jobs on any server, with those that were deleted. */
  Set<String> keysOn(DataSource server) throws SQLException {
    return Set.copyOf(
        new Sql(server)
            .list(
                in("SELECT args->>'key' FROM {schema}.chaos_job WHERE kind = '%s'".formatted(KIND)),
                row -> row.getString(1)));
  }

  /** The jobs of the fleet as they are now, or were when they were deleted. */
  public List<JobFact> jobs() throws SQLException {
    return sql.list(
        in(
            """
            SELECT id, args->>'rung', args->>'key', state, attempt,
              coalesce(array_length(errors, 1), 0),
              coalesce(left(errors[array_length(errors, 1)]->>'error', 200), '')
            FROM {schema}.chaos_job WHERE kind = '%s' ORDER BY id
            """
                .formatted(KIND)),
        row ->
            new JobFact(
                row.getLong(1),
                new Deed(Rung.valueOf(row.getString(2)), row.getString(3)),
                row.getString(4),
                row.getInt(5),
                row.getInt(6),
                row.getString(7)));
  }

  /** The rows that workers wrote in transactions. */
  public List<RowFact> rows() throws SQLException {
    return sql.list(
        in("SELECT job_id, step, item, client, run FROM {schema}.chaos_effect"),
        row ->
            new RowFact(
                row.getLong(1),
                row.getString(2),
                row.getLong(3),
                row.getString(4),
                row.getString(5)));
  }

  /** How the clock of the database differs from this machine's now. */
  DatabaseClock.Reading clock() throws SQLException {
    return DatabaseClock.Reading.of(sql.source());
  }

  /** The changes that the trigger recorded, in order, by the clock of the database. */
  public List<Transition> transitions() throws SQLException {
    return sql.list(
        in(
            """
            SELECT job_id, old_state, new_state, client, extract(epoch FROM at) * 1000
            FROM {schema}.chaos_transition ORDER BY at, seq
            """),
        row ->
            new Transition(
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                Math.round(row.getDouble(5))));
  }
}
