package dev.cairn.chaos.attack;

import dev.cairn.chaos.history.Rung;

/** The application that uses the jobs. */
public interface Caller {
  /** Inserts jobs, and tries until that is confirmed. */
  void insert(Rung rung, int count);

  /** Gives all signals once more, as an application would whose database has lost commits. */
  void repeatSignals();
}
