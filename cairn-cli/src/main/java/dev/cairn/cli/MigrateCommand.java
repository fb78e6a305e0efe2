package dev.cairn.cli;

import dev.cairn.cli.Table.Column;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
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
  void up(@Mixin DatabaseOptions database, @Mixin Extent extent, @Mixin JsonFormat format) {
    Migrator migrator = migrator(database);
    print(valid(() -> migrator.up(extent.options())), format);
  }

  @Command(name = "down", description = "Revert the newest version, or more with --target-version.")
  int down(
      @Mixin DatabaseOptions database,
      @Mixin Extent extent,
      @Option(names = "--yes", description = "Do not ask before tables are dropped.") boolean yes,
      @Mixin JsonFormat format) {
    Migrator migrator = migrator(database);
    MigrationOptions options = valid(extent::options);
    if (format.isWanted() && !yes && !options.dryRun()) {
      throw new ParameterException(spec.commandLine(), "--json cannot ask: add --yes or --dry-run");
    }
    if (yes || options.dryRun()) {
      print(valid(() -> migrator.down(options)), format);
      return ExitCodes.DONE;
    }
    List<MigrationStep> shown = stepsDown(migrator, options);
    if (!isConfirmed(shown)) {
      return ExitCodes.FAILED;
    }
    print(downAsShown(migrator, options, shown, database.schemaOption()), format);
    return ExitCodes.DONE;
  }

  private List<MigrationStep> stepsDown(Migrator migrator, MigrationOptions options) {
    return valid(() -> migrator.down(options.withDryRun())).steps();
  }

  /** Whether there is nothing to lose, or the user has said that it may be lost. */
  private boolean isConfirmed(List<MigrationStep> steps) {
    if (steps.isEmpty()) {
      return true;
    }
    steps.forEach(step -> out().line("to migrate: " + describe(step)));
    return Confirmation.of(spec, "This drops tables and columns with all their data. Continue?");
  }

  /**
   * Reverts only what the user was asked about, because another process may have reverted it
   * meanwhile.
   */
  private MigrationResult downAsShown(
      Migrator migrator, MigrationOptions options, List<MigrationStep> shown, String option) {
    if (!versions(stepsDown(migrator, options)).equals(versions(shown))) {
      throw new IllegalStateException(
          "the tables were migrated meanwhile, and nothing was reverted: run the command again, and look at its steps [CAIRN-908]");
    }
    var steps = new ArrayList<MigrationStep>();
    Map<MigrationLine, List<MigrationStep>> byLine =
        shown.stream()
            .collect(
                Collectors.groupingBy(
                    MigrationStep::line, LinkedHashMap::new, Collectors.toList()));
    byLine.forEach((line, ofLine) -> {
      // If another process is faster still, this reverts no more than the last step that was shown.
      MigrationOptions exactly =
          MigrationOptions.defaults()
              .withLine(line)
              .withTargetVersion(ofLine.getLast().version() - 1)
              .withMaxSteps(ofLine.size());
      steps.addAll(migrator.down(exactly).steps());
    });
    if (!versions(steps).equals(versions(shown))) {
      throw new IllegalStateException(
          "somebody else migrated the tables at the same moment, and %s was reverted instead of %s: look at `./cairn migrate list%s` [CAIRN-908]"
              .formatted(
                  steps.isEmpty() ? "nothing" : String.join(", ", versions(steps)),
                  String.join(", ", versions(shown)),
                  option));
    }
    return new MigrationResult(MigrationDirection.DOWN, steps, false);
  }

  private static List<String> versions(List<MigrationStep> steps) {
    return steps.stream().map(step -> step.line() + " " + step.version()).toList();
  }

  @Command(name = "list", description = "Show all versions and when they were applied.")
  void list(@Mixin DatabaseOptions database, @Mixin JsonFormat format) {
    List<Migration> migrations = migrator(database).list();
    if (format.prints(out(), migrations.stream().map(Version::of).toList())) {
      return;
    }
    var table =
        new Table(
            Column.text("line"),
            Column.number("version"),
            Column.cut("name", 10),
            Column.text("applied at"));
    for (Migration migration : migrations) {
      table.row(
          migration.line().toString(),
          Integer.toString(migration.version()),
          migration.name(),
          Figures.moment(migration.appliedAt()));
    }
    table.print(out());
  }

  /** A version in {@code --json}. */
  private record Version(String line, int version, String name, @Nullable Instant appliedAt) {
    static Version of(Migration migration) {
      return new Version(
          migration.line().label(), migration.version(), migration.name(), migration.appliedAt());
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
      @ArgGroup(multiplicity = "1") Direction direction,
      @Mixin JsonFormat format) {
    // Without a database there is no current schema to ask for.
    Migrator migrator =
        database.isGiven()
            ? migrator(database)
            : migrator(
                new PGSimpleDataSource(), Objects.requireNonNullElse(database.schema(), "public"));
    MigrationDirection way = direction.up ? MigrationDirection.UP : MigrationDirection.DOWN;
    String sql = valid(() -> migrator.sql(line, version, way));
    if (format.isWanted()) {
      out().text(JsonOutput.of(new Script(line.label(), version, way.toString(), sql)));
    } else {
      out().text(sql);
    }
  }

  /** The SQL of a version in {@code --json}. */
  private record Script(String line, int version, String direction, String sql) {}

  /** The state of the tables in {@code --json}. */
  private record Validity(
      boolean valid, List<String> problems, List<String> warnings, @Nullable String profile) {}

  /** The indexes in {@code --json}. */
  private record Profile(@Nullable String profile) {}

  private static @Nullable String name(Optional<IndexProfile> profile) {
    return profile.map(it -> it.name().toLowerCase(Locale.ROOT)).orElse(null);
  }

  @Command(
      name = "validate",
      description = "Report what is missing or wrong. Exits with 1 if anything is.")
  int validate(@Mixin DatabaseOptions database, @Mixin JsonFormat format) {
    Migrator migrator = migrator(database);
    MigrationValidation validation = migrator.validate();
    if (format.isWanted()) {
      boolean valid = validation.isValid();
      out()
          .text(
              JsonOutput.of(
                  new Validity(
                      valid,
                      validation.problems(),
                      validation.warnings(),
                      valid ? name(migrator.profile()) : null)));
      return valid ? ExitCodes.DONE : ExitCodes.FAILED;
    }
    if (validation.isValid()) {
      out().line("The database has all the tables that this version of Cairn needs.");
      out().line("Its indexes: " + describe(migrator.profile(), database.schemaOption()) + ".");
      validation.warnings().forEach(warning -> out().line("Warning: " + warning));
      return ExitCodes.DONE;
    }
    validation.problems().forEach(Output.errorsOf(spec)::line);
    return ExitCodes.FAILED;
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
          boolean dryRun,
      @Mixin JsonFormat format) {
    Migrator migrator = migrator(database);
    if (profile == null) {
      if (format.isWanted()) {
        out().text(JsonOutput.of(new Profile(name(migrator.profile()))));
      } else {
        out().line(describe(migrator.profile(), database.schemaOption()));
      }
    } else if (dryRun) {
      print(migrator.plan(profile), format, step -> step.sql() + ";");
    } else {
      print(
          migrator.profile(profile),
          format,
          step -> "%s in %d ms".formatted(step.sql(), step.duration().toMillis()));
    }
  }

  private static String describe(Optional<IndexProfile> profile, String option) {
    return profile
        .map(it ->
            switch (it) {
              case RIVER -> "river, all of River's indexes";
              case LEAN -> "lean, without the indexes on kind, args and metadata";
            })
        .orElse(
            "neither river nor lean, some indexes are missing or unfinished: "
                + "run `./cairn migrate profile river%1$s` or `./cairn migrate profile lean%1$s`"
                    .formatted(option));
  }

  private Migrator migrator(DatabaseOptions database) {
    return migrator(database.dataSource(), database.schema());
  }

  private Migrator migrator(DataSource dataSource, @Nullable String schema) {
    return valid(() -> Migrator.of(dataSource).inSchema(schema));
  }

  /** Invalid options are wrong usage, wherever they are detected. */
  private <T> T valid(Supplier<T> action) {
    try {
      return action.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private void print(List<IndexStep> steps, JsonFormat format, Function<IndexStep, String> text) {
    if (format.prints(out(), steps.stream().map(Statement::of).toList())) {
      return;
    }
    if (steps.isEmpty()) {
      out().line("Nothing to do.");
    }
    steps.stream().map(text).forEach(out()::line);
  }

  /** A statement on an index in {@code --json}. */
  private record Statement(String sql, long durationMs) {
    static Statement of(IndexStep step) {
      return new Statement(step.sql(), step.duration().toMillis());
    }
  }

  /** A step in {@code --json}. */
  private record Step(
      String line,
      int version,
      String name,
      String direction,
      boolean dryRun,
      long durationMs,
      String sql) {}

  private void print(MigrationResult result, JsonFormat format) {
    if (format.prints(
        out(),
        result.steps().stream()
            .map(step ->
                new Step(
                    step.line().label(),
                    step.version(),
                    step.name(),
                    step.direction().toString(),
                    result.dryRun(),
                    step.duration().toMillis(),
                    step.sql()))
            .toList())) {
      return;
    }
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
