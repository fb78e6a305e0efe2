package dev.cairn.internal.store;

import java.util.Set;

/**
 * The queue and the client of a claim.
 *
 * @param kinds the only kinds to claim; all if empty
 * @param gate called when a claim has its connection and is about to be sent; if it throws, the
 *     claim is not sent
 */
public record ClaimScope(String queue, String clientId, Set<String> kinds, Runnable gate) {
  public ClaimScope {
    kinds = Set.copyOf(kinds);
  }

  /** A scope whose claims are always sent. */
  public ClaimScope(String queue, String clientId, Set<String> kinds) {
    this(queue, clientId, kinds, () -> {});
  }

  /** The same scope with another gate. */
  public ClaimScope through(Runnable newGate) {
    return new ClaimScope(queue, clientId, kinds, newGate);
  }
}
