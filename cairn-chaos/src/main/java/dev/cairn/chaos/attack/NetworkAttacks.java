package dev.cairn.chaos.attack;

import dev.cairn.chaos.attack.Attack.Need;
import dev.cairn.chaos.fleet.Member;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import dev.cairn.chaos.proxy.Proxy;
import dev.cairn.chaos.proxy.Trouble;
import dev.cairn.chaos.proxy.Trouble.Reaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;

/** Attacks on the connections between workers and the database. */
final class NetworkAttacks {
  /** The beginning of the statement that keeps a client alive. */
  static final String HEARTBEAT = "send the heartbeat";

  /** The comment of the statement by which workers write their rows. */
  static final String OWN_ROW = "the worker's own row";

  /** The statements at which a cut is aimed, one after the other, even if they are rare. */
  static final List<String> PLACES =
      List.of("COMMIT", "claim jobs", "complete jobs", "write checkpoints", OWN_ROW, HEARTBEAT, "");

  /** How long an attack waits at the end, if it has hit nothing yet. */
  private static final long MEETING_SECONDS = 60;

  private static final long LOOK_MILLIS = 20;

  /** A client pings a silent connection after 15 s, and waits for the answer for 5 s. */
  private static final long DEAF_MILLIS_MIN = 16_000;

  private static final long DEAF_MILLIS_MAX = 26_000;

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
        Attack.of(
            "blackhole-heartbeat",
            "the same for connections that send heartbeats",
            Need.PROXY,
            NetworkAttacks::blackholeHeartbeat),
        Attack.of(
            "blackhole-listen",
            "the same for the connection on which it listens, for 16 to 26 s",
            Need.PROXY,
            NetworkAttacks::blackholeListen));
  }

  private static Attack cut(String name, String description, String reaction) {
    Reaction cut = Reaction.valueOf(reaction);
    return Attack.of(
        name, description, Need.PROXY, (arena, random) -> cut(arena, random, name, cut));
  }

  private static void cut(Arena arena, Random random, String name, Reaction cut) throws Exception {
    List<String> places = new ArrayList<>(PLACES);
    Collections.shuffle(places, random);
    for (String place : places) {
      double share = place.isEmpty() ? 0.05 : 0.3;
      var chance = new Random(random.nextLong());
      long hits =
          strikeAll(
              arena,
              name,
              Harm.DATABASE,
              Arena.between(random, 700, 2_000),
              sql -> sql.contains(place) && chance.nextDouble() < share,
              cut);
      arena.met(name, place.isEmpty() ? "any statement" : place, hits);
    }
  }

  private static void delay(Arena arena, Random random) throws Exception {
    var chance = new Random(random.nextLong());
    strikeAll(
        arena,
        "delay",
        Harm.SLOWNESS,
        Arena.between(random, 4_000, 10_000),
        sql -> {
          TimeUnit.MILLISECONDS.sleep(chance.nextLong(500));
          return true;
        },
        Reaction.PASS);
  }

  private static long strikeAll(
      Arena arena, String name, Harm harm, Duration time, Place place, Reaction reaction)
      throws Exception {
    var hits = new AtomicLong();
    arena.strike(
        name,
        Strike.EVERYBODY,
        Set.of(harm),
        () -> {
          Trouble counted = at(place, reaction, hits);
          arena.fleet().members().forEach(member -> member.proxy().meet(counted));
          try {
            Arena.pause(time);
            awaitHit(hits);
          } finally {
            arena.fleet().members().forEach(member -> member.proxy().calmDown(counted));
          }
          return hits.get();
        });
    return hits.get();
  }

  /** On a busy machine, the workers may have sent nothing yet that could be hit. */
  private static void awaitHit(AtomicLong hits) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MEETING_SECONDS);
    while (hits.get() == 0 && System.nanoTime() - end < 0) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  private static void blackhole(Arena arena, Random random) throws Exception {
    Member victim = arena.anyone(random);
    long begin = System.currentTimeMillis();
    arena.strike(
        "blackhole",
        victim.client(),
        Set.of(Harm.DATABASE),
        () -> {
          long open = victim.proxy().darken();
          try {
            arena.fleet().died(victim.client(), begin);
            Arena.pause(arena.timeout().multipliedBy(2).plus(Arena.between(random, 0, 4_000)));
          } finally {
            victim.proxy().lighten();
          }
          return open;
        });
  }

  private static void blackholeHeartbeat(Arena arena, Random random) throws Exception {
    dark(
        arena,
        arena.anyone(random),
        "blackhole-heartbeat",
        Set.of(Harm.DATABASE),
        sql -> sql.contains(HEARTBEAT),
        victim -> 0,
        arena.timeout().multipliedBy(2).plus(Arena.between(random, 0, 4_000)));
  }

  /** Heartbeats and jobs use other connections, so lost notifications excuse nothing. */
  private static void blackholeListen(Arena arena, Random random) throws Exception {
    dark(
        arena,
        arena.anyListener(random),
        "blackhole-listen",
        Set.of(),
        sql -> sql.startsWith("LISTEN"),
        Proxy::darkenListeners,
        Arena.between(random, DEAF_MILLIS_MIN, DEAF_MILLIS_MAX));
  }

  private static void dark(
      Arena arena,
      Member victim,
      String name,
      Set<Harm> harms,
      Place place,
      ToLongFunction<Proxy> begin,
      Duration time)
      throws Exception {
    arena.strike(
        name,
        victim.client(),
        harms,
        () -> {
          var hits = new AtomicLong();
          Proxy proxy = victim.proxy();
          Trouble trouble = at(place, Reaction.DARK, hits);
          proxy.meet(trouble);
          try {
            long already = begin.applyAsLong(proxy);
            Arena.pause(time);
            return already + hits.get();
          } finally {
            proxy.calmDown(trouble);
          }
        });
  }

  /** A trouble for some statements, which are counted. */
  private static Trouble at(Place place, Reaction reaction, AtomicLong hits) {
    return sql -> {
      if (!place.meets(sql)) {
        return Reaction.PASS;
      }
      hits.incrementAndGet();
      return reaction;
    };
  }

  /** Selects statements. The time that it takes delays them. */
  @FunctionalInterface
  private interface Place {
    boolean meets(String sql) throws InterruptedException;
  }
}
