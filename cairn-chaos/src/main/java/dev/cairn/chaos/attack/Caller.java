package dev.cairn.chaos.attack;

import dev.cairn.chaos.history.Rung;

/** The application that uses the jobs. */
public interface Caller {
  /** Inserts jobs, and tries again until the insertion is confirmed. */
  void insert(Rung rung, int count);

  /** Sends all signals again, as an application does after its database has lost commits. */
  void repeatSignals();
}
