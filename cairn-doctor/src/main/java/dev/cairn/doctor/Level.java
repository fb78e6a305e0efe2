package dev.cairn.doctor;

import java.util.Locale;

/** How bad a finding is, in this order. May get further constants. */
public enum Level {
  /** As it should be. */
  OK,
  /** Good to know. */
  NOTE,
  /** May become a problem. */
  WARNING,
  /** Jobs are not worked, or may be lost: act now. */
  PROBLEM;

  /** For example {@code warning}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The {@link #label()}. */
  @Override
  public String toString() {
    return label();
  }
}
