package dev.cairn.cli.doctor;

import java.util.Locale;

/** How bad it is, in this order. */
enum Level {
  /** As it should be. */
  OK,
  /** Good to know. */
  NOTE,
  /** May become a problem. */
  WARNING,
  /** Jobs are not worked, or may be lost: act now. */
  PROBLEM;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
