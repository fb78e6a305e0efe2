package dev.cairn.chaos.attack;

import dev.cairn.chaos.history.Rung;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import java.util.List;
import java.util.Set;

/** Attacks by jobs on the process in which they run. */
final class JobAttacks {
  private JobAttacks() {}

  static List<Attack> all() {
    return List.of(
        poison("deaf", "jobs that ignore interrupts", Rung.DEAF, 3),
        poison("exit", "a job that calls System.exit", Rung.EXIT, 1),
        poison("oom", "a job that runs out of memory", Rung.OUT_OF_MEMORY, 1),
        poison("stackoverflow", "jobs that overflow their stacks", Rung.STACK_OVERFLOW, 4));
  }

  private static Attack poison(String name, String description, Rung rung, int count) {
    return Attack.of(
        name,
        description,
        (arena, random) ->
            arena.strike(
                name,
                Strike.EVERYBODY,
                Set.of(Harm.JOBS),
                () -> {
                  arena.insert(rung, count);
                  Arena.pause(arena.timeout().plus(Arena.between(random, 0, 2_000)));
                  return count;
                }));
  }
}
