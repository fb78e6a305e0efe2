package dev.cairn.schedule;

/** What becomes of the runs of a durable periodic job that nobody was there for. */
public enum MissedRuns {
  /** None is made up for. */
  SKIP,
  /** One job stands for all of them. */
  ONCE,
  /** Each is made up for, up to 1,000 of them. */
  ALL
}
