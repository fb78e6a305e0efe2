package dev.cairn.chaos.attack;

import dev.cairn.chaos.fleet.AutoFailover;
import dev.cairn.chaos.fleet.OlderCairn;
import dev.cairn.chaos.fleet.PgBouncer;
import dev.cairn.chaos.fleet.SmallDisk;
import dev.cairn.chaos.fleet.Target;
import dev.cairn.chaos.fleet.ThreadLimit;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An attack that can be repeated.
 *
 * @param name the name on the command line
 * @param description what the attack does, for people
 * @param needs the requirements of the attack
 * @param body carries out one strike
 */
public record Attack(String name, String description, Set<Need> needs, Body body) {
  /** A requirement that not every run meets. */
  public enum Need {
    /** A PostgreSQL server of our own. */
    OWN_SERVER,
    /** Connections that the proxy can read. */
    PROXY,
    /** A file system of our own: {@link dev.cairn.chaos.fleet.SmallDisk}. */
    SMALL_DISK,
    /** The program {@code pgbouncer}. */
    PGBOUNCER,
    /** Control groups of our own: {@link dev.cairn.chaos.fleet.ThreadLimit}. */
    THREAD_LIMIT,
    /** The classes of an older Cairn: {@link dev.cairn.chaos.fleet.OlderCairn}. */
    OLDER_CAIRN,
    /** Servers of its own, which pg_auto_failover manages, so not {@link #OWN_SERVER}. */
    AUTO_FAILOVER
  }

  /**
   * The reason why the attack is not possible here; empty if it is possible.
   *
   * @param target the database of a user; null for one of our own
   */
  public Optional<String> objection(@Nullable Target target) {
    return needs.stream()
        .flatMap(need -> objection(need, target).stream())
        .findFirst()
        .map(reason -> "the attack '%s' %s".formatted(name, reason));
  }

  /** Whether the attack needs this. */
  public boolean needs(Need need) {
    return needs.contains(need);
  }

  private static Optional<String> objection(Need need, @Nullable Target target) {
    boolean met =
        switch (need) {
          case OWN_SERVER -> target == null;
          case PROXY -> target == null || !target.encrypted();
          case SMALL_DISK -> SmallDisk.isPossible();
          case PGBOUNCER -> PgBouncer.program().isPresent();
          case THREAD_LIMIT -> ThreadLimit.isPossible();
          case OLDER_CAIRN -> OlderCairn.classes().isPresent();
          case AUTO_FAILOVER -> target == null && AutoFailover.isPossible();
        };
    if (met) {
      return Optional.empty();
    }
    return Optional.of(
        switch (need) {
          case OWN_SERVER -> "needs a PostgreSQL of its own: omit --url";
          case PROXY -> "has to read the connections: use --url without sslmode=require";
          case SMALL_DISK -> "mounts a small disk: run it as root on Linux";
          case THREAD_LIMIT -> "limits threads by a control group: run it as root on Linux";
          case AUTO_FAILOVER ->
              "needs pg_auto_failover: omit --url, and install the packages pg-auto-failover-cli and"
                  + " postgresql-15-auto-failover";
          case OLDER_CAIRN ->
              "needs an older Cairn: set CAIRN_CHAOS_OLDER to the folder or jar of its cairn-core";
          case PGBOUNCER -> "needs the program pgbouncer: install the package of that name";
        });
  }

  /** An attack without requirements. */
  static Attack of(String name, String description, Body body) {
    return new Attack(name, description, Set.of(), body);
  }

  /** An attack with one requirement. */
  static Attack of(String name, String description, Need need, Body body) {
    return new Attack(name, description, Set.of(need), body);
  }

  /** Carries out one strike, and returns when it is over. */
  @FunctionalInterface
  public interface Body {
    /**
     * Strikes once.
     *
     * @param arena the possible targets
     * @param random makes all random choices
     */
    void strike(Arena arena, Random random) throws Exception;
  }
}
