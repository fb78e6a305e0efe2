package dev.cairn.cli;

import dev.cairn.migrate.Migrator;
import dev.cairn.migrate.Privileges;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./cairn roles}: {@link Migrator#grant} on the command line. */
@Command(
    name = "roles",
    description = {
      "Give database roles the privileges that their programs need, and no others.",
      "Run it as the owner of the schema and of the tables, or as a superuser, again after each 'migrate up'.",
      "It revokes nothing, and can be run again."
    })
final class RolesCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // set by picocli
  private DatabaseOptions database;

  @Mixin
  @SuppressWarnings("NullAway.Init") // set by picocli
  private JsonFormat format;

  @Option(
      names = "--migrator",
      paramLabel = "ROLE",
      description = "May create the tables. Run this before the first 'migrate up'.")
  private @Nullable String migrator;

  @Option(
      names = "--worker",
      paramLabel = "ROLE",
      description = "Works jobs, and may do all that operators do.")
  private @Nullable String worker;

  @Option(
      names = "--inserter",
      paramLabel = "ROLE",
      description = "Only inserts jobs, and reads them.")
  private @Nullable String inserter;

  @Option(
      names = "--unique-inserter",
      paramLabel = "ROLE",
      description = "Inserts unique jobs too.")
  private @Nullable String uniqueInserter;

  @Option(
      names = "--reader",
      paramLabel = "ROLE",
      description = "Only reads, for dashboards and support.")
  private @Nullable String reader;

  @Option(
      names = "--create",
      description = "Create roles that do not exist. They may log in, and have no password.")
  private boolean create;

  @Option(names = "--dry-run", description = "Show the statements, but change nothing.")
  private boolean dryRun;

  /** What was done for a role, in {@code --json}. */
  private record Granted(
      String role, String privileges, boolean created, boolean dryRun, List<String> sql) {}

  @Override
  public void run() {
    Map<Privileges, String> wanted = wanted();
    if (wanted.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "name at least one role: --migrator, --worker, --inserter, --unique-inserter or"
              + " --reader");
    }
    var granted = new ArrayList<Granted>();
    try {
      Migrator tables = Migrator.of(database.dataSource()).inSchema(database.schema());
      wanted.forEach((privileges, role) -> granted.add(give(tables, privileges, role)));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
    Output out = Output.of(spec);
    if (format.prints(out, granted)) {
      return;
    }
    for (Granted each : granted) {
      if (dryRun) {
        each.sql().forEach(sql -> out.line(sql + ";"));
      } else {
        out.line(
            "%s%s may now do what a %s needs"
                .formatted(each.created() ? "created: " : "", each.role(), each.privileges()));
      }
    }
  }

  private Map<Privileges, String> wanted() {
    var wanted = new LinkedHashMap<Privileges, String>();
    put(wanted, Privileges.MIGRATOR, migrator);
    put(wanted, Privileges.WORKER, worker);
    put(wanted, Privileges.INSERTER, inserter);
    put(wanted, Privileges.UNIQUE_INSERTER, uniqueInserter);
    put(wanted, Privileges.READER, reader);
    return wanted;
  }

  private static void put(
      Map<Privileges, String> wanted, Privileges privileges, @Nullable String role) {
    if (role != null) {
      wanted.put(privileges, role);
    }
  }

  private Granted give(Migrator tables, Privileges privileges, String role) {
    boolean created = false;
    if (!dryRun) {
      created = create && tables.createRole(role);
      tables.grant(privileges, role);
    }
    String label = privileges.name().toLowerCase(Locale.ROOT).replace('_', '-');
    return new Granted(role, label, created, dryRun, tables.grants(privileges, role));
  }
}
