package dev.cairn.cli;

import dev.cairn.Cairn;
import dev.cairn.CairnException;
import dev.cairn.migrate.Migrator;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which database, and which schema in it: the options of every command that needs one. */
public final class DatabaseOptions {
  private static final String NO_PRIVILEGE = "42501";
  private static final int CAUSES_MAX = 10;

  /** How long the server may be silent within a statement, unless the address says otherwise. */
  private static final Duration SILENCE_MAX = Duration.ofSeconds(60);

  /** How much earlier than that the server is asked to end a statement. */
  private static final Duration MARGIN = Duration.ofSeconds(5);

  /** Set by picocli. */
  public DatabaseOptions() {}

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec command;

  @Option(
      names = "--database-url",
      paramLabel = "URL",
      defaultValue = "${env:DATABASE_URL}",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = {
        "postgres://USER:PASSWORD@HOST:PORT/DATABASE, or a jdbc:postgresql: address.",
        "Default: the environment variable DATABASE_URL, which keeps the password out of the "
            + "list of processes."
      })
  private @Nullable String url;

  @Option(
      names = "--schema",
      paramLabel = "NAME",
      description = "The schema of the tables (default: the connection's current schema).")
  private @Nullable String schema;

  /** The chosen database. */
  public DataSource dataSource() {
    return dataSource(null);
  }

  /**
   * The same, for commands that end even if the database hangs.
   *
   * @param timeout how long it may take to connect, and a little less than a statement may take;
   *     null for no limit
   */
  public DataSource dataSource(@Nullable Duration timeout) {
    if (!isGiven()) {
      throw new ParameterException(
          command.commandLine(), "no database: give --database-url or set DATABASE_URL");
    }
    try {
      return DatabaseUrl.parse(String.valueOf(url)).dataSource(timeout);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage());
    }
  }

  /**
   * A client that is not started, for what commands do to jobs and queues.
   *
   * @throws CairnException if tables that it needs are missing
   */
  public Cairn client() {
    DataSource dataSource = dataSource();
    limit(dataSource, SILENCE_MAX.minus(MARGIN));
    return client(dataSource);
  }

  /**
   * Has the server end each statement before the driver gives up its connection: what is reported
   * as failed must not happen later, and nothing must go on reading for nobody. The driver cancels
   * the statement, because poolers refuse or keep a {@code statement_timeout} of the session.
   * Limits that the address names stay.
   */
  static void limit(DataSource dataSource, Duration statement) {
    if (dataSource instanceof PGSimpleDataSource driver) {
      int seconds = Math.toIntExact(statement.toSeconds());
      if (driver.getSocketTimeout() == 0) {
        driver.setSocketTimeout(seconds + Math.toIntExact(MARGIN.toSeconds()));
      }
      if (driver.getQueryTimeout() == 0) {
        driver.setQueryTimeout(Math.clamp(driver.getSocketTimeout() - 1, 1, seconds));
      }
    }
  }

  /**
   * The same for a command that looks again and again, and has to notice that the database hangs.
   *
   * @param timeout of each statement, and of connecting
   */
  public Cairn client(Duration timeout) {
    DataSource dataSource = dataSource(timeout);
    limit(dataSource, timeout);
    return client(dataSource);
  }

  private Cairn client(DataSource dataSource) {
    requireTables(dataSource);
    var builder = Cairn.builder(dataSource);
    if (schema != null) {
      builder.schema(schema);
    }
    return builder.build();
  }

  /**
   * The chosen database, after a check of its tables if the role may read them.
   *
   * @throws CairnException if tables that a client needs are missing
   */
  public DataSource migratedDataSource() {
    DataSource dataSource = dataSource();
    requireTables(dataSource);
    return dataSource;
  }

  private void requireTables(DataSource dataSource) {
    try {
      var problems = Migrator.of(dataSource).inSchema(schema).validate().problems();
      if (!problems.isEmpty()) {
        throw new CairnException(String.join("; ", problems) + " [CAIRN-601]");
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage());
    } catch (CairnException e) {
      // A role that may only insert cannot look. What it does fails if the tables are not there.
      if (!lacksPrivilege(e)) {
        throw e;
      }
    }
  }

  private static boolean lacksPrivilege(CairnException failure) {
    return Stream.iterate((Throwable) failure, Objects::nonNull, Throwable::getCause)
        .limit(CAUSES_MAX)
        .anyMatch(it -> it instanceof SQLException sql && NO_PRIVILEGE.equals(sql.getSQLState()));
  }

  /** Whether a database was given. */
  public boolean isGiven() {
    return url != null && !url.isBlank();
  }

  /** The option that a command needs to act on the same schema, behind a blank; empty if none. */
  public String schemaOption() {
    return schema == null ? "" : " --schema " + ShellWord.of(schema);
  }

  /** The schema that was given, if any. */
  public @Nullable String schema() {
    return schema;
  }
}
