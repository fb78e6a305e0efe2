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
import java.util.function.BooleanSupplier;
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

  private static final List<String> JOBS = List.of("river_job");

  /** The only column that a unique inserter may update. */
  private static final String UPDATED_COLUMN = "kind";

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

  private static final Grant NUMBERS =
      new Grant(Kind.SEQUENCE, List.of("USAGE"), List.of("river_job_id_seq"));

  private final Database database;

  /**
   * @param schema the schema's name; null for the connection's current schema
   */
  public RoleGrants(DataSource dataSource, @Nullable String schema) {
    this.database = new Database(dataSource, schema);
  }

  /** The objects of a grant, as {@code has_..._privilege} of PostgreSQL names them. */
  private enum Kind {
    SCHEMA,
    TABLE,
    COLUMN,
    SEQUENCE
  }

  /**
   * Privileges on some objects of one kind.
   *
   * @param objects their names without the schema; the schema itself has none
   */
  private record Grant(Kind kind, List<String> privileges, List<String> objects) {
    static Grant onSchema(String... privileges) {
      return new Grant(Kind.SCHEMA, List.of(privileges), List.of(""));
    }

    static Grant onTables(List<String> tables, String... privileges) {
      return new Grant(Kind.TABLE, List.of(privileges), tables);
    }

    /** The statement, with {@code %s} for the role. */
    String sql(String schema) {
      String all = String.join(", ", privileges);
      String on =
          switch (kind) {
            case SCHEMA -> all + " ON SCHEMA " + schema;
            case TABLE -> all + " ON " + named(schema);
            case COLUMN -> "%s (%s) ON %s".formatted(all, UPDATED_COLUMN, named(schema));
            case SEQUENCE -> all + " ON SEQUENCE " + named(schema);
          };
      return "GRANT " + on + " TO %s";
    }

    /** The same for each of the objects. */
    Stream<Grant> each() {
      return objects.stream().map(object -> new Grant(kind, privileges, List.of(object)));
    }

    private String named(String schema) {
      return objects.stream().map(name -> schema + "." + name).collect(Collectors.joining(", "));
    }
  }

  private static List<Grant> grants(Privileges privileges) {
    var grants = new ArrayList<Grant>();
    grants.add(
        privileges == Privileges.MIGRATOR
            ? Grant.onSchema("USAGE", "CREATE")
            : Grant.onSchema("USAGE"));
    switch (privileges) {
      case MIGRATOR -> {
        // It owns the tables that it creates.
      }
      case WORKER -> {
        grants.add(Grant.onTables(WORKED, "SELECT", "INSERT", "UPDATE", "DELETE"));
        grants.add(Grant.onTables(READ, "SELECT"));
        grants.add(NUMBERS);
      }
      case INSERTER, UNIQUE_INSERTER -> {
        grants.add(Grant.onTables(JOBS, "SELECT", "INSERT"));
        if (privileges == Privileges.UNIQUE_INSERTER) {
          grants.add(new Grant(Kind.COLUMN, List.of("UPDATE"), JOBS));
        }
        grants.add(NUMBERS);
      }
      case READER ->
          grants.add(
              Grant.onTables(Stream.concat(WORKED.stream(), READ.stream()).toList(), "SELECT"));
    }
    return List.copyOf(grants);
  }

  /** The statements that give a role these privileges. They can be repeated without harm. */
  public List<String> statements(Privileges privileges, String role) {
    String to = quoted(role);
    String schema = database.schema().quoted();
    var sql = new ArrayList<String>();
    if (privileges == Privileges.MIGRATOR) {
      sql.add(newSchema(schema, to));
    }
    grants(privileges).forEach(grant -> sql.add(statement(grant, schema, to)));
    return List.copyOf(sql);
  }

  private static String newSchema(String schema, String to) {
    return "CREATE SCHEMA IF NOT EXISTS %s AUTHORIZATION %s".formatted(schema, to);
  }

  private static String statement(Grant grant, String schema, String to) {
    return grant.sql(schema).replace("%s", to);
  }

  /**
   * Gives a role these privileges in one transaction. Tries again if another session has changed
   * the same privileges in between, as two instances that are deployed at once do.
   */
  public void grant(Privileges privileges, String role) {
    String to = quoted(role);
    for (int tries = 1; ; tries++) {
      try {
        execute(privileges, role, to);
        return;
      } catch (CairnException e) {
        if (tries == TRIES_MAX || !SqlErrors.isCollision(e)) {
          throw e;
        }
      }
    }
  }

  private void execute(Privileges privileges, String role, String to) {
    database.withAutoCommit(
        false,
        "grant privileges to role " + role,
        connection -> {
          // Otherwise, the server may not send the warnings that are errors here.
          Database.execute(connection, "SET LOCAL client_min_messages = warning");
          String schema = database.schema().quoted();
          if (privileges == Privileges.MIGRATOR) {
            String sql = newSchema(schema, to);
            unlessNeedless(connection, sql, role, () -> schemaIsThere(connection));
          }
          for (Grant grant : grants(privileges).stream().flatMap(Grant::each).toList()) {
            String sql = statement(grant, schema, to);
            unlessNeedless(connection, sql, role, () -> hasAll(connection, role, grant));
          }
          connection.commit();
          return true;
        });
  }

  /**
   * Fails if the session may not grant this, of which PostgreSQL only warns if it may grant a part,
   * unless the role has all of it already. So whoever owns some of the objects can repeat a grant,
   * and the owner of the tables need not own the schema {@code public}, which every role may use.
   * For this, a statement names one object: PostgreSQL refuses all of it if the session has no
   * privilege at all on one of them.
   */
  private static void unlessNeedless(
      Connection connection, String sql, String role, BooleanSupplier isNeedless)
      throws SQLException {
    Database.execute(connection, "SAVEPOINT cairn_grant");
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
      for (SQLWarning warning = statement.getWarnings();
          warning != null;
          warning = warning.getNextWarning()) {
        if (NOT_GRANTED.equals(warning.getSQLState()) && !isNeedless.getAsBoolean()) {
          throw new CairnException(
              "Could not grant privileges to role %s: %s; grant them as the owner of the schema and of the tables, or as a superuser [CAIRN-608]"
                  .formatted(role, warning.getMessage()));
        }
      }
    } catch (SQLException e) {
      if (!SqlErrors.isForbidden(e)) {
        throw e;
      }
      Database.execute(connection, "ROLLBACK TO SAVEPOINT cairn_grant");
      if (!isNeedless.getAsBoolean()) {
        throw e;
      }
    }
  }

  private static final Sql SCHEMA_IS_THERE =
      Sql.of(
          "look for the schema",
          "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = CAST(:schema AS name)");

  private boolean schemaIsThere(Connection connection) {
    return database
        .list(
            connection,
            SCHEMA_IS_THERE,
            Map.of("schema", database.schema().name()),
            row -> row.getLong(1) > 0)
        .getFirst();
  }

  private static final Sql HAS_ALL =
      Sql.of(
          "look for privileges",
          """
          SELECT bool_and(CASE CAST(:kind AS text)
            WHEN 'SCHEMA' THEN has_schema_privilege(
              CAST(:role AS name), CAST(:schema AS text), privilege)
            WHEN 'TABLE' THEN has_table_privilege(
              CAST(:role AS name), CAST(:quoted_schema AS text) || '.' || object, privilege)
            WHEN 'COLUMN' THEN has_column_privilege(
              CAST(:role AS name), CAST(:quoted_schema AS text) || '.' || object,
              CAST(:column AS text), privilege)
            WHEN 'SEQUENCE' THEN has_sequence_privilege(
              CAST(:role AS name), CAST(:quoted_schema AS text) || '.' || object, privilege)
          END)
          FROM unnest(:objects::text[]) AS object, unnest(:privileges::text[]) AS privilege
          """);

  /** Whether the role has all of these privileges, on each of the objects. */
  private boolean hasAll(Connection connection, String role, Grant grant) {
    Map<String, Object> values =
        Map.of(
            "kind", grant.kind().name(),
            "role", role,
            "schema", database.schema().name(),
            "quoted_schema", database.schema().quoted(),
            "column", UPDATED_COLUMN,
            "objects", SqlArray.texts(grant.objects(), name -> name),
            "privileges", SqlArray.texts(grant.privileges(), name -> name));
    return database.list(connection, HAS_ALL, values, row -> row.getBoolean(1)).getFirst();
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
