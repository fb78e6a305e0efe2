package dev.cairn.cli;

import dev.cairn.migrate.IndexProfile;
import dev.cairn.migrate.IndexStep;
import dev.cairn.migrate.Migration;
import dev.cairn.migrate.MigrationDirection;
import dev.cairn.migrate.MigrationLine;
import dev.cairn.migrate.MigrationOptions;
import dev.cairn.migrate.MigrationResult;
import dev.cairn.migrate.MigrationStep;
import dev.cairn.migrate.MigrationValidation;
import dev.cairn.migrate.Migrator;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code ./cairn migrate}: the {@link Migrator} on the command line. */
@Command(
    name = "migrate",
    description = "Create, change, check or remove the tables.",
    synopsisSubcommandLabel = "COMMAND")
final class MigrateCommand {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  /** How far to go. */
  static final class Extent {
    @Option(
        names = "--line",
        paramLabel = "NAME",
        converter = LineName.class,
        description = "Only this line: main (River's tables) or cairn (Cairn's own tables).")
    private @Nullable MigrationLine line;

    @Option(
        names = "--target-version",
        paramLabel = "N",
        description = "Stop at this version. 0 removes everything.")
    private @Nullable Integer targetVersion;

    @Option(
        names = "--max-steps",
        paramLabel = "N",
        description = "The maximum number of versions to change.")
    private @Nullable Integer maxSteps;

    @Option(names = "--dry-run", description = "Show the steps and their SQL, but change nothing.")
    private boolean dryRun;

    MigrationOptions options() {
      MigrationOptions options = MigrationOptions.defaults();
      options = line == null ? options : options.withLine(line);
      options = targetVersion == null ? options : options.withTargetVersion(targetVersion);
      options = maxSteps == null ? options : options.withMaxSteps(maxSteps);
      return dryRun ? options.withDryRun() : options;
    }
  }

  /** The direction of a printed version. */
  static final class Direction {
    @Option(names = "--up", required = true, description = "The SQL that applies the version.")
    private boolean up;

    @Option(names = "--down", required = true, description = "The SQL that reverts the version.")
    @SuppressWarnings("UnusedVariable") // the other of two, one of which is given
    private boolean down;
  }

  private static final class LineName implements ITypeConverter<MigrationLine> {
    @Override
    public MigrationLine convert(String name) {
      try {
        return MigrationLine.ofLabel(name);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  @Command(name = "up", description = "Apply all missing versions.")
  void up(@Mixin DatabaseOptions database, @Mixin Extent extent) {
    Migrator migrator = migrator(database);
    print(valid(() -> migrator.up(extent.options())));
  }

  @Command(name = "down", description = "Revert the newest version, or more with --target-version.")
  int down(
      @Mixin DatabaseOptions database,
      @Mixin Extent extent,
      @Option(names = "--yes", description = "Do not ask before tables are dropped.") boolean yes) {
    Migrator migrator = migrator(database);
    MigrationOptions options = valid(extent::options);
    if (!yes && !options.dryRun() && !isConfirmed(migrator, options)) {
      return CommandLine.ExitCode.SOFTWARE;
    }
    print(valid(() -> migrator.down(options)));
    return CommandLine.ExitCode.OK;
  }

  /** Whether there is nothing to lose, or the user has said that it may be lost. */
  private boolean isConfirmed(Migrator migrator, MigrationOptions options) {
    List<MigrationStep> steps = valid(() -> migrator.down(options.withDryRun())).steps();
    if (steps.isEmpty()) {
      return true;
    }
    steps.forEach(step -> out().line("to migrate: " + describe(step)));
    out().text("This drops tables and columns with all their data. Continue? [yes/no] ");
    Optional<String> answer =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
            .lines()
            .findFirst();
    if (answer.filter(it -> it.strip().equalsIgnoreCase("yes")).isPresent()) {
      return true;
    }
    Output.errorsOf(spec)
        .line(
            answer.isPresent()
                ? "Nothing was changed."
                : "Nothing was changed, because nobody answered. Use --yes to skip the question.");
    return false;
  }

  @Command(name = "list", description = "Show all versions and when they were applied.")
  void list(@Mixin DatabaseOptions database) {
    List<Migration> migrations = migrator(database).list();
    int width = migrations.stream().mapToInt(it -> it.name().length()).max().orElse(0);
    String format = "%-5s  %7s  %-" + width + "s  %s";
    out().line(format.formatted("line", "version", "name", "applied at"));
    for (Migration migration : migrations) {
      var appliedAt = migration.appliedAt();
      out()
          .line(
              format.formatted(
                  migration.line(),
                  migration.version(),
                  migration.name(),
                  appliedAt == null ? "-" : appliedAt.truncatedTo(ChronoUnit.SECONDS)));
    }
  }

  @Command(name = "get", description = "Print the SQL of one version, for another migration tool.")
  void get(
      @Mixin DatabaseOptions database,
      @Option(
              names = "--line",
              paramLabel = "NAME",
              defaultValue = "main",
              converter = LineName.class,
              description = "main (the default) or cairn.")
          MigrationLine line,
      @Option(
              names = "--version",
              paramLabel = "N",
              required = true,
              description = "The version, counted from 1.")
          int version,
      @ArgGroup(multiplicity = "1") Direction direction) {
    // Without a database there is no current schema to ask for.
    Migrator migrator =
        database.isGiven()
            ? migrator(database)
            : migrator(
                new PGSimpleDataSource(), Objects.requireNonNullElse(database.schema(), "public"));
    MigrationDirection way = direction.up ? MigrationDirection.UP : MigrationDirection.DOWN;
    out().text(valid(() -> migrator.sql(line, version, way)));
  }

  @Command(
      name = "validate",
      description = "Report what is missing or wrong. Exits with 1 if anything is.")
  int validate(@Mixin DatabaseOptions database) {
    Migrator migrator = migrator(database);
    MigrationValidation validation = migrator.validate();
    if (validation.isValid()) {
      out().line("The database has all the tables that this version of Cairn needs.");
      out().line("Its indexes: " + describe(migrator.profile()) + ".");
      validation.warnings().forEach(warning -> out().line("Warning: " + warning));
      return 0;
    }
    validation.problems().forEach(Output.errorsOf(spec)::line);
    return 1;
  }

  @Command(
      name = "profile",
      description = {
        "Show the indexes of the table of jobs, or change them while jobs are worked.",
        "lean leaves out the indexes on kind, args and metadata, which only searches use."
      })
  void profile(
      @Mixin DatabaseOptions database,
      @Parameters(
              arity = "0..1",
              paramLabel = "PROFILE",
              description = "river (all of River's indexes) or lean (default: show the profile).")
          @Nullable IndexProfile profile,
      @Option(names = "--dry-run", description = "Show the statements, but change nothing.")
          boolean dryRun) {
    Migrator migrator = migrator(database);
    if (profile == null) {
      out().line(describe(migrator.profile()));
    } else if (dryRun) {
      print(migrator.plan(profile), step -> step.sql() + ";");
    } else {
      print(
          migrator.profile(profile),
          step -> "%s in %d ms".formatted(step.sql(), step.duration().toMillis()));
    }
  }

  private static String describe(Optional<IndexProfile> profile) {
    return profile
        .map(it ->
            switch (it) {
              case RIVER -> "river, all of River's indexes";
              case LEAN -> "lean, without the indexes on kind, args and metadata";
            })
        .orElse(
            "neither river nor lean, some indexes are missing or unfinished: "
                + "run `./cairn migrate profile river` or `./cairn migrate profile lean`");
  }

  private Migrator migrator(DatabaseOptions database) {
    return migrator(database.dataSource(), database.schema());
  }

  private Migrator migrator(DataSource dataSource, @Nullable String schema) {
    return valid(() -> Migrator.of(dataSource).inSchema(schema));
  }

  /** Options that make no sense are wrong usage, whoever finds that out. */
  private <T> T valid(Supplier<T> action) {
    try {
      return action.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private void print(List<IndexStep> steps, Function<IndexStep, String> text) {
    if (steps.isEmpty()) {
      out().line("Nothing to do.");
    }
    steps.stream().map(text).forEach(out()::line);
  }

  private void print(MigrationResult result) {
    if (result.steps().isEmpty()) {
      out().line("Nothing to do.");
    }
    for (MigrationStep step : result.steps()) {
      if (result.dryRun()) {
        out().line("-- would migrate " + describe(step));
        out().text(step.sql() + System.lineSeparator());
      } else {
        out().line("migrated %s in %d ms".formatted(describe(step), step.duration().toMillis()));
      }
    }
  }

  private static String describe(MigrationStep step) {
    return "%s line %s, version %d (%s)"
        .formatted(step.direction(), step.line(), step.version(), step.name());
  }

  private Output out() {
    return Output.of(spec);
  }
}
