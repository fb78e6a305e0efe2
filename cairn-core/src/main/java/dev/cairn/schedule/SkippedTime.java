package dev.cairn.schedule;

/**
 * What happens to a run whose time of day does not exist on a day, because the clocks are put
 * forward past it. May get further constants.
 */
public enum SkippedTime {
  /** It runs when the gap ends. Several runs in one gap become one. */
  RUN_AFTER_GAP,
  /** It does not run on that day. */
  SKIP
}
