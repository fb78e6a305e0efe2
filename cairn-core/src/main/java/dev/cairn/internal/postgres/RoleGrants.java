package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.migrate.Privileges;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Grants roles their privileges on the tables. Each table is named, so that other tables in the
 * schema are not affected. Thread-safe.
 */
public final class RoleGrants {
  /** PostgreSQL truncates a longer name, which would then name another role. */
  private static final int NAME_BYTES_MAX = 63;

  /** Even in double quotes, PostgreSQL takes it for all roles. */
  private static final String EVERYBODY = "public";

  /** The SQLSTATE of the warning that some of the privileges were not granted. */
  private static final String NOT_GRANTED = "01007";

  private static final int TRIES_MAX = 20;

  private static final List<String> WORKED =
      List.of(
          "river_job",
          "river_leader",
          "river_queue",
          "cairn_checkpoint",
          "cairn_client",
          "cairn_periodic",
          "cairn_quarantine",
          "cairn_signal",
          "cairn_wait");

  /** Only migrations write to the first one, and the second one is a view. */
  private static final List<String> READ = List.of("river_migration", "cairn_job_progress");

  private static final String NUMBERS = "GRANT USAGE ON SEQUENCE {schema}.river_job_id_seq TO %s";

  private final Database database;

  /**
   * @param schema the schema's name; null for the connection's current schema
   */
  public RoleGrants(DataSource dataSource, @Nullable String schema) {
    this.database = new Database(dataSource, schema);
  }

  /** The statements that give a role these privileges. They can be repeated without harm. */
  public List<String> statements(Privileges privileges, String role) {
    String to = quoted(role);
    var sql = new ArrayList<String>();
    if (privileges == Privileges.MIGRATOR) {
      sql.add("CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION %s");
      sql.add("GRANT USAGE, CREATE ON SCHEMA {schema} TO %s");
    } else {
      sql.add("GRANT USAGE ON SCHEMA {schema} TO %s");
    }
    switch (privileges) {
      case MIGRATOR -> {
        // It owns the tables that it creates.
      }
      case WORKER -> {
        sql.add("GRANT SELECT, INSERT, UPDATE, DELETE ON " + tables(WORKED) + " TO %s");
        sql.add("GRANT SELECT ON " + tables(READ) + " TO %s");
        sql.add(NUMBERS);
      }
      case INSERTER, UNIQUE_INSERTER -> {
        sql.add("GRANT SELECT, INSERT ON {schema}.river_job TO %s");
        if (privileges == Privileges.UNIQUE_INSERTER) {
          sql.add("GRANT UPDATE (kind) ON {schema}.river_job TO %s");
        }
        sql.add(NUMBERS);
      }
      case READER ->
          sql.add(
              "GRANT SELECT ON "
                  + tables(Stream.concat(WORKED.stream(), READ.stream()).toList())
                  + " TO %s");
    }
    String schema = database.schema().quoted();
    return sql.stream()
        .map(statement -> statement.replace("{schema}", schema).replace("%s", to))
        .toList();
  }

  private static String tables(List<String> names) {
    return names.stream().map(name -> "{schema}." + name).collect(Collectors.joining(", "));
  }

  /**
   * Gives a role these privileges in one transaction. Tries again if another session has changed
   * the same privileges in between, as two instances that are deployed at once do.
   */
  public void grant(Privileges privileges, String role) {
    List<String> statements = statements(privileges, role);
    for (int tries = 1; ; tries++) {
      try {
        execute(statements, role);
        return;
      } catch (CairnException e) {
        if (tries == TRIES_MAX || !SqlErrors.isCollision(e)) {
          throw e;
        }
      }
    }
  }

  private void execute(List<String> statements, String role) {
    database.withAutoCommit(
        false,
        "grant privileges to role " + role,
        connection -> {
          for (String statement : statements) {
            grant(connection, statement, role);
          }
          connection.commit();
          return true;
        });
  }

  /** Fails if the session may not grant this, of which PostgreSQL only warns. */
  private void grant(Connection connection, String sql, String role) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
      for (SQLWarning warning = statement.getWarnings();
          warning != null;
          warning = warning.getNextWarning()) {
        if (NOT_GRANTED.equals(warning.getSQLState()) && !isNeedless(connection, sql, role)) {
          throw new CairnException(
              "Could not grant privileges to role %s: %s; grant them as the owner of the tables or as a superuser [CAIRN-608]"
                  .formatted(role, warning.getMessage()));
        }
      }
    }
  }

  private static final Sql MAY_USE =
      Sql.of(
          "look for privileges on the schema",
          """
          SELECT has_schema_privilege(CAST(:role AS name), CAST(:schema AS text), 'USAGE')
            AND (NOT :migrates OR has_schema_privilege(
              CAST(:role AS name), CAST(:schema AS text), 'CREATE'))
          """);

  /**
   * Whether the role has the privileges on the schema already, as every role may use the schema
   * {@code public}, which the owner of the tables need not own.
   */
  private boolean isNeedless(Connection connection, String sql, String role) throws SQLException {
    boolean migrates = sql.startsWith("GRANT USAGE, CREATE ON SCHEMA");
    if (!migrates && !sql.startsWith("GRANT USAGE ON SCHEMA")) {
      return false;
    }
    return database
        .list(
            connection,
            MAY_USE,
            Map.of("role", role, "schema", database.schema().name(), "migrates", migrates),
            row -> row.getBoolean(1))
        .getFirst();
  }

  private static final Sql IS_THERE =
      Sql.of(
          "look for a role",
          "SELECT count(*) FROM pg_catalog.pg_roles WHERE rolname = CAST(:role AS name)");

  /** Whether there is a role of this name. */
  public boolean exists(String role) {
    return database
        .list(IS_THERE, Map.of("role", requireName(role)), row -> row.getLong(1) > 0)
        .getFirst();
  }

  /**
   * Creates a role that may log in and has no password.
   *
   * @return false if another session has created it in between
   */
  public boolean create(String role) {
    String sql = "CREATE ROLE %s LOGIN".formatted(quoted(role));
    try {
      return database.onOwnConnection(
          "create role " + role,
          connection -> {
            Database.execute(connection, sql);
            return true;
          });
    } catch (CairnException e) {
      if (SqlErrors.isCollision(e) && exists(role)) {
        return false;
      }
      throw e;
    }
  }

  private static String quoted(String role) {
    return '"' + requireName(role).replace("\"", "\"\"") + '"';
  }

  private static String requireName(String role) {
    int bytes = role.getBytes(StandardCharsets.UTF_8).length;
    if (role.isBlank() || role.indexOf('\0') >= 0 || bytes > NAME_BYTES_MAX) {
      throw new IllegalArgumentException(
          "invalid name of a role '%s': use 1 to %d bytes".formatted(role, NAME_BYTES_MAX));
    }
    if (EVERYBODY.equals(role)) {
      throw new IllegalArgumentException(
          "invalid name of a role 'public': PostgreSQL takes it for all roles");
    }
    return role;
  }
}
