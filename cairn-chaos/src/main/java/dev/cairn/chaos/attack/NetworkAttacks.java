package dev.cairn.chaos.attack;

import dev.cairn.chaos.attack.Attack.Need;
import dev.cairn.chaos.fleet.Member;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import dev.cairn.chaos.proxy.Trouble;
import dev.cairn.chaos.proxy.Trouble.Reaction;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Attacks on the connections between workers and the database. */
final class NetworkAttacks {
  /** The statements at which a cut is aimed. All are equally likely, even if they are rare. */
  private static final List<String> PLACES =
      List.of(
          "COMMIT",
          "claim jobs",
          "complete jobs",
          "write checkpoints",
          "the worker's own row",
          "send the heartbeat",
          "");

  private NetworkAttacks() {}

  static List<Attack> all() {
    return List.of(
        cut("cut-before", "connections cut before the database sees a statement", "CUT_BEFORE"),
        cut("cut-middle", "connections cut while a statement is executed", "CUT_MIDDLE"),
        cut(
            "cut-after-commit",
            "connections cut after a statement or COMMIT, before its answer",
            "CUT_AFTER"),
        Attack.of(
            "delay",
            "statements of all workers are late by up to half a second",
            Need.PROXY,
            NetworkAttacks::delay),
        Attack.of(
            "blackhole",
            "one worker loses its network to the database, but no connection is closed",
            Need.PROXY,
            NetworkAttacks::blackhole),
        dark(
            "blackhole-heartbeat",
            "the same for connections that send heartbeats",
            "send the heartbeat"),
        dark("blackhole-listen", "the same for connections that listen", "LISTEN"));
  }

  private static Attack cut(String name, String description, String reaction) {
    Reaction cut = Reaction.valueOf(reaction);
    return Attack.of(
        name, description, Need.PROXY, (arena, random) -> cut(arena, random, name, cut));
  }

  private static void cut(Arena arena, Random random, String name, Reaction cut) throws Exception {
    String place = PLACES.get(random.nextInt(PLACES.size()));
    double share = place.isEmpty() ? 0.05 : 0.3;
    strikeAll(
        arena,
        name,
        Arena.between(random, 2_000, 6_000),
        sql ->
            sql.contains(place) && ThreadLocalRandom.current().nextDouble() < share
                ? cut
                : Reaction.PASS);
  }

  private static void delay(Arena arena, Random random) throws Exception {
    strikeAll(
        arena,
        "delay",
        Arena.between(random, 4_000, 10_000),
        sql -> {
          TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(500));
          return Reaction.PASS;
        });
  }

  private static void strikeAll(Arena arena, String name, Duration time, Trouble trouble)
      throws Exception {
    arena.strike(
        name,
        Strike.EVERYBODY,
        Set.of(Harm.DATABASE),
        () -> {
          arena.fleet().members().forEach(member -> member.proxy().meet(trouble));
          Arena.pause(time);
          arena.fleet().members().forEach(member -> member.proxy().calmDown());
        });
  }

  private static void blackhole(Arena arena, Random random) throws Exception {
    Member victim = arena.anyone(random);
    long begin = System.currentTimeMillis();
    arena.strike(
        "blackhole",
        victim.client(),
        Set.of(Harm.DATABASE),
        () -> {
          victim.proxy().darken();
          arena.fleet().died(victim.client(), begin);
          Arena.pause(arena.timeout().multipliedBy(2).plus(Arena.between(random, 0, 4_000)));
          victim.proxy().calmDown();
        });
  }

  private static Attack dark(String name, String description, String statement) {
    Predicate<String> place = sql -> sql.contains(statement);
    return Attack.of(
        name,
        description,
        Need.PROXY,
        (arena, random) -> {
          Member victim = arena.anyone(random);
          arena.strike(
              name,
              victim.client(),
              Set.of(Harm.DATABASE),
              () -> {
                victim.proxy().meet(sql -> place.test(sql) ? Reaction.DARK : Reaction.PASS);
                Arena.pause(arena.timeout().multipliedBy(2).plus(Arena.between(random, 0, 4_000)));
                victim.proxy().calmDown();
              });
        });
  }
}
