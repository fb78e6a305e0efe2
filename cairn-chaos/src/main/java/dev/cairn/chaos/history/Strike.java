package dev.cairn.chaos.history;

import java.util.EnumSet;
import java.util.Set;

/**
 * One strike of an attack.
 *
 * @param attack its name
 * @param target the client that it struck, or {@link #EVERYBODY}
 * @param begin when it began, by the clock of this machine
 * @param end when it ended; its consequences may come later
 * @param harms what it does
 * @param whole whether it was carried out completely, and hit something. If it failed on the way,
 *     hit nothing, or only prepared a strike, it may have done harm, but it proves nothing
 */
public record Strike(
    String attack, String target, long begin, long end, Set<Harm> harms, boolean whole) {
  /** The target of an attack on all clients. */
  public static final String EVERYBODY = "*";

  private static final Set<Harm> PARTING =
      EnumSet.of(Harm.DEATH, Harm.PAUSE, Harm.DATABASE, Harm.STOP, Harm.LOSS);

  public Strike {
    harms = Set.copyOf(harms);
  }

  /** What an attack does to its target. */
  public enum Harm {
    /** The process is killed. */
    DEATH,
    /** The process stands still, or may stand still. */
    PAUSE,
    /** Calls to the database fail, are late, or are never answered. */
    DATABASE,
    /**
     * Single calls to the database fail, or are a little late. That does not separate a client from
     * its jobs, but a worker may fail, and a takeover may be late.
     */
    SLOWNESS,
    /** The client is asked to stop. */
    STOP,
    /**
     * Some jobs misbehave. This does not excuse failures of other jobs: see {@code Case#hasCause}.
     */
    JOBS,
    /** PostgreSQL lost commits that it had confirmed since the beginning of this strike. */
    LOSS
  }

  /** Whether the strike hit this client. */
  public boolean strikes(String client) {
    return target.equals(EVERYBODY) || target.equals(client);
  }

  /** Whether the strike was in progress within this time, or could still have consequences. */
  public boolean touches(long from, long to, long slackMillis) {
    return begin <= to && end + slackMillis >= from;
  }

  /**
   * Whether it may separate a client from the jobs that it works, so that another client works
   * them.
   */
  public boolean parts() {
    return harms.stream().anyMatch(PARTING::contains);
  }

  /**
   * Whether it only asks its target to stop. When it has ended, the process has ended too, so that
   * nothing can come later.
   */
  public boolean isOrderly() {
    return harms.equals(Set.of(Harm.STOP));
  }

  /** Whether it does this. */
  public boolean does(Harm harm) {
    return harms.contains(harm);
  }
}
