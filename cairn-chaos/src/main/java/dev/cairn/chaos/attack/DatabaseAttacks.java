package dev.cairn.chaos.attack;

import dev.cairn.chaos.fleet.Member;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import dev.cairn.migrate.IndexProfile;
import dev.cairn.migrate.MigrationOptions;
import dev.cairn.migrate.Migrator;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Attacks by SQL, as other users of the same database could cause them. */
final class DatabaseAttacks {
  private static final List<String> RAISED = List.of("40001", "57014");

  /** Removes what {@link #raising} plants. */
  private static final List<String> PLANTED =
      RAISED.stream()
          .flatMap(state ->
              Stream.of(
                  "DROP FUNCTION IF EXISTS {schema}.%s() CASCADE".formatted(raise(state)),
                  "DROP SEQUENCE IF EXISTS {schema}.%s".formatted(raised(state))))
          .toList();

  /** Cancels the odd jobs, which no worker can work, and which would otherwise keep failing. */
  private static final String CANCEL_ODD =
      """
      UPDATE {schema}.river_job SET state = 'cancelled', finalized_at = now()
      WHERE kind = 'odd' AND state NOT IN ('running', 'completed', 'cancelled', 'discarded')
      """;

  private static final String COUNT_ODD =
      """
      SELECT count(*) FROM {schema}.river_job
      WHERE kind = 'odd' AND state NOT IN ('completed', 'cancelled', 'discarded')
      """;

  /** How often to try, because a running job cannot be cancelled in this way. */
  private static final int CANCELLING_MAX = 100;

  private static final Duration CANCELLING_PAUSE = Duration.ofMillis(100);

  /** Removes what attacks leave behind, and what the new server may still have after a failover. */
  static final List<String> LEFTOVERS =
      Stream.concat(PLANTED.stream(), Stream.of(CANCEL_ODD)).toList();

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
            "an ACCESS EXCLUSIVE lock on one table after the other, for about a second",
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
            "migrate",
            "a migration is reverted and applied again, and all sets of indexes are built",
            DatabaseAttacks::migrate),
        Attack.of(
            "maintenance", "VACUUM FULL and REINDEX of the tables", DatabaseAttacks::maintenance),
        Attack.of(
            "hostile-notify",
            "notifications that no client of Cairn sent, sometimes thousands at once: false ones"
                + " about running jobs, queues and the leader, and malformed ones",
            DatabaseAttacks::notify),
        Attack.of(
            "odd-rows",
            "malformed jobs that no client of Cairn inserted",
            DatabaseAttacks::oddRows));
  }

  private static void lockTables(Arena arena, Random random) throws Exception {
    List<String> tables = new ArrayList<>(arena.workersTables());
    Collections.shuffle(tables, random);
    everybody(
        arena,
        "lock-tables",
        Harm.DATABASE,
        () -> {
          long locked = 0;
          for (String table : tables) {
            locked +=
                hold(
                    arena,
                    "LOCK TABLE {schema}." + table + " IN ACCESS EXCLUSIVE MODE",
                    Arena.between(random, 500, 1_500));
          }
          return locked;
        });
  }

  private static void lockRows(Arena arena, Random random) throws Exception {
    String rows =
        random.nextBoolean()
            ? "SELECT id FROM {schema}.river_job WHERE state = 'running' FOR UPDATE SKIP LOCKED"
            : "SELECT id FROM {schema}.cairn_client FOR UPDATE";
    everybody(
        arena,
        "lock-rows",
        Harm.DATABASE,
        () -> hold(arena, rows, Arena.between(random, 1_000, 5_000)));
  }

  /**
   * Holds a lock for some time.
   *
   * @return the number of rows that were locked, or 1 for a table
   */
  static long hold(Arena arena, String sql, Duration time) throws Exception {
    try (Connection connection = arena.connect()) {
      connection.setAutoCommit(false);
      run(connection, "SET LOCAL idle_in_transaction_session_timeout = 0");
      long locked = run(connection, arena.in(sql));
      Arena.pause(time);
      connection.rollback();
      return locked;
    }
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
              run(connection, "SELECT setseed(%s)".formatted(random.nextDouble()));
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
    return Attack.of(
        name,
        description + ", one write in five",
        (arena, random) ->
            everybody(
                arena,
                name,
                Harm.SLOWNESS,
                () -> raise(arena, state, Arena.between(random, 2_000, 6_000))));
  }

  private static String raise(String state) {
    // Another attack of this kind may strike at the same time.
    return "chaos_raise_" + state.toLowerCase(Locale.ROOT);
  }

  private static String raised(String state) {
    return "chaos_raised_" + state.toLowerCase(Locale.ROOT);
  }

  /** Plants triggers for some time; returns how often they raised an error. */
  private static long raise(Arena arena, String state, Duration time) throws Exception {
    String[] planted = PLANTED.stream().filter(each -> each.contains(state)).toArray(String[]::new);
    try {
      arena.execute(planted);
      plant(arena, state);
      Arena.pause(time);
      return arena.number(
          "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {schema}." + raised(state));
    } finally {
      arena.clear(planted);
    }
  }

  private static void plant(Arena arena, String state) throws SQLException {
    String raise = raise(state);
    arena.execute(
        // A sequence also counts in transactions that are rolled back.
        "CREATE SEQUENCE {schema}." + raised(state),
        "GRANT USAGE ON SEQUENCE {schema}.%s TO PUBLIC".formatted(raised(state)),
        """
        CREATE FUNCTION {schema}.%s() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF random() < 0.2 THEN
            PERFORM nextval('{schema}.%s');
            RAISE EXCEPTION 'by plan' USING ERRCODE = '%s';
          END IF;
          RETURN NULL;
        END $$
        """
            .formatted(raise, raised(state), state));
    for (String table : List.of("river_job", "cairn_checkpoint", "chaos_effect")) {
      arena.execute(
          """
          CREATE TRIGGER {raise} AFTER INSERT OR UPDATE OR DELETE
          ON {schema}.{table} FOR EACH STATEMENT EXECUTE FUNCTION {schema}.{raise}()
          """
              .replace("{raise}", raise)
              .replace("{table}", table));
    }
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
          List<String> tables = arena.workersTables();
          for (String table : tables) {
            arena.execute(
                random.nextBoolean()
                    ? "VACUUM (FULL, ANALYZE) {schema}." + table
                    : "REINDEX TABLE {schema}." + table);
          }
          return tables.size();
        });
  }

  /**
   * Changes the version of the tables and the set of their indexes, as a deployment does while the
   * clients of both versions work.
   */
  private static void migrate(Arena arena, Random random) throws Exception {
    Migrator migrator = arena.migrator();
    IndexProfile before = migrator.profile().orElse(IndexProfile.RIVER);
    everybody(
        arena,
        "migrate",
        Harm.SLOWNESS,
        () -> {
          long steps = 0;
          try {
            // Clients need only version 2 of line cairn, so they can work without the last version.
            steps += migrator.down(MigrationOptions.defaults().withMaxSteps(1)).steps().size();
            Arena.pause(Arena.between(random, 500, 2_000));
          } finally {
            steps += migrator.up().steps().size();
          }
          for (IndexProfile profile : List.of(IndexProfile.LEAN, IndexProfile.RIVER, before)) {
            steps += migrator.profile(profile).size();
            Arena.pause(Arena.between(random, 500, 2_000));
          }
          return steps;
        });
  }

  /** Texts that mean nothing to a client. */
  private static final List<String> GARBAGE =
      List.of("", "{", "null", "[]", "{\"queue\": 7}", "{\"action\": 7}", "x".repeat(7_000));

  /** Notifications that clients act on, with %d for the id of a running job. */
  private static final Map<String, List<String>> FALSE =
      Map.of(
          "river_insert",
          List.of("{\"queue\": \"chaos\"}", "{\"queue\": \"nowhere\"}"),
          "river_control",
          List.of(
              "{\"action\": \"cancel\", \"job_id\": %d, \"queue\": \"chaos\"}",
              "{\"action\": \"cairn_interrupt\", \"job_id\": %d}",
              "{\"action\": \"cairn_pause\", \"job_id\": %d}",
              "{\"action\": \"pause\", \"queue\": \"chaos\"}",
              "{\"action\": \"pause\", \"queue\": \"*\"}",
              "{\"action\": \"resume\", \"queue\": \"chaos\"}",
              "{\"action\": \"resume\", \"queue\": \"*\"}"),
          "river_leadership",
          List.of("{\"action\": \"request_resign\"}", "{\"action\": \"resigned\"}"));

  private static void notify(Arena arena, Random random) throws Exception {
    arena.strike(
        "hostile-notify",
        Strike.EVERYBODY,
        Set.of(),
        () -> {
          plantUnheard(arena);
          long begin = elected(arena);
          long elections = 0;
          for (int time = 0; time < 200; time++) {
            if (time % 50 == 0) {
              flood(arena);
            }
            for (var channel : new TreeMap<>(FALSE).entrySet()) {
              lie(
                  arena,
                  channel.getKey(),
                  random.nextInt(3) == 0 ? GARBAGE : channel.getValue(),
                  random);
            }
            Arena.pause(Arena.between(random, 5, 50));
            long now = elected(arena);
            // A leader steps down only if it has received the notification.
            elections += now == begin ? 0 : 1;
            begin = now;
          }
          long heard = arena.number(HEARD);
          cancelOdd(arena);
          arena.met("hostile-notify", "elections", elections);
          arena.met("hostile-notify", "jobs found by false notifications", heard);
          return heard == 0 ? 0 : elections + heard;
        });
  }

  /**
   * Inserts a job for each client without a notification, in the queue that the client polls every
   * six hours. Only a false notification makes the client claim the job, for which it has no
   * worker.
   */
  private static void plantUnheard(Arena arena) throws SQLException {
    for (Member member : arena.fleet().listeners()) {
      arena.execute(
          """
          INSERT INTO {schema}.river_job (kind, args, max_attempts, queue, state)
          VALUES ('odd', '{}', 3, '%s', 'available')
          """
              .formatted(member.ownQueue()));
    }
  }

  private static final String HEARD =
      """
      SELECT count(*) FROM {schema}.river_job
      WHERE kind = 'odd' AND state <> 'cancelled' AND starts_with(queue, 'own-')
        AND cardinality(attempted_by) > 0
      """;

  /** Some thousands of notifications at once, all different: PostgreSQL sends equal ones once. */
  private static void flood(Arena arena) throws SQLException {
    arena.execute(
        """
        SELECT count(pg_notify('{schema}.river_insert', '{"queue": "chaos", "number": ' || n || '}')),
          count(pg_notify('{schema}.river_control', '{"action": "cancel", "job_id": ' || n || '}'))
        FROM generate_series(1, %d) AS n
        """
            .formatted(FLOOD));
    for (Member member : arena.fleet().listeners()) {
      arena.execute(
          "SELECT pg_notify('{schema}.river_insert', '{\"queue\": \"%s\"}')"
              .formatted(member.ownQueue()));
    }
  }

  /** Half of the notifications of a flood. */
  private static final int FLOOD = 2_000;

  private static void lie(Arena arena, String channel, List<String> payloads, Random random)
      throws SQLException {
    String payload = payloads.get(random.nextInt(payloads.size()));
    arena.execute(
        """
        SELECT pg_notify('{schema}.%s', replace('%s', '%%d', coalesce((
          SELECT id FROM {schema}.river_job WHERE state = 'running' ORDER BY random() LIMIT 1), 0)::text))
        """
            .formatted(channel, payload));
  }

  /** When the leader was elected; 0 if there is none. */
  private static long elected(Arena arena) throws SQLException {
    return arena.number(
        """
        SELECT coalesce(max(extract(epoch FROM elected_at) * 1000), 0)::bigint
        FROM {schema}.river_leader WHERE expires_at > now()
        """);
  }

  private static void oddRows(Arena arena, Random random) throws Exception {
    arena.strike(
        "odd-rows",
        Strike.EVERYBODY,
        Set.of(),
        () -> {
          try {
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
          } finally {
            cancelOdd(arena);
          }
          return ODD.size();
        });
  }

  private static void cancelOdd(Arena arena) throws SQLException, InterruptedException {
    arena.clear(CANCEL_ODD);
    for (int tries = 1; tries < CANCELLING_MAX && arena.number(COUNT_ODD) > 0; tries++) {
      Arena.pause(CANCELLING_PAUSE);
      arena.clear(CANCEL_ODD);
    }
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
