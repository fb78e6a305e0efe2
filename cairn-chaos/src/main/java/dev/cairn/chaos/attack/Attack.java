package dev.cairn.chaos.attack;

import java.util.Random;
import java.util.Set;

/**
 * An attack that can be repeated.
 *
 * @param name its name on the command line
 * @param description what it does, for people
 * @param needs what it cannot do without
 * @param body one strike
 */
public record Attack(String name, String description, Set<Need> needs, Body body) {
  /** What not every run has. */
  public enum Need {
    /** A PostgreSQL server of our own. */
    OWN_SERVER,
    /** Connections that the proxy can read. */
    PROXY
  }

  /** An attack without needs. */
  static Attack of(String name, String description, Body body) {
    return new Attack(name, description, Set.of(), body);
  }

  /** An attack with one need. */
  static Attack of(String name, String description, Need need, Body body) {
    return new Attack(name, description, Set.of(need), body);
  }

  /** One strike: it returns when the attack is over. */
  @FunctionalInterface
  public interface Body {
    /**
     * Strikes once.
     *
     * @param arena what there is to strike
     * @param random decides all that is left to chance
     */
    void strike(Arena arena, Random random) throws Exception;
  }
}
