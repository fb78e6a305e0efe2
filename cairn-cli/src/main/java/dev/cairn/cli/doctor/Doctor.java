package dev.cairn.cli.doctor;

import dev.cairn.cli.Reader;
import dev.cairn.migrate.Migration;
import dev.cairn.migrate.MigrationValidation;
import dev.cairn.migrate.Migrator;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Runs all checks, one after the other. A check that fails is a finding itself, so that the others
 * are still heard.
 */
final class Doctor {
  private static final String CANCELLED = "57014";
  private static final String LOCKED = "55P03";
  private static final String NO_PRIVILEGE = "42501";

  private final DataSource dataSource;
  private final @Nullable String schema;
  private final Duration timeout;
  private final Limits limits;
  private final InstantSource clock;

  /**
   * @param schema of the tables; null for the connection's current one
   * @param timeout of each statement
   */
  Doctor(
      DataSource dataSource,
      @Nullable String schema,
      Duration timeout,
      Limits limits,
      InstantSource clock) {
    this.dataSource = dataSource;
    this.schema = schema;
    this.timeout = timeout;
    this.limits = limits;
    this.clock = clock;
  }

  /** Everything that was found. */
  List<Finding> findings() {
    var findings = new ArrayList<Finding>();
    boolean answers = run(new ServerChecks(limits, clock).all(), findings);
    if (answers && tables(findings)) {
      run(
          Stream.of(new TableChecks(limits).all(), ClientChecks.all(), new JobChecks(limits).all())
              .flatMap(List::stream)
              .toList(),
          findings);
    }
    if (answers) {
      run(new SessionChecks(limits).all(), findings);
    }
    return findings;
  }

  /** Returns false if there was no connection. */
  private boolean run(List<Check> checks, List<Finding> findings) {
    Reader reader = null;
    try {
      for (Check check : checks) {
        if (reader == null) {
          reader = Reader.open(dataSource, schema, timeout);
        }
        try {
          findings.addAll(check.look().at(reader));
        } catch (SQLException e) {
          findings.add(failed(check, e));
          // A statement that timed out may have left a connection that is of no use.
          reader.close();
          reader = null;
        }
      }
      return true;
    } catch (SQLException e) {
      findings.add(
          Finding.problem(
              "connection",
              "the database does not answer: " + e.getMessage(),
              "check the address, the server's log, and whether it has connections left"));
      return false;
    } finally {
      close(reader);
    }
  }

  private static void close(@Nullable Reader reader) {
    try {
      if (reader != null) {
        reader.close();
      }
    } catch (SQLException e) {
      // Nothing was changed over this connection.
      return;
    }
  }

  private Finding failed(Check check, SQLException failure) {
    return switch (String.valueOf(failure.getSQLState())) {
      case CANCELLED, LOCKED ->
          Finding.warning(
              check.name(),
              "the check took longer than %d s".formatted(timeout.toSeconds()),
              "look in pg_stat_activity for what the database is waiting for, or raise --timeout");
      case NO_PRIVILEGE ->
          Finding.note(
              check.name(),
              "this role lacks a privilege: " + failure.getMessage(),
              "grant it the privileges of a reader, see docs/migrations.md");
      default ->
          Finding.problem(
              check.name(),
              "the check failed: " + failure.getMessage(),
              "check the connection and the server's log");
    };
  }

  /** Returns whether the tables are there. */
  private boolean tables(List<Finding> findings) {
    try {
      Migrator migrator = Migrator.of(dataSource).inSchema(schema);
      MigrationValidation validation = migrator.validate();
      validation
          .problems()
          .forEach(
              problem -> findings.add(Finding.problem("schema", problem, "./cairn migrate up")));
      validation
          .warnings()
          .forEach(warning ->
              findings.add(
                  Finding.warning("schema", warning, "./cairn migrate list shows all versions")));
      if (findings.stream().noneMatch(it -> it.check().equals("schema"))) {
        findings.add(Finding.ok("schema", versions(migrator.list())));
      }
      return validation.isValid();
    } catch (RuntimeException e) {
      findings.add(
          Finding.problem(
              "schema",
              "the tables cannot be checked: " + e.getMessage(),
              "check the privileges of this role, and the server's log"));
      return false;
    }
  }

  /** For example {@code main 8, cairn 3}. */
  private static String versions(List<Migration> migrations) {
    return String.join(
        ", ",
        migrations.stream()
            .filter(it -> it.appliedAt() != null)
            .collect(
                Collectors.groupingBy(
                    it -> it.line().label(),
                    LinkedHashMap::new,
                    Collectors.maxBy(Comparator.comparingInt(Migration::version))))
            .entrySet()
            .stream()
            .map(line ->
                "line %s is at version %d"
                    .formatted(line.getKey(), line.getValue().map(Migration::version).orElse(0)))
            .toList());
  }
}
