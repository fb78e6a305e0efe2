package dev.cairn.internal.postgres;

import dev.cairn.SchemaException;
import dev.cairn.internal.foreign.Log;
import dev.cairn.migrate.MigrationLine;
import dev.cairn.migrate.MigrationValidation;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import javax.sql.DataSource;

/** Checks whether a schema has the tables that this version of Cairn needs. Changes nothing. */
public final class SchemaCheck {
  private static final Log log = Log.of(SchemaCheck.class);

  private final SchemaMigrations migrations;

  public SchemaCheck(DataSource dataSource, SchemaName schema) {
    this(new SchemaMigrations(dataSource, schema.name(), null));
  }

  public SchemaCheck(SchemaMigrations migrations) {
    this.migrations = migrations;
  }

  /**
   * Checks that clients can work with the schema, and logs warnings.
   *
   * @throws SchemaException if no client can work; the message says what is missing, too old or too
   *     new, and what to do
   */
  public void verify() {
    verify(migrations.look());
  }

  /**
   * As {@link #verify()}. Also throws if line cairn is newer than this Cairn, which then may not
   * know all tables.
   */
  public void verifyAllKnown() {
    SchemaState state = migrations.look();
    verify(state);
    if (state.isNewer(MigrationLine.CAIRN)) {
      throw new SchemaException(
          "Schema %s is newer than this Cairn, which does not know all of its tables: use the newer version for this [CAIRN-601]"
              .formatted(state.schema().name()));
    }
  }

  private static void verify(SchemaState state) {
    MigrationValidation validation = validation(state);
    if (!validation.isValid()) {
      throw new SchemaException(String.join("; ", validation.problems()) + " [CAIRN-601]");
    }
    log(validation.warnings());
  }

  /** Logs the warnings of a state. */
  public void warn(SchemaState state) {
    log(state.warnings());
  }

  private static void log(List<String> warnings) {
    warnings.forEach(warning -> log.warn("{} [CAIRN-611]", warning));
  }

  /** A sentence for each error and for each warning. */
  public MigrationValidation validate() {
    return validation(migrations.look());
  }

  private static MigrationValidation validation(SchemaState state) {
    return new MigrationValidation(problems(state), state.warnings());
  }

  private static List<String> problems(SchemaState state) {
    if (state.tables().isEmpty()) {
      return List.of(
          "Schema %s has none of Cairn's tables: %s"
              .formatted(state.schema().name(), advice(state)));
    }
    String known = state.unrecorded().or(state::tooNew).orElse(null);
    if (known != null) {
      return List.of(known);
    }
    List<String> unapplied = unapplied(state);
    return unapplied.isEmpty() ? lost(state) : unapplied;
  }

  private static List<String> unapplied(SchemaState state) {
    var problems = new ArrayList<String>();
    for (MigrationLine line : MigrationLine.values()) {
      List<String> missing =
          MigrationScript.all().stream()
              .filter(script -> script.line() == line && !state.isNewer(line))
              .filter(script -> script.version() <= line.neededVersion())
              .filter(script -> !state.isApplied(script))
              .map(script -> Integer.toString(script.version()))
              .toList();
      if (!missing.isEmpty()) {
        problems.add(
            "Schema %s is at version %d of line %s and Cairn needs %d (not applied: %s): %s"
                .formatted(
                    state.schema().name(),
                    state.version(line),
                    line,
                    line.neededVersion(),
                    String.join(", ", missing),
                    advice(state)));
      }
    }
    return problems;
  }

  private static String advice(SchemaState state) {
    return "run " + state.schema().command("migrate up");
  }

  private static List<String> lost(SchemaState state) {
    var lost = new TreeSet<>(SchemaState.TABLES);
    lost.removeAll(state.tables());
    return lost.isEmpty()
        ? List.of()
        : List.of(
            ("Schema %s has lost the tables %s that its migrations created: restore them, or revert "
                    + "the line and apply it again with `./cairn migrate`")
                .formatted(state.schema().name(), String.join(", ", lost)));
  }
}
