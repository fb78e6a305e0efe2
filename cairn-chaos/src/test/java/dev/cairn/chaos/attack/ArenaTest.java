package dev.cairn.chaos.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.fleet.Fleet;
import dev.cairn.chaos.fleet.FleetPlan;
import dev.cairn.chaos.fleet.Tables;
import dev.cairn.chaos.fleet.Target;
import dev.cairn.chaos.history.Rung;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.IndexProfile;
import dev.cairn.migrate.MigrationOptions;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What attacks leave behind on a server that a failover replaced. */
class ArenaTest {
  private static final Caller NOBODY =
      new Caller() {
        @Override
        public void insert(Rung rung, int count) {}

        @Override
        public void repeatSignals() {}
      };

  @TempDir private Path folder;

  @Test
  void clearingUpTakesEverythingAway() throws Exception {
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    var target =
        new Target(
            database.host(),
            database.port(),
            database.name(),
            database.user(),
            database.password(),
            Target.Encryption.NEVER);
    Tables tables = Tables.create(target.direct(), "cairn_arena", null);
    try (Fleet fleet = noWorkers(target, tables)) {
      var arena = new Arena(fleet, tables, () -> target, null, null, NOBODY, line -> {});
      tables.migrator().profile(IndexProfile.LEAN);
      tables.migrator().down(MigrationOptions.defaults().withMaxSteps(1));
      tables.execute(
          "INSERT INTO {schema}.river_job (kind, args, max_attempts) VALUES ('odd', '{}', 3)",
          """
          CREATE FUNCTION {schema}.chaos_raise_40001() RETURNS trigger LANGUAGE plpgsql
          AS 'BEGIN RETURN NULL; END'
          """);

      arena.clearUp();

      assertThat(tables.migrator().up().steps()).isEmpty();
      assertThat(tables.migrator().profile()).contains(IndexProfile.RIVER);
      assertThat(tables.list("SELECT state FROM {schema}.river_job", row -> row.getString("state")))
          .containsExactly("cancelled");
      assertThat(
              tables.list(
                  "SELECT proname FROM pg_proc WHERE proname LIKE 'chaos\\_raise%'",
                  row -> row.getString("proname")))
          .isEmpty();
    }
  }

  @Test
  void placesAreCountedAndTurnsAreNumbered() throws Exception {
    List<String> said = new ArrayList<>();
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    Target target = Target.of(database.jdbcUrl() + "?user=nobody");
    Tables tables = Tables.create(database.dataSource(), "cairn_arena", null);
    try (Fleet fleet = noWorkers(target, tables)) {
      var arena = new Arena(fleet, tables, () -> target, null, null, NOBODY, said::add);

      arena.met("cut-before", "COMMIT", 2);
      arena.met("cut-before", "COMMIT", 3);

      assertThat(arena.places()).containsExactly(Map.entry("cut-before: COMMIT", 5L));
      assertThat(said).contains("cut-before met COMMIT: 2");
      assertThat(List.of(arena.turn("clock"), arena.turn("clock"), arena.turn("kill")))
          .containsExactly(0, 1, 0);
    }
  }

  /** Somebody else's run in the same database would find that its healthy workers failed. */
  @Test
  void onlyTheSessionsOfThisRunAreEnded() throws Exception {
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    Target target =
        Target.of(
            database.jdbcUrl()
                + "?user=%s&password=%s".formatted(database.user(), database.password()));
    Tables tables = Tables.create(target.direct("cairn_arena"), "cairn_arena", null);
    try (Fleet fleet = noWorkers(target, tables);
        Connection ours = target.direct("cairn_arena-w1").getConnection();
        Connection others = target.direct("cairn_arena2-w1").getConnection();
        Connection controller = target.direct("cairn_arena").getConnection()) {
      var arena = new Arena(fleet, tables, () -> target, null, null, NOBODY, line -> {});

      assertThat(ServerAttacks.endSessions(arena, "true")).isEqualTo(1);

      assertThat(others.isValid(5)).isTrue();
      assertThat(controller.isValid(5)).isTrue();
      assertThat(ours.isValid(5)).isFalse();
    }
  }

  private Fleet noWorkers(Target target, Tables tables) throws Exception {
    return Fleet.start(
        () -> target, tables.schema(), folder, FleetPlan.of(0, Duration.ofSeconds(4)));
  }
}
