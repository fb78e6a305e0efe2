package dev.cairn.chaos.attack;

import dev.cairn.chaos.attack.Attack.Need;
import dev.cairn.chaos.fleet.Member;
import dev.cairn.chaos.fleet.ThreadLimit;
import dev.cairn.chaos.history.Rung;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Attacks by jobs on the process in which they run. */
final class JobAttacks {
  private static final int DEAF_JOBS = 3;

  /**
   * So many that the limited worker gets some of them. The jobs of other workers can start their
   * threads.
   */
  private static final int THREAD_JOBS = 8;

  private static final long MEETING_SECONDS = 60;
  private static final long LOOK_MILLIS = 20;

  private JobAttacks() {}

  static List<Attack> all() {
    return List.of(
        Attack.of(
            "deaf",
            "a worker is stopped while its jobs ignore interrupts for longer than it waits",
            JobAttacks::deaf),
        Attack.of("exit", "a job that calls System.exit", JobAttacks::exit),
        exhausting("oom", "a job that runs out of memory", Rung.OUT_OF_MEMORY, 1),
        Attack.of(
            "thread-limit",
            "a worker must not start more threads, but its jobs try to",
            Need.THREAD_LIMIT,
            JobAttacks::limitThreads),
        exhausting("stackoverflow", "jobs that overflow their stacks", Rung.STACK_OVERFLOW, 4));
  }

  private static void deaf(Arena arena, Random random) throws Exception {
    arena.insert(Rung.DEAF, DEAF_JOBS);
    Member victim = awaitDeaf(arena);
    arena.strike(
        "deaf",
        victim.client(),
        Set.of(Harm.STOP),
        () -> {
          long open = victim.runs().open(Rung.DEAF);
          victim.stop();
          return open;
        });
    victim.start();
    arena.fleet().awaitStarted();
    Arena.pause(Arena.between(random, 0, 2_000));
  }

  private static Member awaitDeaf(Arena arena) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MEETING_SECONDS);
    while (System.nanoTime() - end < 0) {
      for (Member member : arena.fleet().replaceable()) {
        if (member.runs().open(Rung.DEAF) > 0) {
          return member;
        }
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    throw new IOException("no worker got a deaf job within %d s".formatted(MEETING_SECONDS));
  }

  private static void exit(Arena arena, Random random) throws Exception {
    everybody(
        arena,
        "exit",
        () -> {
          long before = arena.fleet().exits();
          arena.insert(Rung.EXIT, 1);
          Arena.pause(effect(arena, random));
          return arena.fleet().exits() - before;
        });
  }

  private static void limitThreads(Arena arena, Random random) throws Exception {
    Member victim = arena.anyReplaceable(random);
    arena.strike(
        "thread-limit",
        victim.client(),
        Set.of(Harm.SLOWNESS),
        () -> {
          long begin = System.currentTimeMillis();
          ThreadLimit limit = ThreadLimit.of(victim.pid(), random.nextInt(0, 8));
          try {
            arena.insert(Rung.THREADS, THREAD_JOBS);
            Arena.pause(effect(arena, random));
          } finally {
            limit.close();
          }
          return arena.fleet().brokenRuns(Rung.THREADS, begin);
        });
  }

  private static Attack exhausting(String name, String description, Rung rung, int count) {
    return Attack.of(
        name,
        description,
        (arena, random) ->
            everybody(
                arena,
                name,
                () -> {
                  long begin = System.currentTimeMillis();
                  arena.insert(rung, count);
                  Arena.pause(effect(arena, random));
                  return arena.fleet().brokenRuns(rung, begin);
                }));
  }

  /** How long the jobs may take to do their harm. */
  private static Duration effect(Arena arena, Random random) {
    return arena.timeout().plus(Arena.between(random, 0, 2_000));
  }

  private static void everybody(Arena arena, String name, Strikes.Deed deed) throws Exception {
    arena.strike(name, Strike.EVERYBODY, Set.of(Harm.JOBS), deed);
  }
}
