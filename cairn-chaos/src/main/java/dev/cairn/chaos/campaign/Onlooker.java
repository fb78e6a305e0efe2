package dev.cairn.chaos.campaign;

import dev.cairn.chaos.fleet.Fleet;
import dev.cairn.chaos.fleet.Tables;

/** Looks at the fleet and its tables between the attacks. */
@FunctionalInterface
public interface Onlooker {
  /** Nobody looks, and no time passes. */
  Onlooker NOBODY = (fleet, tables) -> {};

  /**
   * Called after each attack. The next one begins when this returns; an exception ends the
   * campaign.
   */
  void look(Fleet fleet, Tables tables) throws Exception;
}
