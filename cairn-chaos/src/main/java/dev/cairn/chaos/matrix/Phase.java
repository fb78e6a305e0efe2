package dev.cairn.chaos.matrix;

import java.util.Locale;

/** The part of a client's life in which its data source begins to misbehave. */
public enum Phase {
  START,
  LIFE,
  STOP;

  /** How it is called on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
