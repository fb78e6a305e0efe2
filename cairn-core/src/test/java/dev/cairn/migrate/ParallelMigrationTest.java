package dev.cairn.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.CairnException;
import dev.cairn.TestDatabase;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelMigrationTest {
  @RegisterExtension static final TestDatabase database = TestDatabase.empty();

  private static final MigrationOptions TO_NOTHING =
      MigrationOptions.defaults().withTargetVersion(0);

  private static List<MigrationStep> atOnce(int threads, Callable<MigrationResult> migration)
      throws Exception {
    var barrier = new CyclicBarrier(threads);
    try (var executor = Executors.newFixedThreadPool(threads)) {
      var results = new ArrayList<Future<MigrationResult>>();
      for (int i = 0; i < threads; i++) {
        results.add(
            executor.submit(() -> {
              barrier.await();
              return migration.call();
            }));
      }
      var steps = new ArrayList<MigrationStep>();
      for (Future<MigrationResult> result : results) {
        steps.addAll(result.get().steps());
      }
      return steps;
    }
  }

  private static void holds(DataSource dataSource, int threads, String schema) throws Exception {
    Migrator migrator = Migrator.of(dataSource).inSchema(schema);

    assertThat(atOnce(threads, migrator::up))
        .extracting(step -> step.line() + " " + step.version())
        .containsExactlyInAnyOrder(
            "main 1", "main 2", "main 3", "main 4", "main 5", "main 6", "main 7", "main 8",
            "cairn 1", "cairn 2", "cairn 3");

    assertThat(Catalog.of(database.dataSource(), schema).withoutCairn())
        .isEqualTo(RiverCatalog.read().catalog());
    assertThat(migrator.validate().problems()).isEmpty();
    assertThat(atOnce(threads, () -> migrator.down(TO_NOTHING))).hasSize(11);
    assertThat(Catalog.of(database.dataSource(), schema).lines()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 8})
  void manyAtOnceTakeEachStepOnce(int threads) throws Exception {
    holds(database.dataSource(), threads, "race_" + threads);
  }

  @Test
  void whoLooksOnWhileOthersMigrateSeesOneStateOrAnother() throws Exception {
    Migrator migrator = Migrator.of(database.dataSource()).inSchema("watched");
    migrator.up();
    try (var executor = Executors.newFixedThreadPool(1)) {
      Future<?> migrations =
          executor.submit(() -> {
            for (int i = 0; i < 10; i++) {
              migrator.down(TO_NOTHING);
              migrator.up();
            }
          });
      do {
        List<Boolean> applied = migrator.list().stream().map(Migration::isApplied).toList();
        assertThat(applied).isSortedAccordingTo(Comparator.reverseOrder());
      } while (!migrations.isDone());
      migrations.get();
    }
    assertThat(migrator.validate().problems()).isEmpty();
  }

  @Test
  void poolsWithoutAutoCommitAndWithAnotherIsolationAreFine() throws Exception {
    var config = new HikariConfig();
    config.setDataSource(Logins.local(database));
    config.setAutoCommit(false);
    config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
    config.setMaximumPoolSize(8);
    try (var pool = new HikariDataSource(config)) {
      holds(pool, 8, "strict");
      try (var connection = pool.getConnection()) {
        assertThat(connection.getAutoCommit()).isFalse();
      }
    }
  }

  /** Seen before: a common setting of a role ended the wait for another process. */
  @Test
  void timeLimitsOfTheSessionDoNotEndTheWaitForAMigration() throws Exception {
    Migrator.of(database.dataSource()).inSchema("limited").up();
    var login = Logins.local(database);
    login.setOptions("-c lock_timeout=500 -c statement_timeout=500");
    Migrator limited = Migrator.of(login).inSchema("limited");
    try (var executor = Executors.newVirtualThreadPerTaskExecutor();
        Connection other = database.dataSource().getConnection();
        var statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "SELECT pg_advisory_xact_lock(hashtextextended('cairn migrate limited', 0))");

      List<Future<?>> waiting =
          List.of(
              executor.submit(() -> limited.up()),
              executor.submit(limited::validate),
              executor.submit(() -> limited.withReadTimeout(Duration.ofSeconds(20)).verify()));
      await().until(() -> waiting() == waiting.size());
      // Longer than the limits of the session.
      assertThatThrownBy(() -> waiting.getFirst().get(700, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      assertThat(waiting()).isEqualTo(waiting.size());
      other.rollback();

      for (Future<?> each : waiting) {
        each.get(20, TimeUnit.SECONDS);
      }
    }
  }

  /**
   * Behind the lock, the limits of the session count again: others may hold the tables for ever.
   */
  @Test
  void whoHoldsATableIsWaitedForNoLongerThanTheSessionAllows() throws Exception {
    Migrator.of(database.dataSource()).inSchema("held").up();
    var login = Logins.local(database);
    login.setOptions("-c lock_timeout=50");
    Migrator limited = Migrator.of(login).inSchema("held");
    try (Connection other = database.dataSource().getConnection();
        var statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE held.river_migration");

      assertThatThrownBy(limited::validate).isInstanceOf(CairnException.class);
      assertThatThrownBy(limited::up).isInstanceOf(CairnException.class);
      other.rollback();
    }
    assertThat(limited.validate().problems()).isEmpty();
  }

  /** How many sessions wait for the lock of a schema. */
  private static long waiting() {
    return database.number(
        """
        SELECT count(*) FROM pg_locks
        WHERE locktype = 'advisory' AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """);
  }

  @Test
  void aPoolOfOneConnectionIsEnough() throws Exception {
    var config = new HikariConfig();
    config.setDataSource(Logins.local(database));
    config.setMaximumPoolSize(1);
    try (var pool = new HikariDataSource(config)) {
      holds(pool, 1, "single");
      try (var connection = pool.getConnection()) {
        assertThat(connection.getAutoCommit()).isTrue();
      }
    }
  }
}
