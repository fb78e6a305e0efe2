package dev.cairn.chaos.matrix;

import java.util.Locale;

/** How long a data source misbehaves. */
public enum Extent {
  /** At one call only. */
  ONCE,
  /** For two heartbeat timeouts, and then again while the client stops. */
  AWHILE;

  /** The name on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
