package dev.cairn.chaos.matrix;

import java.util.Locale;

/** The part of a client's life in which its data source begins to misbehave. */
public enum Phase {
  START,
  LIFE,
  STOP;

  /** The name on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
