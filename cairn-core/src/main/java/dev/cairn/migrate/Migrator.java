package dev.cairn.migrate;

import dev.cairn.CairnException;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.options.Durations;
import dev.cairn.internal.postgres.MigrationPlan;
import dev.cairn.internal.postgres.MigrationScript;
import dev.cairn.internal.postgres.RoleGrants;
import dev.cairn.internal.postgres.SchemaCheck;
import dev.cairn.internal.postgres.SchemaMigrations;
import dev.cairn.internal.postgres.SchemaName;
import dev.cairn.internal.postgres.SchemaState;
import dev.cairn.internal.postgres.SearchIndexes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Creates, changes and removes Cairn's tables.
 *
 * <pre>{@code
 * Migrator.of(dataSource).up();
 * }</pre>
 *
 * Each version is applied in a transaction of its own, under a lock of the schema: any number of
 * processes may call {@link #up()} when they start. In a database that River migrated, only the
 * missing versions of River's line are added. Immutable and thread-safe.
 *
 * <p>All methods that use the database throw {@link dev.cairn.StoreUnavailableException} if it
 * cannot be reached or refuses the login.
 */
public final class Migrator {
  private static final Log log = Log.of(Migrator.class);

  private final DataSource dataSource;
  private final @Nullable String schema;
  private final @Nullable Duration readTimeout;
  private final SchemaMigrations migrations;
  private final SearchIndexes indexes;
  private final RoleGrants roles;

  private Migrator(DataSource dataSource, @Nullable String schema, @Nullable Duration readTimeout) {
    this.dataSource = dataSource;
    this.schema = schema;
    this.readTimeout = readTimeout;
    this.migrations = new SchemaMigrations(dataSource, schema, readTimeout);
    this.indexes = new SearchIndexes(dataSource, schema);
    this.roles = new RoleGrants(dataSource, schema);
  }

  /**
   * A migrator for the current schema of the data source's connections, which is {@code public} by
   * default.
   */
  public static Migrator of(DataSource dataSource) {
    return new Migrator(Objects.requireNonNull(dataSource, "dataSource"), null, null);
  }

  /**
   * A migrator for another schema, which {@link #up()} creates if it is missing.
   *
   * @param schema the current schema of the connections if null
   * @throws IllegalArgumentException if the name is not made of at most 46 letters, digits and
   *     underscores, or begins with a digit
   */
  public Migrator inSchema(@Nullable String schema) {
    return new Migrator(dataSource, schema, readTimeout);
  }

  /**
   * A migrator whose {@link #list}, {@link #validate} and {@link #verify} fail if one of their
   * statements takes longer than this, or if the server is silent for two seconds longer. Unless
   * set, they wait for a migration in progress for as long as it takes.
   *
   * @throws IllegalArgumentException if it is less than a millisecond or more than a day
   */
  public Migrator withReadTimeout(Duration most) {
    return new Migrator(
        dataSource,
        schema,
        Durations.between(Duration.ofMillis(1), Duration.ofDays(1), "readTimeout", most));
  }

  /**
   * Migrates line main to its newest version and then line cairn. Returns at once if both are up to
   * date. Logs the warnings of {@link #validate}.
   */
  public MigrationResult up() {
    return up(MigrationOptions.defaults());
  }

  /**
   * Applies versions, oldest first, line main before line cairn.
   *
   * <p>A line that is newer than this Cairn is left unchanged, if Cairn can work with it: line main
   * has everything that Cairn needs, or line cairn says so. Unless it is a dry run, logs the
   * warnings of {@link #validate} afterwards.
   *
   * @throws IllegalArgumentException if the target version does not exist
   * @throws dev.cairn.SchemaException if a line is newer than this Cairn and Cairn cannot work with
   *     it, or if a version cannot be applied; the versions before it stay applied
   */
  public MigrationResult up(MigrationOptions options) {
    return migrate(MigrationDirection.UP, options);
  }

  /**
   * Reverts the last step: the newest version of line cairn, or of line main if line cairn is gone.
   */
  public MigrationResult down() {
    return down(MigrationOptions.defaults());
  }

  /**
   * Reverts versions, newest first, line cairn before line main. The contents of their tables and
   * columns are lost. The schema itself stays.
   *
   * @throws IllegalArgumentException if the target version does not exist
   * @throws dev.cairn.SchemaException if the database is newer than this Cairn, or line main would
   *     go below version 5 while another line is applied, or a version cannot be reverted; the
   *     versions after it stay reverted
   */
  public MigrationResult down(MigrationOptions options) {
    return migrate(MigrationDirection.DOWN, options);
  }

  /** All versions, applied or not, including applied versions that are newer than this Cairn. */
  public List<Migration> list() {
    SchemaState state = migrations.look();
    return Stream.of(MigrationLine.values())
        .flatMap(line -> Stream.concat(known(line, state), unknown(line, state)))
        .toList();
  }

  /**
   * The SQL of one version, with the schema filled in. Does not use the database, unless {@link
   * #inSchema} got no name: then it asks for the name of the current schema.
   *
   * @throws IllegalArgumentException if there is no such version
   */
  public String sql(MigrationLine line, int version, MigrationDirection direction) {
    return MigrationScript.of(line, version).sql(direction, migrations.schema());
  }

  /**
   * Returns if a client could start, and logs the warnings of {@link #validate}.
   *
   * @throws dev.cairn.SchemaException if no client could start; the message says what is missing,
   *     too old or too new, and what to do
   */
  public void verify() {
    check().verify();
  }

  /** Whether a client of this version of Cairn could start. Changes nothing. */
  public MigrationValidation validate() {
    return check().validate();
  }

  private SchemaCheck check() {
    return new SchemaCheck(migrations);
  }

  /**
   * The indexes that the table of jobs has; empty if they match neither profile, because a change
   * was interrupted or some indexes were dropped.
   *
   * @throws dev.cairn.SchemaException if there is no table of jobs
   */
  public Optional<IndexProfile> profile() {
    return indexes.profile();
  }

  /**
   * Drops or builds indexes until the table has this profile. Returns at once if it already has.
   * Jobs are worked meanwhile. Each index is a separate step. After an interruption, the next call
   * continues there and drops half-built indexes. Each step waits until the currently open
   * transactions have ended. Building takes as long as reading the table, so a time limit of the
   * connection, such as {@code socketTimeout}, may be too short. Several processes may call this at
   * the same time.
   *
   * @return the steps that this call took, in this order, without those of other processes
   * @throws dev.cairn.SchemaException if there is no table of jobs
   * @throws dev.cairn.CairnException if an index cannot be changed, for example because the role
   *     does not own the table
   */
  public List<IndexStep> profile(IndexProfile profile) {
    Objects.requireNonNull(profile, "profile");
    var steps = new ArrayList<IndexStep>();
    Optional<IndexStep> done = indexes.step(profile);
    while (done.isPresent()) {
      IndexStep step = done.get();
      log.info("Changed index {} in {}: {}", step.index(), step.duration(), step.sql());
      steps.add(step);
      done = indexes.step(profile);
    }
    return steps;
  }

  /**
   * The steps that {@link #profile(IndexProfile)} would take now. Changes nothing.
   *
   * @throws dev.cairn.SchemaException if there is no table of jobs
   */
  public List<IndexStep> plan(IndexProfile profile) {
    return indexes.plan(Objects.requireNonNull(profile, "profile"));
  }

  /**
   * Gives a database role the privileges that one sort of programs needs, and no others. The
   * statements name each table, so that other tables in the schema are not affected. Call it again
   * after each migration that has added tables; granting a privilege twice does no harm. Revokes
   * nothing.
   *
   * <p>The connection's role must own the schema and the tables, or be a superuser. It need not own
   * those for which the role has the privileges already. That counts even if the role has them only
   * as a superuser, as a member of another role, or because everybody has them: then nothing is
   * granted, and the privileges end with their reason. {@link Privileges#MIGRATOR} also creates a
   * schema that is not there, for which the connection's role needs {@code CREATE} on the database.
   * Grant it before {@link #up()}. The migrator does not become the owner of tables that another
   * role has created.
   *
   * @param role its name, taken literally; it must exist: see {@link #createRole}
   * @throws IllegalArgumentException if the name is blank, has more than 63 bytes, or is {@code
   *     public}, which PostgreSQL takes for all roles
   * @throws dev.cairn.SchemaException if the tables are missing or too old, or if line cairn is
   *     newer than this Cairn, which does not know all tables
   * @throws CairnException if there is no such role, or the connection's role may not grant this
   */
  public void grant(Privileges privileges, String role) {
    // First: a wrong name is the nearer mistake, and nothing else has to be right to say so.
    if (!roles.exists(role)) {
      throw new CairnException(
          "Could not grant privileges to role %s: role \"%s\" does not exist; create it first [CAIRN-608]"
              .formatted(role, role));
    }
    if (privileges != Privileges.MIGRATOR) {
      check().verifyAllKnown();
    }
    roles.grant(privileges, role);
  }

  /**
   * The statements of {@link #grant}. Does not use the database, unless {@link #inSchema} got no
   * name: then it asks for the name of the current schema.
   *
   * @throws IllegalArgumentException as {@link #grant}
   */
  public List<String> grants(Privileges privileges, String role) {
    return roles.statements(privileges, role);
  }

  /**
   * Creates a role that may log in and has no password, unless there is a role of this name.
   * Returns whether it was created.
   *
   * @throws IllegalArgumentException as {@link #grant}
   * @throws dev.cairn.CairnException if the connection's role may not create roles
   */
  public boolean createRole(String role) {
    return !roles.exists(role) && roles.create(role);
  }

  private MigrationResult migrate(MigrationDirection direction, MigrationOptions options) {
    var plan = new MigrationPlan(direction, options);
    SchemaState before = migrations.state();
    List<MigrationScript> planned = plan.steps(before);
    List<MigrationStep> steps =
        planned.isEmpty() || options.dryRun()
            ? planned.stream().map(script -> step(script, direction, Duration.ZERO)).toList()
            : run(plan);
    if (direction == MigrationDirection.UP && !options.dryRun()) {
      check().warn(planned.isEmpty() ? before : migrations.state());
    }
    return new MigrationResult(direction, steps, options.dryRun());
  }

  // Each step is chosen anew under the lock, because another process may have been faster.
  private List<MigrationStep> run(MigrationPlan plan) {
    var steps = new ArrayList<MigrationStep>();
    while (steps.size() < plan.maxSteps()) {
      Optional<SchemaMigrations.Done> done = migrations.step(plan.direction(), plan::next);
      if (done.isEmpty()) {
        break;
      }
      MigrationStep step = step(done.get().script(), plan.direction(), done.get().duration());
      log.info(
          "Migrated line {} {}: version {} ({}) in {}",
          step.line(),
          step.direction(),
          step.version(),
          step.name(),
          step.duration());
      steps.add(step);
    }
    return steps;
  }

  private MigrationStep step(
      MigrationScript script, MigrationDirection direction, Duration duration) {
    SchemaName schema = migrations.schema();
    return new MigrationStep(
        script.line(),
        script.version(),
        script.name(),
        direction,
        duration,
        script.sql(direction, schema));
  }

  private static Stream<Migration> known(MigrationLine line, SchemaState state) {
    return MigrationScript.all().stream()
        .filter(script -> script.line() == line)
        .map(script ->
            new Migration(
                line, script.version(), script.name(), state.applied(line).get(script.version())));
  }

  private static Stream<Migration> unknown(MigrationLine line, SchemaState state) {
    return state.applied(line).tailMap(line.newestVersion(), false).entrySet().stream()
        .map(entry -> new Migration(line, entry.getKey(), "unknown", entry.getValue()));
  }
}
