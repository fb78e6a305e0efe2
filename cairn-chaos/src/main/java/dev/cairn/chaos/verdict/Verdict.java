package dev.cairn.chaos.verdict;

import java.util.List;
import java.util.Map;

/**
 * The verdict on a run.
 *
 * @param findings the broken promises
 * @param jobs the number of jobs
 * @param runs the number of their runs
 * @param cutOff the number of runs that were cut off
 * @param lost the number of confirmed jobs that Cairn lost
 * @param lostByDatabase the number of confirmed jobs that PostgreSQL itself lost
 * @param repeated the number of repeated plain effects, by rung
 * @param doubled the number of transactional rows that exist twice, by rung
 * @param takeovers the number of measured takeovers
 * @param takeoversUnclear the number of takeovers that could not be judged
 * @param longestTakeoverMillis the longest measured takeover
 * @param attemptsUsed attempts beyond the first, of all jobs
 * @param worstLatenessMillis the greatest lateness of the machine
 */
public record Verdict(
    List<Finding> findings,
    long jobs,
    long runs,
    long cutOff,
    long lost,
    long lostByDatabase,
    Map<String, Long> repeated,
    Map<String, Long> doubled,
    long takeovers,
    long takeoversUnclear,
    long longestTakeoverMillis,
    long attemptsUsed,
    long worstLatenessMillis) {
  /** Whether all promises were kept. */
  public boolean isClean() {
    return findings.isEmpty();
  }
}
