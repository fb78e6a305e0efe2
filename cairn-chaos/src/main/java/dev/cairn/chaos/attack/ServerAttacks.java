package dev.cairn.chaos.attack;

import dev.cairn.chaos.attack.Attack.Need;
import dev.cairn.chaos.fleet.Target;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Attacks on the server's processes. */
final class ServerAttacks {
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
        Attack.of(
            "terminate-backends",
            "pg_terminate_backend of one session of the workers in two, several times",
            ServerAttacks::terminate));
  }

  private static void restart(Arena arena, String mode) throws Exception {
    arena.strike(
        "server-" + mode,
        Strike.EVERYBODY,
        Set.of(Harm.DATABASE),
        () -> arena.server().restart(mode));
  }

  private static void terminate(Arena arena, Random random) throws Exception {
    arena.strike(
        "terminate-backends",
        Strike.EVERYBODY,
        Set.of(Harm.DATABASE),
        () -> {
          for (int time = 0; time < 3; time++) {
            arena.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = '%s'
                  AND pid %% 2 = %d
                """
                    .formatted(Target.WORKERS, random.nextInt(2)));
            Arena.pause(Arena.between(random, 200, 1_500));
          }
        });
  }
}
