package dev.cairn.cli.demo;

import java.util.List;

/**
 * The figures of one run of the demo.
 *
 * @param files rows of the inventory, unreadable ones included
 * @param bytes the sizes of the files together
 * @param unreadable files and directories that were recorded as such
 * @param attack what was done to worker processes
 * @param kills how many of them were killed, or attacked otherwise, while they had the job
 * @param killsWanted how many were asked for; there are fewer if the work is too short. If there
 *     are none at all, the demo has shown nothing
 * @param seed repeats the moments of the kills
 * @param takeoverMs for each kill, how long until another worker had the job
 * @param timesTakenOver how often the job was taken from a process that seemed to be dead. On a
 *     slow machine, some were only slow
 * @param comebacks processes that survived an attack and gave up the job. On a slow machine, some
 *     had lost it before the attack
 * @param hashedTwice files that were read once more because a kill had undone their batch
 * @param missing files that exist but are not in the table; must be 0
 * @param doubled rows beyond the first of their path; must be 0
 * @param wrong rows whose size or content is not that of the file; must be 0
 * @param changed files that somebody changed, made or deleted during the demo; not judged
 * @param durationMs from the insertion of the job to its completion
 * @param redoneWithoutCheckpoints files that were in the table at a kill, summed over the kills
 */
record DemoReport(
    String directory,
    long files,
    long bytes,
    long unreadable,
    Attack attack,
    int kills,
    int killsWanted,
    long seed,
    List<Long> takeoverMs,
    int timesTakenOver,
    int comebacks,
    long hashedTwice,
    long missing,
    long doubled,
    long wrong,
    long changed,
    long durationMs,
    long redoneWithoutCheckpoints,
    Summary summary) {
  DemoReport {
    takeoverMs = List.copyOf(takeoverMs);
  }

  boolean isFlawless() {
    return missing == 0 && doubled == 0 && wrong == 0;
  }

  /** Whether workers were attacked and the table is still correct. */
  boolean hasShownWhatItShould() {
    return isFlawless() && hasKills();
  }

  /** Whether a worker was killed, unless none was to be. */
  boolean hasKills() {
    return kills > 0 || killsWanted == 0;
  }
}
