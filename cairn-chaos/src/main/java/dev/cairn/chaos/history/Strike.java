package dev.cairn.chaos.history;

import java.util.Set;

/**
 * One strike of an attack.
 *
 * @param attack the name of the attack
 * @param target the client that was struck, or {@link #EVERYBODY}
 * @param begin the time of the beginning, by the clock of this machine
 * @param end the time of the end; consequences may come later
 * @param harms the harms that the strike does
 */
public record Strike(String attack, String target, long begin, long end, Set<Harm> harms) {
  /** The target of an attack on all clients. */
  public static final String EVERYBODY = "*";

  /** A harm that an attack does to its target. */
  public enum Harm {
    /** The process is killed. */
    DEATH,
    /** The process stands still, or may stand still. */
    PAUSE,
    /** Calls of the database fail, are late, or are never answered. */
    DATABASE,
    /** The client is asked to stop. */
    STOP,
    /** The jobs themselves misbehave. */
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

  /** Whether the strike does this harm. */
  public boolean does(Harm harm) {
    return harms.contains(harm);
  }
}
