package dev.cairn.chaos.attack;

import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/** Attacks by SQL, as other users of the same database could cause them. */
final class DatabaseAttacks {
  private static final List<String> TABLES =
      List.of(
          "river_job",
          "river_leader",
          "river_queue",
          "cairn_client",
          "cairn_checkpoint",
          "cairn_wait",
          "chaos_effect");

  /** Columns, arguments and values of rows that every inserting role can insert. */
  private static final List<String> ODD =
      List.of(
          "|'[]'|",
          "|'7'|",
          "|'null'|",
          ", metadata|'{}'|, '7'",
          ", metadata|'{}'|, '{\"river:rescue_count\": \"abc\"}'",
          ", tags|'{}'|, ARRAY['a', NULL]::text[]",
          ", scheduled_at|'{}'|, '-infinity'",
          ", scheduled_at|'{}'|, '0001-01-01 BC'",
          ", errors|'{}'|, ARRAY['{\"at\": \"never\"}'::jsonb]",
          ", attempted_by|'{}'|, '{{a,b},{c,d}}'::text[]");

  private static final String DEADLOCK = "40P01";

  private DatabaseAttacks() {}

  static List<Attack> all() {
    return List.of(
        Attack.of(
            "lock-tables",
            "ACCESS EXCLUSIVE locks on each table for some seconds",
            DatabaseAttacks::lockTables),
        Attack.of(
            "lock-rows", "row locks on running jobs and on clients", DatabaseAttacks::lockRows),
        Attack.of(
            "deadlock",
            "transactions that lock jobs and clients in random orders",
            DatabaseAttacks::deadlock),
        raising("serialization", "writes fail with 40001", "40001"),
        raising("timeouts", "writes fail with 57014, as by statement_timeout", "57014"),
        Attack.of(
            "snapshot",
            "a snapshot stays open, so that vacuum can remove nothing",
            DatabaseAttacks::snapshot),
        Attack.of(
            "maintenance", "VACUUM FULL and REINDEX of the tables", DatabaseAttacks::maintenance),
        Attack.of(
            "hostile-notify",
            "notifications that no client of Cairn sent",
            DatabaseAttacks::notify),
        Attack.of(
            "odd-rows",
            "malformed jobs that no client of Cairn inserted",
            DatabaseAttacks::oddRows));
  }

  private static void lockTables(Arena arena, Random random) throws Exception {
    String table = TABLES.get(random.nextInt(TABLES.size()));
    hold(
        arena, random, "lock-tables", "LOCK TABLE {schema}." + table + " IN ACCESS EXCLUSIVE MODE");
  }

  private static void lockRows(Arena arena, Random random) throws Exception {
    hold(
        arena,
        random,
        "lock-rows",
        random.nextBoolean()
            ? "SELECT id FROM {schema}.river_job WHERE state = 'running' FOR UPDATE SKIP LOCKED"
            : "SELECT id FROM {schema}.cairn_client FOR UPDATE");
  }

  private static void hold(Arena arena, Random random, String attack, String sql) throws Exception {
    everybody(
        arena,
        attack,
        Harm.DATABASE,
        () -> {
          try (Connection connection = arena.connect()) {
            connection.setAutoCommit(false);
            run(connection, "SET LOCAL idle_in_transaction_session_timeout = 0");
            long locked = run(connection, arena.in(sql));
            Arena.pause(Arena.between(random, 1_000, 5_000));
            connection.rollback();
            return locked;
          }
        });
  }

  private static void deadlock(Arena arena, Random random) throws Exception {
    everybody(
        arena,
        "deadlock",
        Harm.SLOWNESS,
        () -> {
          long locked = 0;
          for (int time = 0; time < 12; time++) {
            try (Connection connection = arena.connect()) {
              connection.setAutoCommit(false);
              locked += lockInAnyOrder(arena, connection, random);
              connection.rollback();
            } catch (SQLException e) {
              if (!DEADLOCK.equals(e.getSQLState())) {
                throw e;
              }
              // The victim of the deadlock was this transaction. Otherwise, it is a worker.
              locked++;
            }
          }
          return locked;
        });
  }

  private static long lockInAnyOrder(Arena arena, Connection connection, Random random)
      throws SQLException, InterruptedException {
    long locked = 0;
    for (int row = 0; row < 6; row++) {
      // The order is different each time, and follows no rule.
      locked +=
          run(
              connection,
              arena.in(
                  """
                  SELECT id FROM {schema}.river_job WHERE state = 'running'
                  ORDER BY random() LIMIT 1 FOR UPDATE
                  """));
      Arena.pause(Arena.between(random, 20, 120));
    }
    run(connection, arena.in("SELECT id FROM {schema}.cairn_client FOR UPDATE"));
    return locked;
  }

  private static Attack raising(String name, String description, String state) {
    // Another attack of the kind may strike at the same time.
    String raise = "chaos_raise_" + state.toLowerCase(Locale.ROOT);
    String raised = "chaos_raised_" + state.toLowerCase(Locale.ROOT);
    return Attack.of(
        name,
        description + ", one write in five",
        (arena, random) ->
            everybody(
                arena,
                name,
                Harm.SLOWNESS,
                () -> {
                  arena.execute(
                      // Its numbers are used up even by transactions that are rolled back.
                      "CREATE SEQUENCE {schema}." + raised,
                      """
                      CREATE OR REPLACE FUNCTION {schema}.%s() RETURNS trigger
                      LANGUAGE plpgsql AS $$
                      BEGIN
                        IF random() < 0.2 THEN
                          PERFORM nextval('{schema}.%s');
                          RAISE EXCEPTION 'by plan' USING ERRCODE = '%s';
                        END IF;
                        RETURN NULL;
                      END $$
                      """
                          .formatted(raise, raised, state));
                  try {
                    for (String table : List.of("river_job", "cairn_checkpoint", "chaos_effect")) {
                      arena.execute(
                          """
                          CREATE TRIGGER %1$s AFTER INSERT OR UPDATE OR DELETE
                          ON {schema}.%2$s FOR EACH STATEMENT EXECUTE FUNCTION {schema}.%1$s()
                          """
                              .formatted(raise, table));
                    }
                    Arena.pause(Arena.between(random, 2_000, 6_000));
                    return arena.number(
                        """
                        SELECT CASE WHEN is_called THEN last_value ELSE 0 END
                        FROM {schema}.%s
                        """
                            .formatted(raised));
                  } finally {
                    arena.clear(
                        "DROP FUNCTION IF EXISTS {schema}.%s() CASCADE".formatted(raise),
                        "DROP SEQUENCE IF EXISTS {schema}.%s".formatted(raised));
                  }
                }));
  }

  private static void snapshot(Arena arena, Random random) throws Exception {
    arena.strike(
        "snapshot",
        Strike.EVERYBODY,
        Set.of(),
        () -> {
          try (Connection connection = arena.connect()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            run(connection, "SET LOCAL idle_in_transaction_session_timeout = 0");
            run(connection, arena.in("SELECT count(*) FROM {schema}.river_job"));
            Arena.pause(Arena.between(random, 10_000, 20_000));
            connection.rollback();
            return 1;
          }
        });
  }

  private static void maintenance(Arena arena, Random random) throws Exception {
    everybody(
        arena,
        "maintenance",
        Harm.SLOWNESS,
        () -> {
          for (String table : TABLES) {
            arena.execute(
                random.nextBoolean()
                    ? "VACUUM (FULL, ANALYZE) {schema}." + table
                    : "REINDEX TABLE {schema}." + table);
          }
          return TABLES.size();
        });
  }

  private static void notify(Arena arena, Random random) throws Exception {
    List<String> payloads =
        List.of(
            "",
            "{",
            "null",
            "[]",
            "{\"queue\": 7}",
            "{\"action\": \"cancel\", \"job_id\": 1, \"queue\": \"chaos\"}",
            "{\"action\": \"resign\"}",
            "x".repeat(7_000));
    arena.strike(
        "hostile-notify",
        Strike.EVERYBODY,
        Set.of(),
        () -> {
          long heard = 0;
          for (int time = 0; time < 100; time++) {
            String payload = payloads.get(random.nextInt(payloads.size()));
            for (String channel : List.of("river_insert", "river_control", "river_leadership")) {
              arena.execute("SELECT pg_notify('{schema}.%s', '%s')".formatted(channel, payload));
            }
            heard += arena.fleet().listeners().isEmpty() ? 0 : 1;
            Arena.pause(Arena.between(random, 5, 50));
          }
          return heard;
        });
  }

  private static void oddRows(Arena arena, Random random) throws Exception {
    arena.strike(
        "odd-rows",
        Strike.EVERYBODY,
        Set.of(),
        () -> {
          for (String columns : ODD) {
            String[] parts = columns.split("\\|", -1);
            arena.execute(
                """
                INSERT INTO {schema}.river_job
                  (kind, args, max_attempts, queue, state%s) VALUES ('odd', %s, 3, 'chaos', 'available'%s)
                """
                    .formatted(parts[0], parts[1], parts[2]));
          }
          Arena.pause(Arena.between(random, 1_000, 3_000));
          return ODD.size();
        });
  }

  private static void everybody(Arena arena, String attack, Harm harm, Strikes.Deed deed)
      throws Exception {
    arena.strike(attack, Strike.EVERYBODY, Set.of(harm), deed);
  }

  /** Runs a statement; returns the number of rows that it found, or 1 if it returns none. */
  private static long run(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return 1;
      }
      long found = 0;
      try (var rows = statement.getResultSet()) {
        while (rows.next()) {
          found++;
        }
      }
      return found;
    }
  }
}
