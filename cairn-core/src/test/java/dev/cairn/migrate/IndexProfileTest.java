package dev.cairn.migrate;

import static dev.cairn.migrate.IndexProfile.LEAN;
import static dev.cairn.migrate.IndexProfile.RIVER;
import static dev.cairn.migrate.MigrationLine.MAIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.CairnException;
import dev.cairn.SchemaException;
import dev.cairn.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
class IndexProfileTest {
  @RegisterExtension static final TestDatabase database = TestDatabase.empty();

  private static final List<String> SEARCHES =
      List.of("river_job_args_index", "river_job_kind", "river_job_metadata_index");

  private static Migrator migrator(String schema) {
    return Migrator.of(database.dataSource()).inSchema(schema);
  }

  private static Migrator migrated(String schema) {
    Migrator migrator = migrator(schema);
    migrator.up();
    return migrator;
  }

  private static Catalog catalog(String schema) {
    return Catalog.of(database.dataSource(), schema).withoutCairn();
  }

  private static List<String> indexes(List<IndexStep> steps) {
    return steps.stream().map(IndexStep::index).toList();
  }

  /** What an interrupted build leaves behind. */
  private static void invalidate(String schema, String index) {
    database.execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '%s.%s'::regclass"
            .formatted(schema, index));
  }

  private static long invalid(String schema) {
    return database.number(
        "SELECT count(*) FROM pg_index WHERE NOT indisvalid AND indrelid = '%s.river_job'::regclass"
            .formatted(schema));
  }

  @Test
  void leanIsWithoutTheIndexesOfSearchesAndRiverExactlyAsRiverMakesIt() {
    Migrator migrator = migrated("there_and_back");
    Catalog river = catalog("there_and_back");
    assertThat(migrator.profile()).contains(RIVER);

    List<IndexStep> dropped = migrator.profile(LEAN);

    assertThat(indexes(dropped)).isEqualTo(SEARCHES);
    assertThat(dropped)
        .allSatisfy(step -> {
          assertThat(step.duration()).isPositive();
          assertThat(step.sql())
              .startsWith("DROP INDEX CONCURRENTLY ")
              .contains("\"there_and_back\".");
        });
    assertThat(migrator.profile()).contains(LEAN);
    assertThat(catalog("there_and_back"))
        .isEqualTo(
            river.without(line -> SEARCHES.stream().anyMatch(it -> line.contains(it + ":"))));

    assertThat(indexes(migrator.profile(RIVER))).containsExactlyInAnyOrderElementsOf(SEARCHES);
    assertThat(migrator.profile()).contains(RIVER);
    assertThat(catalog("there_and_back")).isEqualTo(river);
  }

  @Test
  void aProfileThatIsThereIsLeftAlone() {
    Migrator migrator = migrated("settled");
    Catalog river = Catalog.identities(database.dataSource(), "settled");

    assertThat(migrator.profile(RIVER)).isEmpty();
    assertThat(Catalog.identities(database.dataSource(), "settled")).isEqualTo(river);

    migrator.profile(LEAN);
    Catalog lean = Catalog.identities(database.dataSource(), "settled");
    assertThat(migrator.profile(LEAN)).isEmpty();
    assertThat(Catalog.identities(database.dataSource(), "settled")).isEqualTo(lean);
  }

  @Test
  void aPlanTellsTheStatementsAndRunsNone() {
    Migrator migrator = migrated("planned");
    Catalog before = Catalog.identities(database.dataSource(), "planned");

    List<IndexStep> plan = migrator.plan(LEAN);

    assertThat(indexes(plan)).isEqualTo(SEARCHES);
    assertThat(plan).extracting(IndexStep::duration).containsOnly(Duration.ZERO);
    assertThat(migrator.plan(RIVER)).isEmpty();
    assertThat(Catalog.identities(database.dataSource(), "planned")).isEqualTo(before);
    assertThat(migrator.profile(LEAN))
        .extracting(IndexStep::sql)
        .isEqualTo(plan.stream().map(IndexStep::sql).toList());
  }

  @Test
  void eachSchemaHasItsOwn() {
    Migrator lean = migrated("one");
    Migrator river = migrated("other");

    lean.profile(LEAN);

    assertThat(lean.profile()).contains(LEAN);
    assertThat(river.profile()).contains(RIVER);
  }

  @Test
  void whatIsHalfThereIsNeitherAndBecomesEither() {
    Migrator migrator = migrated("half");
    database.execute("DROP INDEX half.river_job_kind");
    assertThat(migrator.profile()).isEmpty();
    assertThat(migrator.validate().isValid()).isTrue();

    assertThat(indexes(migrator.profile(RIVER))).containsExactly("river_job_kind");
    assertThat(migrator.profile()).contains(RIVER);

    database.execute("DROP INDEX half.river_job_kind");
    assertThat(indexes(migrator.profile(LEAN)))
        .containsExactly("river_job_args_index", "river_job_metadata_index");
    assertThat(migrator.profile()).contains(LEAN);
  }

  @Test
  void whatAnInterruptionLeftIsDroppedAndBuiltAgain() {
    Migrator migrator = migrated("leftover");
    invalidate("leftover", "river_job_args_index");
    // As REINDEX CONCURRENTLY leaves it.
    database.execute("CREATE INDEX river_job_kind_ccnew1 ON leftover.river_job (kind)");
    invalidate("leftover", "river_job_kind_ccnew1");
    assertThat(migrator.profile()).isEmpty();

    assertThat(indexes(migrator.profile(RIVER)))
        .containsExactly("river_job_args_index", "river_job_kind_ccnew1", "river_job_args_index");
    assertThat(invalid("leftover")).isZero();
    assertThat(migrator.profile()).contains(RIVER);

    invalidate("leftover", "river_job_args_index");
    migrator.profile(LEAN);
    assertThat(migrator.profile()).contains(LEAN);
  }

  @Test
  void aBuildThatIsCancelledLeavesNothingHalf() throws Exception {
    Migrator migrator = migrated("cancelled");
    migrator.profile(LEAN);
    try (var executor = Executors.newSingleThreadExecutor()) {
      Future<List<IndexStep>> building;
      try (var writer = database.dataSource().getConnection()) {
        writer.setAutoCommit(false);
        try (var statement = writer.createStatement()) {
          statement.execute("INSERT INTO cancelled.river_job (kind, args) VALUES ('noop', '{}')");
        }
        building = executor.submit(() -> migrator.profile(RIVER));
        await()
            .until(() ->
                database.number(
                        """
                        SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
                        WHERE query LIKE 'CREATE INDEX CONCURRENTLY %"cancelled"%'
                          AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
                        """)
                    > 0);
        writer.rollback();
        writer.setAutoCommit(true);
      }
      assertThatThrownBy(building::get)
          .hasCauseInstanceOf(CairnException.class)
          .hasMessageContaining("Could not change index river_job_kind")
          .hasMessageContaining("cancel");
    }

    assertThat(invalid("cancelled")).isZero();
    assertThat(migrator.profile()).contains(LEAN);
  }

  @Test
  void manyAtOnceTakeTurns() throws Exception {
    Migrator migrator = migrated("race");
    for (IndexProfile profile : List.of(LEAN, RIVER)) {
      var barrier = new CyclicBarrier(4);
      try (var executor = Executors.newFixedThreadPool(4)) {
        var changes = new ArrayList<Future<List<IndexStep>>>();
        for (int i = 0; i < 4; i++) {
          changes.add(
              executor.submit(() -> {
                barrier.await();
                return migrator.profile(profile);
              }));
        }
        for (var change : changes) {
          change.get();
        }
      }
      assertThat(migrator.profile()).contains(profile);
      assertThat(invalid("race")).isZero();
    }
    assertThat(catalog("race")).isEqualTo(RiverCatalog.read().catalog());
  }

  @Test
  void aRowOfTheCatalogThatAnotherChangedMeanwhileIsReadAgain() throws Exception {
    Migrator migrator = migrated("catalog");
    try (var executor = Executors.newSingleThreadExecutor();
        var other = database.dataSource().getConnection()) {
      other.setAutoCommit(false);
      try (var statement = other.createStatement()) {
        statement.execute(
            """
            UPDATE pg_index SET indisclustered = false
            WHERE indexrelid = 'catalog.river_job_args_index'::regclass
            """);
      }
      Future<List<IndexStep>> dropping = executor.submit(() -> migrator.profile(LEAN));
      await()
          .until(() ->
              database.number(
                      """
                      SELECT count(*) FROM pg_stat_activity
                      WHERE query LIKE 'DROP INDEX CONCURRENTLY %"catalog"%'
                        AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
                      """)
                  == 1);
      other.commit();
      other.setAutoCommit(true);
      assertThat(indexes(dropping.get())).isEqualTo(SEARCHES);
    }

    assertThat(migrator.profile()).contains(LEAN);
  }

  @Test
  void aPoolOfOneConnectionWithoutAutoCommitIsEnough() throws Exception {
    migrated("strict");
    var config = new HikariConfig();
    config.setDataSource(Logins.local(database));
    config.setAutoCommit(false);
    config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
    config.setMaximumPoolSize(1);
    try (var pool = new HikariDataSource(config)) {
      Migrator migrator = Migrator.of(pool).inSchema("strict");
      assertThat(migrator.profile(LEAN)).hasSize(3);
      assertThat(migrator.profile(RIVER)).hasSize(3);
      assertThat(migrator.profile()).contains(RIVER);
      try (var connection = pool.getConnection()) {
        assertThat(connection.getAutoCommit()).isFalse();
      }
    }
  }

  @Test
  void bothAreValidAndMigrateUpAndDown() {
    MigrationOptions toNothing = MigrationOptions.defaults().withTargetVersion(0);
    for (int version = 2; version <= MAIN.newestVersion(); version++) {
      String schema = "lean_at_" + version;
      Migrator migrator = migrator(schema);
      migrator.up(MigrationOptions.defaults().withLine(MAIN).withTargetVersion(version));
      migrator.profile(LEAN);

      migrator.up();

      assertThat(migrator.profile()).contains(LEAN);
      assertThat(migrator.validate().problems()).isEmpty();
      assertThat(migrator.up().steps()).isEmpty();
      migrator.down(toNothing);
      assertThat(Catalog.of(database.dataSource(), schema).lines()).isEmpty();
      migrator.up();
      assertThat(migrator.profile()).contains(RIVER);
    }
  }

  @Test
  void withoutTheTableItIsToldWhatMakesIt() {
    migrator("no_jobs").up(MigrationOptions.defaults().withLine(MAIN).withTargetVersion(1));
    for (String schema : List.of("nowhere", "no_jobs")) {
      Migrator migrator = migrator(schema);
      String told =
          "Schema %1$s has no table of jobs: run `./cairn migrate up --schema %1$s` [CAIRN-601]"
              .formatted(schema);

      assertThatThrownBy(migrator::profile).isInstanceOf(SchemaException.class).hasMessage(told);
      assertThatThrownBy(() -> migrator.profile(LEAN))
          .isInstanceOf(SchemaException.class)
          .hasMessage(told);
      assertThatThrownBy(() -> migrator.plan(RIVER))
          .isInstanceOf(SchemaException.class)
          .hasMessage(told);
    }
  }

  @Test
  void aRoleThatDoesNotOwnTheTableIsRefused() {
    Migrator owner = migrated("owned");
    database.execute("CREATE ROLE guest LOGIN");
    database.execute("GRANT USAGE ON SCHEMA owned TO guest");
    database.execute("GRANT ALL ON ALL TABLES IN SCHEMA owned TO guest");
    DataSource guest = Logins.of(database, "guest");

    assertThatThrownBy(() -> Migrator.of(guest).inSchema("owned").profile(LEAN))
        .isInstanceOf(CairnException.class)
        .hasMessageContaining("must be owner of index river_job_args_index");

    assertThat(owner.profile()).contains(RIVER);
  }
}
