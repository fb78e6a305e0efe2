package dev.cairn.internal.claims;

import dev.cairn.InterruptionReason;

/** The run of a worker under a claim, as the claim sees it. Thread-safe. */
public interface Run {
  /** Asks the run to stop. */
  void interrupt(InterruptionReason reason);

  /** The run has lost its claim: nothing that it still does is written. */
  void lose();
}
