package dev.cairn.chaos.attack;

import dev.cairn.chaos.attack.Attack.Need;
import dev.cairn.chaos.fleet.AutoFailover;
import dev.cairn.chaos.fleet.Standby;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** The server crashes, and its standby takes over. */
final class FailoverAttacks {
  private FailoverAttacks() {}

  static List<Attack> all() {
    return List.of(
        Attack.of(
            "failover",
            "PostgreSQL crashes, and a synchronous standby takes over, cut off up to 2 s before",
            Need.OWN_SERVER,
            FailoverAttacks::synchronous),
        Attack.of(
            "failover-async",
            "the same with an asynchronous standby, cut off 2 to 6 s before: PostgreSQL loses"
                + " commits",
            Need.OWN_SERVER,
            FailoverAttacks::asynchronous),
        Attack.of(
            "auto-failover",
            "PostgreSQL and its keeper are killed, and pg_auto_failover has the standby promoted."
                + " Has servers of its own, so it is not among all",
            Need.AUTO_FAILOVER,
            FailoverAttacks::automatic));
  }

  /** While the standby is cut off, no COMMIT is confirmed, so nothing confirmed may be lost. */
  private static void synchronous(Arena arena, Random random) throws Exception {
    try (Standby standby = arena.server().standby(true)) {
      standby.awaitStreaming();
      long begin = System.currentTimeMillis();
      arena.strike(
          "failover",
          Strike.EVERYBODY,
          Set.of(Harm.DATABASE),
          () -> {
            standby.cutOff();
            Arena.pause(Arena.between(random, 0, 2_000));
            standby.takeOver(random.nextBoolean());
            return 1;
          });
      describe(arena, arena.loss(standby, begin));
    }
  }

  private static void asynchronous(Arena arena, Random random) throws Exception {
    try (Standby standby = arena.server().standby(false)) {
      standby.awaitStreaming();
      long begin = System.currentTimeMillis();
      long since = begin;
      long end = Long.MAX_VALUE;
      boolean whole = false;
      try {
        standby.cutOff();
        Arena.pause(Arena.between(random, 2_000, 6_000));
        standby.takeOver(random.nextBoolean());
        end = System.currentTimeMillis();
        Standby.Loss loss = arena.loss(standby, begin);
        since = loss.sinceMillis();
        whole = true;
        arena.lost(loss.keys());
        describe(arena, loss);
      } finally {
        // Recorded here, because only now is it known what was lost. A failed failover harms, too.
        arena.record(
            new Strike(
                "failover-async",
                Strike.EVERYBODY,
                since,
                Math.min(end, System.currentTimeMillis()),
                Set.of(Harm.DATABASE, Harm.LOSS),
                whole));
      }
    }
  }

  /** Replication is synchronous, so nothing confirmed may be lost. */
  private static void automatic(Arena arena, Random random) throws Exception {
    AutoFailover servers = arena.autoFailover();
    servers.awaitPair();
    Arena.pause(Arena.between(random, 0, 2_000));
    arena.strike(
        "auto-failover",
        Strike.EVERYBODY,
        Set.of(Harm.DATABASE),
        Strikes.Deed.once(servers::failOver));
  }

  private static void describe(Arena arena, Standby.Loss loss) {
    arena.say(
        "the old server had %d bytes of WAL more than the new one, with %d jobs"
            .formatted(loss.bytes(), loss.keys().size()));
  }
}
