package dev.cairn.schedule;

/**
 * What happens to the runs of a durable periodic job that were missed because there was no leader.
 * May get further constants.
 */
public enum MissedRuns {
  /** No missed run is inserted. */
  SKIP,
  /** One job is inserted for all missed runs, due at the time of the last one. */
  ONCE,
  /** Every missed run is inserted, the oldest first. After 1,000 runs, the others are left out. */
  ALL
}
