package dev.cairn.cli;

import dev.cairn.CairnException;
import dev.cairn.migrate.Migrator;
import dev.cairn.migrate.Privileges;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
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
final class RolesCommand implements Callable<Integer> {
  private static final Duration LOOK_MAX = Duration.ofSeconds(10);

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

  /** The roles whose creation a dry run has shown. */
  private final Set<String> planned = new HashSet<>();

  /** What is to be done for a role that exists. */
  private record Grants(Privileges privileges, String role, List<String> sql) {}

  /** What was done for a role, in {@code --json}. */
  private record Granted(
      String role, String privileges, boolean created, boolean dryRun, List<String> sql) {}

  @Override
  public Integer call() throws SQLException {
    Map<Privileges, String> wanted = wanted();
    if (wanted.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "name at least one role: --migrator, --worker, --inserter, --unique-inserter or"
              + " --reader");
    }
    Migrator tables = Migrator.of(database.dataSource()).inSchema(database.schema());
    List<Grants> grants = grants(tables, wanted);
    for (Grants each : grants) {
      // At once: if the next role fails, this one has its privileges.
      print(give(tables, each));
    }
    return ExitCodes.DONE;
  }

  /** All of them first: a name that cannot be one is wrong usage, and nothing has been done. */
  private List<Grants> grants(Migrator tables, Map<Privileges, String> wanted) {
    try {
      return wanted.entrySet().stream()
          .map(each ->
              new Grants(
                  each.getKey(), each.getValue(), tables.grants(each.getKey(), each.getValue())))
          .toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private void print(Granted granted) {
    Output out = Output.of(spec);
    if (format.prints(out, List.of(granted))) {
      return;
    }
    if (dryRun) {
      granted.sql().forEach(sql -> out.line(sql + ";"));
    } else {
      out.line(
          "%s%s may now do what a %s needs"
              .formatted(
                  granted.created() ? "created: " : "", granted.role(), granted.privileges()));
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

  private Granted give(Migrator tables, Grants grants) throws SQLException {
    String role = grants.role();
    boolean created = false;
    boolean lacks = false;
    if (dryRun) {
      // A role that is named twice is created once.
      lacks = create && !isThere(role) && planned.add(role);
    } else {
      created = create && tables.createRole(role);
      try {
        tables.grant(grants.privileges(), role);
      } catch (CairnException e) {
        if (created) {
          Output.errorsOf(spec).message("created: %s, which has no privileges yet".formatted(role));
        }
        throw e;
      }
    }
    var sql = new ArrayList<String>();
    if (created || lacks) {
      sql.add("CREATE ROLE \"%s\" LOGIN".formatted(role.replace("\"", "\"\"")));
    }
    sql.addAll(grants.sql());
    String label = grants.privileges().name().toLowerCase(Locale.ROOT).replace('_', '-');
    return new Granted(role, label, created, dryRun, List.copyOf(sql));
  }

  private boolean isThere(String role) throws SQLException {
    try (Reader reader = Reader.open(database.dataSource(), null, LOOK_MAX)) {
      return reader.row(
          "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = CAST(? AS name))",
          row -> row.getBoolean(1),
          role);
    }
  }
}
