package dev.cairn.internal.claims;

import dev.cairn.InterruptionReason;

/** What works under a claim, as far as its claim is concerned. Thread-safe. */
public interface Run {
  /** Asks it to stop. */
  void interrupt(InterruptionReason reason);

  /** The claim is not its own any more: nothing that it still does is written. */
  void lose();
}
