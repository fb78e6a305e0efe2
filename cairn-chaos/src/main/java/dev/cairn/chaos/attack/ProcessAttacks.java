package dev.cairn.chaos.attack;

import dev.cairn.chaos.attack.Attack.Need;
import dev.cairn.chaos.fleet.Member;
import dev.cairn.chaos.fleet.Tuning;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import dev.cairn.chaos.proxy.Trouble;
import dev.cairn.chaos.proxy.Trouble.Reaction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Attacks on the worker processes. */
final class ProcessAttacks {
  /** How long an attack waits until a worker reaches the place of the strike. */
  private static final long MEETING_SECONDS = 60;

  private static final long LOOK_MILLIS = 20;

  /** With fewer connections, the client itself keeps all of them, and works no job. */
  private static final int POOL_MIN = 3;

  private static final int POOL_MAX = 8;

  private ProcessAttacks() {}

  static List<Attack> all() {
    return List.of(
        Attack.of("kill", "kill -9 of a worker, which is then restarted", ProcessAttacks::kill),
        Attack.of(
            "freeze",
            "SIGSTOP of a worker for longer than its heartbeat timeout, then SIGCONT",
            ProcessAttacks::freeze),
        Attack.of(
            "freeze-in-tx",
            "SIGSTOP of a worker within an open transaction of a step, and of one at its COMMIT",
            Need.PROXY,
            ProcessAttacks::freezeInTransaction),
        Attack.of("rolling", "graceful stops of all workers, one by one", ProcessAttacks::rolling),
        Attack.of(
            "code-versions",
            "the workers get a newer version of their code, one by one: a renamed and a new step",
            ProcessAttacks::upgrade),
        Attack.of(
            "cairn-versions",
            "a worker gets an older version of Cairn, and then the newer one again",
            Need.OLDER_CAIRN,
            ProcessAttacks::olderCairn),
        Attack.of(
            "small-pool",
            "a worker with a pool of 3 to 8 connections, in turn",
            ProcessAttacks::smallPool),
        Attack.of("clock", "a worker whose clock is wrong by 10 minutes", ProcessAttacks::clock));
  }

  private static void kill(Arena arena, Random random) throws Exception {
    Member victim = arena.anyReplaceable(random);
    // The strike begins when the worker stands still, because its runs get no further then.
    long since = holdAtWork(victim);
    String client = victim.client();
    victim.kill(since);
    arena.record(
        new Strike(
            "kill",
            client,
            since,
            System.currentTimeMillis(),
            Set.of(Harm.DEATH),
            victim.openRuns() > 0));
    victim.start();
    Arena.pause(arena.timeout());
    // The next attack may choose this worker, and would hit nothing before the worker has jobs.
    arena.fleet().awaitStarted();
  }

  /**
   * Stops a worker within a job, so that the kill which follows cuts off a run. One that gets no
   * job in time is left as it is: its death counts, but has hit nothing.
   *
   * @return the moment since which it stands still, or now
   */
  private static long holdAtWork(Member victim) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MEETING_SECONDS);
    while (System.nanoTime() - end < 0) {
      long now = System.currentTimeMillis();
      if (victim.openRuns() > 0 && freezeAtWork(victim)) {
        return now;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    return System.currentTimeMillis();
  }

  /** A run that was open a moment ago may have ended before the worker stood still. */
  private static boolean freezeAtWork(Member victim) throws IOException, InterruptedException {
    boolean met = false;
    Process held = victim.freeze();
    try {
      met = victim.openRuns() > 0;
    } finally {
      if (!met) {
        victim.thaw(held);
      }
    }
    return met;
  }

  private static void freeze(Arena arena, Random random) throws Exception {
    Member victim = arena.anyone(random);
    arena.strike(
        "freeze",
        victim.client(),
        Set.of(Harm.PAUSE),
        Strikes.Deed.once(() -> hold(arena, victim, random)));
  }

  private static void freezeInTransaction(Arena arena, Random random) throws Exception {
    List<String> places = new ArrayList<>(List.of("COMMIT", NetworkAttacks.OWN_ROW));
    Collections.shuffle(places, random);
    for (String place : places) {
      freezeAt(arena, random, place);
    }
  }

  private static void freezeAt(Arena arena, Random random, String place) throws Exception {
    Member victim = arena.anyone(random);
    var met = new CountDownLatch(1);
    var first = new AtomicBoolean(true);
    var held = new AtomicReference<@Nullable Process>();
    Trouble freezing =
        sql -> {
          if (sql.contains(place) && first.compareAndSet(true, false)) {
            held.set(stop(arena, victim));
            met.countDown();
          }
          return Reaction.PASS;
        };
    arena.strike(
        "freeze-in-tx",
        victim.client(),
        // The worker's locks are held until the server ends its session.
        Set.of(Harm.PAUSE, Harm.DATABASE),
        () -> {
          victim.proxy().meet(freezing);
          try {
            if (!met.await(MEETING_SECONDS, TimeUnit.SECONDS)) {
              throw new IOException(
                  "%s did not come to '%s' within %d s"
                      .formatted(victim.client(), place, MEETING_SECONDS));
            }
            Arena.pause(beyondTimeout(arena, random));
          } finally {
            victim.proxy().calmDown(freezing);
            Process stopped = held.get();
            if (stopped != null) {
              victim.thaw(stopped);
            }
          }
          arena.met("freeze-in-tx", place, 1);
          return 1;
        });
  }

  /**
   * Stops a worker. On our own server, this counts as a death. A server that does not end idle
   * transactions keeps the worker's locks until the worker continues.
   */
  private static Process stop(Arena arena, Member victim) throws InterruptedException {
    try {
      long now = System.currentTimeMillis();
      Process held = victim.freeze();
      if (arena.ownsServer()) {
        arena.fleet().died(victim.client(), now);
      }
      return held;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void hold(Arena arena, Member victim, Random random) throws Exception {
    String client = victim.client();
    long begin = System.currentTimeMillis();
    Process held = victim.freeze();
    try {
      arena.fleet().died(client, begin);
      Arena.pause(beyondTimeout(arena, random));
    } finally {
      victim.thaw(held);
    }
  }

  private static Duration beyondTimeout(Arena arena, Random random) {
    return arena.timeout().plus(Arena.between(random, 1_500, 4_000));
  }

  private static void rolling(Arena arena, Random random) throws Exception {
    for (Member member : arena.fleet().replaceable()) {
      arena.strike(
          "rolling",
          member.client(),
          Set.of(Harm.STOP),
          () -> {
            member.stop();
            Arena.pause(Arena.between(random, 0, 500));
            return 1;
          });
      member.start();
      arena.fleet().awaitStarted();
    }
  }

  /** A job that newer code has begun is worked only by workers that also have the newer code. */
  private static void upgrade(Arena arena, Random random) throws Exception {
    List<Member> members = new ArrayList<>(arena.fleet().replaceable());
    Collections.shuffle(members, random);
    for (Member member : members) {
      arena.prepare("code-versions", member.client(), Set.of(Harm.STOP), member::upgrade);
      arena.fleet().awaitStarted();
      arena.strike(
          "code-versions", member.client(), Set.of(), () -> work(member, random, 1_000, 4_000));
    }
  }

  /** How many runs a worker begins in some time. */
  private static long work(Member member, Random random, long fromMillis, long toMillis)
      throws Exception {
    long before = member.runs().begun();
    Arena.pause(Arena.between(random, fromMillis, toMillis));
    return member.runs().begun() - before;
  }

  private static void smallPool(Arena arena, Random random) throws Exception {
    // Jobs wait for a connection, and fail if that takes too long.
    int size = POOL_MIN + arena.turn("small-pool") % (POOL_MAX - POOL_MIN + 1);
    long runs =
        tuned(arena, random, "small-pool", Set.of(Harm.SLOWNESS), Tuning.usual().withPool(size));
    arena.met("small-pool", size + " connections", runs);
  }

  private static void olderCairn(Arena arena, Random random) throws Exception {
    long runs = tuned(arena, random, "cairn-versions", Set.of(), Tuning.usual().withOlderCairn());
    arena.met("cairn-versions", "runs with the older Cairn", runs);
  }

  private static void clock(Arena arena, Random random) throws Exception {
    Duration offset = Duration.ofMinutes(random.nextBoolean() ? 10 : -10);
    tuned(arena, random, "clock", Set.of(), Tuning.usual().withClockOffset(offset));
  }

  /** Only the restarts part the client from its jobs. */
  private static long tuned(
      Arena arena, Random random, String attack, Set<Harm> harms, Tuning tuning) throws Exception {
    Member victim = arena.anyReplaceable(random);
    restart(arena, attack, victim, tuning);
    // The harm lasts from the start of the worker, and not only while its runs are counted.
    arena.prepare(attack, victim.client(), harms, () -> arena.fleet().awaitStarted());
    var runs = new AtomicLong();
    arena.strike(
        attack,
        victim.client(),
        harms,
        () -> {
          runs.set(work(victim, random, 6_000, 12_000));
          return runs.get();
        });
    restart(arena, attack, victim, Tuning.usual());
    arena.fleet().awaitStarted();
    return runs.get();
  }

  private static void restart(Arena arena, String attack, Member victim, Tuning tuning)
      throws Exception {
    arena.prepare(attack, victim.client(), Set.of(Harm.STOP), () -> victim.restart(tuning));
  }
}
