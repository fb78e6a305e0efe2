package dev.cairn.internal.store;

import java.util.Set;

/**
 * The queue and the client of a claim.
 *
 * @param kinds the only kinds to claim; all if empty
 */
public record ClaimScope(String queue, String clientId, Set<String> kinds) {
  public ClaimScope {
    kinds = Set.copyOf(kinds);
  }
}
