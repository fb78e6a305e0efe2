package dev.cairn.chaos.verdict;

import java.util.List;
import java.util.Map;

/**
 * The verdict on a run.
 *
 * @param findings the broken promises
 * @param jobs how many jobs there were
 * @param runs how many runs they took
 * @param cutOff how many of the runs were cut off
 * @param met how many runs were in progress when an attack struck their client
 * @param undisturbed how many runs were undisturbed, so that any failure in them would have been a
 *     finding
 * @param lost how many confirmed jobs are gone
 * @param lostByDatabase how many of the confirmed jobs PostgreSQL itself lost
 * @param repeated how many plain effects were repeated, by rung
 * @param doubled how many rows of transactions exist twice, by rung
 * @param takeovers how many takeovers were measured
 * @param takeoversUnclear how many takeovers could not be measured
 * @param longestTakeoverMillis the longest measured takeover
 * @param workedAgainMillis the longest time from a death until another client worked the job again.
 *     It is not judged, because a job that is available may wait for a slot
 * @param attemptsUsed attempts beyond the first, of all jobs
 * @param worstLatenessMillis the greatest lateness of the machine
 */
public record Verdict(
    List<Finding> findings,
    long jobs,
    long runs,
    long cutOff,
    long met,
    long undisturbed,
    long lost,
    long lostByDatabase,
    Map<String, Long> repeated,
    Map<String, Long> doubled,
    long takeovers,
    long takeoversUnclear,
    long longestTakeoverMillis,
    long workedAgainMillis,
    long attemptsUsed,
    long worstLatenessMillis) {
  /** Whether all promises were kept. */
  public boolean isClean() {
    return findings.isEmpty();
  }
}
