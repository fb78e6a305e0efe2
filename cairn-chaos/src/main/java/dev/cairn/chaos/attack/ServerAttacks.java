package dev.cairn.chaos.attack;

import dev.cairn.chaos.attack.Attack.Need;
import dev.cairn.chaos.fleet.PgBouncer;
import dev.cairn.chaos.fleet.Target;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;

/** Attacks on the server's processes. */
final class ServerAttacks {
  private static final String TOO_MANY_CONNECTIONS = "53300";

  private ServerAttacks() {}

  static List<Attack> all() {
    return List.of(
        Attack.of(
            "server-immediate",
            "pg_ctl restart -m immediate: PostgreSQL crashes and recovers",
            Need.OWN_SERVER,
            (arena, random) -> restart(arena, "immediate")),
        Attack.of(
            "server-fast",
            "pg_ctl restart -m fast: PostgreSQL ends all sessions and starts again",
            Need.OWN_SERVER,
            (arena, random) -> restart(arena, "fast")),
        new Attack(
            "disk-full",
            "PostgreSQL's disk is full for some seconds, with or without a new file for its WAL",
            Set.of(Need.OWN_SERVER, Need.SMALL_DISK),
            ServerAttacks::fillDisk),
        new Attack(
            "pgbouncer",
            "workers behind PgBouncer, which is killed, stopped, paused and made to reconnect",
            Set.of(Need.PROXY, Need.PGBOUNCER),
            ServerAttacks::pooler),
        Attack.of(
            "connection-limit",
            "the role of the workers may have no more than 0 to 4 connections",
            Need.OWN_SERVER,
            ServerAttacks::limitConnections),
        Attack.of(
            "role-timeouts",
            "the time limits of PostgreSQL on statements, locks, transactions and idle sessions, too"
                + " short for the workers",
            Need.OWN_SERVER,
            ServerAttacks::limitTimes),
        Attack.of(
            "terminate-backends",
            "pg_terminate_backend of about half of the workers' sessions, several times",
            ServerAttacks::terminate));
  }

  private static void restart(Arena arena, String mode) throws Exception {
    arena.strike(
        "server-" + mode,
        Strike.EVERYBODY,
        Set.of(Harm.DATABASE),
        Strikes.Deed.once(() -> arena.server().restart(mode)));
  }

  private static void fillDisk(Arena arena, Random random) throws Exception {
    boolean crash = random.nextBoolean();
    arena.strike(
        "disk-full",
        Strike.EVERYBODY,
        Set.of(Harm.DATABASE),
        () -> {
          arena.server().fillDisk();
          try {
            Arena.pause(Arena.between(random, 1_000, 3_000));
            if (crash) {
              needNewLogFile(arena);
            }
            Arena.pause(Arena.between(random, 1_000, 3_000));
          } finally {
            arena.server().freeDisk();
          }
          return 1;
        });
  }

  /** On a full disk, statements fail. If there is no room for the WAL, the server crashes. */
  private static void needNewLogFile(Arena arena) throws SQLException {
    try {
      arena.execute("SELECT pg_switch_wal()", "SELECT pg_logical_emit_message(true, 'chaos', '')");
    } catch (SQLException e) {
      // Expected: this statement was the first to notice the full disk or the crash.
      String state = String.valueOf(e.getSQLState());
      if (!state.startsWith("08") && !state.startsWith("57P0") && !state.startsWith("53")) {
        throw e;
      }
    }
  }

  private static void pooler(Arena arena, Random random) throws Exception {
    try {
      arena.prepare(
          "pgbouncer", Strike.EVERYBODY, Set.of(Harm.STOP), () -> arena.fleet().startPooler());
      Arena.pause(Arena.between(random, 500, 2_500));
      misbehave(arena, random, Objects.requireNonNull(arena.fleet().pooler()));
    } finally {
      // Behind the pooler no client listens, and attacks on listening clients would hit nothing.
      arena.prepare(
          "pgbouncer", Strike.EVERYBODY, Set.of(Harm.STOP), () -> arena.fleet().endPooler());
    }
  }

  private static void misbehave(Arena arena, Random random, PgBouncer running) throws Exception {
    List<Strikes.Preparation> all = new ArrayList<>(misbehaviours(running, random));
    Collections.shuffle(all, random);
    for (Strikes.Preparation misbehaviour : all) {
      arena.strike(
          "pgbouncer", Strike.EVERYBODY, Set.of(Harm.DATABASE), Strikes.Deed.once(misbehaviour));
      Arena.pause(Arena.between(random, 300, 1_500));
    }
  }

  private static List<Strikes.Preparation> misbehaviours(PgBouncer running, Random random) {
    return List.of(
        () -> {
          running.kill();
          Arena.pause(Arena.between(random, 0, 2_000));
          running.startAgain();
        },
        () -> {
          running.stop();
          running.startAgain();
        },
        running::reconnect,
        () -> {
          running.pause();
          Arena.pause(Arena.between(random, 500, 3_000));
          running.resume();
        });
  }

  private static void limitConnections(Arena arena, Random random) throws Exception {
    String role = "ALTER ROLE %s CONNECTION LIMIT ".formatted(arena.server().role());
    arena.strike(
        "connection-limit",
        Strike.EVERYBODY,
        Set.of(Harm.DATABASE),
        () -> {
          long before = arena.fleet().errors(TOO_MANY_CONNECTIONS);
          try {
            arena.execute(role + random.nextInt(5));
            endSessions(arena, "true");
            Arena.pause(Arena.between(random, 2_000, 6_000));
          } finally {
            arena.clear(role + -1);
          }
          return arena.fleet().errors(TOO_MANY_CONNECTIONS) - before;
        });
  }

  /** Lets claims go on, but makes the writes of running jobs wait. */
  private static final String WRITES_WAIT =
      "LOCK TABLE {schema}.cairn_checkpoint, {schema}.chaos_effect IN SHARE MODE";

  private static final String NOTHING_WAITS = "SELECT 1";

  /**
   * A limit on times.
   *
   * @param state the SQLSTATE that it leads to
   * @param meanwhile what the attack does while the limit is in force
   */
  private record Limit(String setting, String value, String state, String meanwhile) {}

  private static final List<Limit> LIMITS =
      List.of(
          new Limit("statement_timeout", "30ms", "57014", WRITES_WAIT),
          new Limit("lock_timeout", "30ms", "55P03", WRITES_WAIT),
          new Limit("idle_session_timeout", "300ms", "57P05", NOTHING_WAITS),
          new Limit("idle_in_transaction_session_timeout", "20ms", "25P03", NOTHING_WAITS),
          new Limit("transaction_timeout", "60ms", "25P04", NOTHING_WAITS));

  private static void limitTimes(Arena arena, Random random) throws Exception {
    List<Limit> limits = new ArrayList<>(LIMITS);
    Collections.shuffle(limits, random);
    for (Limit limit : limits) {
      // transaction_timeout is new in PostgreSQL 17.
      if (arena.number(
              "SELECT count(*) FROM pg_settings WHERE name = '%s'".formatted(limit.setting()))
          == 1) {
        impose(arena, random, limit);
        Arena.pause(Arena.between(random, 500, 1_500));
      }
    }
  }

  private static void impose(Arena arena, Random random, Limit limit) throws Exception {
    String role = "ALTER ROLE " + arena.server().role();
    arena.strike(
        "role-timeouts",
        Strike.EVERYBODY,
        Set.of(Harm.DATABASE),
        () -> {
          long before = arena.fleet().errors(limit.state());
          try {
            arena.execute("%s SET %s = '%s'".formatted(role, limit.setting(), limit.value()));
            // A session keeps the settings that it began with.
            endSessions(arena, "true");
            DatabaseAttacks.hold(arena, limit.meanwhile(), Arena.between(random, 2_000, 4_000));
          } finally {
            arena.clear("%s RESET %s".formatted(role, limit.setting()));
            endSessions(arena, "true");
          }
          long hits = arena.fleet().errors(limit.state()) - before;
          arena.met("role-timeouts", limit.setting(), hits);
          return hits;
        });
  }

  /** Ends the sessions of this run's workers that fulfil a condition; returns how many. */
  static long endSessions(Arena arena, String condition) throws SQLException {
    return arena.number(
        """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND starts_with(application_name, '%s') AND %s
        """
            .formatted(Target.workers("{schema}"), condition));
  }

  private static void terminate(Arena arena, Random random) throws Exception {
    arena.strike(
        "terminate-backends",
        Strike.EVERYBODY,
        Set.of(Harm.DATABASE),
        () -> {
          long ended = 0;
          for (int time = 0; time < 3; time++) {
            ended += endSessions(arena, "pid %% 2 = %d".formatted(random.nextInt(2)));
            Arena.pause(Arena.between(random, 200, 1_500));
          }
          return ended;
        });
  }
}
