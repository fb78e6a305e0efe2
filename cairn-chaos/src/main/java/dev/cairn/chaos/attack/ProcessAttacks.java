package dev.cairn.chaos.attack;

import dev.cairn.chaos.attack.Attack.Need;
import dev.cairn.chaos.fleet.Member;
import dev.cairn.chaos.fleet.Tuning;
import dev.cairn.chaos.history.Strike.Harm;
import dev.cairn.chaos.proxy.Trouble.Reaction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/** Attacks on the worker processes. */
final class ProcessAttacks {
  /** How long an attack waits until a worker reaches the place of the strike. */
  private static final long MEETING_SECONDS = 10;

  private static final long LOOK_MILLIS = 20;

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
            "SIGSTOP of a worker within an open transaction of a step, or at its COMMIT",
            Need.PROXY,
            ProcessAttacks::freezeInTransaction),
        Attack.of("rolling", "graceful stops of all workers, one by one", ProcessAttacks::rolling),
        Attack.of(
            "small-pool", "a worker with a pool of 3 or 4 connections", ProcessAttacks::smallPool),
        Attack.of("clock", "a worker whose clock is wrong by 10 minutes", ProcessAttacks::clock));
  }

  private static void kill(Arena arena, Random random) throws Exception {
    Member victim = arena.anyReplaceable(random);
    holdAtWork(victim);
    arena.strike(
        "kill",
        victim.client(),
        Set.of(Harm.DEATH),
        () -> {
          victim.kill();
          return victim.openRuns();
        });
    victim.start();
    Arena.pause(arena.timeout());
  }

  /**
   * Stops a worker within a job, so that the kill which follows cuts off a run. One that gets no
   * job in time is left as it is: its death counts, but has hit nothing.
   */
  private static void holdAtWork(Member victim) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MEETING_SECONDS);
    while (System.nanoTime() - end < 0) {
      if (victim.openRuns() > 0 && freezeAtWork(victim)) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  /** A run that was open a moment ago may have ended before the worker stood still. */
  private static boolean freezeAtWork(Member victim) throws IOException, InterruptedException {
    boolean met = false;
    victim.freeze();
    try {
      met = victim.openRuns() > 0;
    } finally {
      if (!met) {
        victim.thaw();
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
    boolean atCommit = random.nextBoolean();
    Predicate<String> place =
        atCommit ? "COMMIT"::equals : sql -> sql.contains("the worker's own row");
    Member victim = arena.anyone(random);
    var met = new CountDownLatch(1);
    var first = new AtomicBoolean(true);
    arena.strike(
        "freeze-in-tx",
        victim.client(),
        // The worker's locks are held until the server ends its session.
        Set.of(Harm.PAUSE, Harm.DATABASE),
        () -> {
          victim
              .proxy()
              .meet(sql -> {
                if (place.test(sql) && first.compareAndSet(true, false)) {
                  stop(victim);
                  met.countDown();
                }
                return Reaction.PASS;
              });
          try {
            if (!met.await(MEETING_SECONDS, TimeUnit.SECONDS)) {
              throw new IOException(
                  "no transaction of %s came within %d s"
                      .formatted(victim.client(), MEETING_SECONDS));
            }
            Arena.pause(beyondTimeout(arena, random));
          } finally {
            victim.proxy().calmDown();
            victim.thaw();
          }
          return 1;
        });
  }

  private static void stop(Member victim) throws InterruptedException {
    try {
      victim.freeze();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void hold(Arena arena, Member victim, Random random) throws Exception {
    String client = victim.client();
    long begin = System.currentTimeMillis();
    victim.freeze();
    try {
      arena.fleet().died(client, begin);
      Arena.pause(beyondTimeout(arena, random));
    } finally {
      victim.thaw();
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

  private static void smallPool(Arena arena, Random random) throws Exception {
    // Jobs wait for a connection, and fail if that takes too long. With two connections, which the
    // client itself keeps, no job would be worked: CAIRN-609.
    tuned(
        arena,
        random,
        "small-pool",
        Set.of(Harm.SLOWNESS),
        Tuning.usual().withPool(random.nextInt(3, 5)));
  }

  private static void clock(Arena arena, Random random) throws Exception {
    Duration offset = Duration.ofMinutes(random.nextBoolean() ? 10 : -10);
    tuned(arena, random, "clock", Set.of(), Tuning.usual().withClockOffset(offset));
  }

  /** Only the restarts part the client from its jobs. */
  private static void tuned(
      Arena arena, Random random, String attack, Set<Harm> harms, Tuning tuning) throws Exception {
    Member victim = arena.anyReplaceable(random);
    restart(arena, attack, victim, tuning);
    arena.strike(
        attack,
        victim.client(),
        harms,
        Strikes.Deed.once(() -> Arena.pause(Arena.between(random, 6_000, 12_000))));
    restart(arena, attack, victim, Tuning.usual());
  }

  private static void restart(Arena arena, String attack, Member victim, Tuning tuning)
      throws Exception {
    arena.prepare(attack, victim.client(), Set.of(Harm.STOP), () -> victim.restart(tuning));
    arena.fleet().awaitStarted();
  }
}
