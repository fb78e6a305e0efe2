package dev.cairn.migrate;

import static dev.cairn.migrate.MigrationLine.CAIRN;
import static dev.cairn.migrate.MigrationLine.MAIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationCatalogTest {
  @RegisterExtension static final TestDatabase database = TestDatabase.empty();

  private static final MigrationOptions MAIN_LINE = MigrationOptions.defaults().withLine(MAIN);

  private static Migrator migrator(String schema) {
    return Migrator.of(database.dataSource()).inSchema(schema);
  }

  private static Catalog catalog(String schema) {
    return Catalog.of(database.dataSource(), schema);
  }

  @Test
  void isExactlyTheCatalogThatRiverMakes() {
    migrator("same").up();

    assertThat(catalog("same").withoutCairn().lines())
        .containsExactlyElementsOf(RiverCatalog.read().catalog().lines());
  }

  @Test
  void isTheSameInASchemaWithAnotherNameWhateverTheSearchPath() {
    migrator("Odd_Name").up();
    Catalog decoy = Catalog.identities(database.dataSource(), "Odd_Name");

    database.execute("CREATE ROLE odd_path SUPERUSER LOGIN");
    for (String path : List.of("\"Odd_Name\", nowhere", "''")) {
      database.execute("ALTER ROLE odd_path SET search_path TO " + path);
      Migrator migrator = Migrator.of(Logins.of(database, "odd_path")).inSchema("path_free");
      migrator.up();
      assertThat(catalog("path_free").withoutCairn().lines())
          .containsExactlyElementsOf(RiverCatalog.read().catalog().lines());
      migrator.down(MigrationOptions.defaults().withTargetVersion(0));
      assertThat(catalog("path_free").lines()).isEmpty();
    }

    assertThat(Catalog.identities(database.dataSource(), "Odd_Name")).isEqualTo(decoy);
    assertThat(catalog("Odd_Name").withoutCairn().lines())
        .containsExactlyElementsOf(RiverCatalog.read().catalog().lines());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void everyVersionCanBeTakenBackAndAppliedAgain(int version) {
    String schema = "step_" + version;
    Migrator migrator = migrator(schema);
    if (version > 1) {
      migrator.up(MAIN_LINE.withTargetVersion(version - 1));
    }
    Catalog before = catalog(schema);
    migrator.up(MAIN_LINE.withTargetVersion(version));
    Catalog after = catalog(schema);
    assertThat(after).isNotEqualTo(before);

    migrator.down(MAIN_LINE.withTargetVersion(version - 1));
    // A value cannot be taken out of an enum: 'pending' stays.
    assertThat(catalog(schema).without(line -> line.startsWith("enum")).lines())
        .containsExactlyElementsOf(before.without(line -> line.startsWith("enum")).lines());

    migrator.up(MAIN_LINE.withTargetVersion(version));
    assertThat(catalog(schema).lines()).containsExactlyElementsOf(after.lines());
  }

  @Test
  void versionEightChangesNothingButTheRecord() {
    Migrator migrator = migrator("eight");
    migrator.up(MAIN_LINE.withTargetVersion(7));
    Catalog before = Catalog.identities(database.dataSource(), "eight");

    migrator.up(MAIN_LINE);

    assertThat(Catalog.identities(database.dataSource(), "eight")).isEqualTo(before);
    assertThat(database.number("SELECT max(version) FROM eight.river_migration")).isEqualTo(8);
    migrator.down(MAIN_LINE);
    assertThat(Catalog.identities(database.dataSource(), "eight")).isEqualTo(before);
    assertThat(database.number("SELECT max(version) FROM eight.river_migration")).isEqualTo(7);
  }

  @Test
  void ourLineCanBeTakenBackAndAppliedAgain() {
    migrator("own").up();
    Catalog after = catalog("own");

    migrator("own").down(MigrationOptions.defaults().withLine(CAIRN).withTargetVersion(0));
    assertThat(catalog("own").lines()).isEqualTo(after.withoutCairn().lines());
    migrator("own").up(MigrationOptions.defaults().withLine(CAIRN));
    assertThat(catalog("own").lines()).isEqualTo(after.lines());
  }

  @Test
  void ourTablesOfRunningJobsHaveNothingButAPrimaryKey() {
    migrator("beside").up();

    assertThat(catalog("beside").lines())
        .filteredOn(line -> line.matches(".* cairn_(checkpoint|client|periodic) .*"))
        .containsExactly(
            "column cairn_checkpoint #1 job_id bigint not null",
            "column cairn_checkpoint #10 started_at timestamp with time zone default now()",
            "column cairn_checkpoint #11 spent_ms bigint not null default 0",
            "column cairn_checkpoint #12 done bigint",
            "column cairn_checkpoint #13 total bigint",
            "column cairn_checkpoint #2 name text not null",
            "column cairn_checkpoint #3 position integer",
            "column cairn_checkpoint #4 finished boolean not null",
            "column cairn_checkpoint #5 value jsonb",
            "column cairn_checkpoint #6 claimed_at timestamp with time zone not null",
            "column cairn_checkpoint #7 sequence bigint not null",
            "column cairn_checkpoint #8 saved_at timestamp with time zone not null default now()",
            "column cairn_checkpoint #9 attempt integer",
            "column cairn_client #1 id text not null",
            "column cairn_client #2 started_at timestamp with time zone not null default now()",
            "column cairn_client #3 heartbeat_at timestamp with time zone not null default now()",
            "column cairn_client #4 timeout interval not null",
            "column cairn_periodic #1 id text not null",
            "column cairn_periodic #2 next_run_at timestamp with time zone not null",
            "column cairn_periodic #3 updated_at timestamp with time zone not null default now()",
            "constraint cairn_checkpoint cairn_checkpoint_pkey: PRIMARY KEY (job_id, name)",
            "constraint cairn_client cairn_client_pkey: PRIMARY KEY (id)",
            "constraint cairn_client id_length: "
                + "CHECK (((char_length(id) >= 1) AND (char_length(id) <= 127)))",
            "constraint cairn_periodic cairn_periodic_pkey: PRIMARY KEY (id)",
            "constraint cairn_periodic id_length: "
                + "CHECK (((char_length(id) >= 1) AND (char_length(id) <= 128)))",
            "index cairn_checkpoint cairn_checkpoint_pkey: "
                + "CREATE UNIQUE INDEX cairn_checkpoint_pkey ON public.cairn_checkpoint "
                + "USING btree (job_id, name)",
            "index cairn_client cairn_client_pkey: "
                + "CREATE UNIQUE INDEX cairn_client_pkey ON public.cairn_client USING btree (id)",
            "index cairn_periodic cairn_periodic_pkey: "
                + "CREATE UNIQUE INDEX cairn_periodic_pkey ON public.cairn_periodic USING btree (id)",
            "table cairn_checkpoint logged",
            "table cairn_client logged",
            "table cairn_periodic logged");
    assertThat(
            database.query(
                "SELECT relname, reloptions::text FROM pg_class "
                    + "WHERE relname IN ('cairn_checkpoint', 'cairn_client', 'cairn_periodic') "
                    + "AND relkind = 'r' AND relnamespace = 'beside'::regnamespace ORDER BY 1"))
        .hasToString(
            "[{relname=cairn_checkpoint, "
                + "reloptions={fillfactor=70,autovacuum_vacuum_scale_factor=0.02}}, "
                + "{relname=cairn_client, reloptions={fillfactor=50}}, "
                + "{relname=cairn_periodic, reloptions=null}]");
  }

  @Test
  void eachStateHasItsBitInTheUniqueStates() {
    migrator("bits").up();

    assertThat(
            database.query(
                """
                SELECT bit, string_agg(state::text, ' ' ORDER BY state) AS states
                FROM generate_series(0, 7) AS bit
                JOIN unnest(enum_range(NULL::bits.river_job_state)) AS state
                  ON bits.river_job_state_in_bitmask(set_bit(B'00000000', bit, 1), state)
                GROUP BY bit
                ORDER BY bit
                """))
        .extracting(row -> row.get("states"))
        .containsExactly(
            "scheduled",
            "running",
            "retryable",
            "pending",
            "discarded",
            "completed",
            "cancelled",
            "available");
  }
}
