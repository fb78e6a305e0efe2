package dev.cairn.schedule;

/**
 * What becomes of the runs of a durable periodic job that nobody was there for. May get further
 * constants.
 */
public enum MissedRuns {
  /** None is made up for. */
  SKIP,
  /** One job stands for all of them; it is due when the last of them was. */
  ONCE,
  /** Each is made up for, the oldest first; after the first 1,000 the others are left out. */
  ALL
}
