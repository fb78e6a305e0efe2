package dev.cairn.internal.work;

import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.foreign.Log;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Claims due jobs one by one. This is needed after a claim of only one job has failed, because the
 * row of that job may be faulty. Jobs that the database refuses while others can be claimed are set
 * apart, so that the queue continues. Jobs whose claim fails for a reason that may pass, such as a
 * lock or a lack of memory, are left for later. Called by one thread.
 */
final class LoneClaims {
  /** How many jobs are tried at first, besides those that were refused before. */
  private static final int FIRST = 100;

  /**
   * The maximum number of jobs that are refused or unclear. If there are that many, no further jobs
   * are tried.
   */
  private static final int REFUSED_MAX = 10_000;

  private static final long TURN_NANOS = Nanos.of(Duration.ofSeconds(1));

  /**
   * The pause after a job could not be set apart. Otherwise, there would be a warning for each of
   * the other jobs.
   */
  private static final long APART_AGAIN_NANOS = Nanos.of(Duration.ofSeconds(10));

  private static final Log log = Log.of(LoneClaims.class);

  private final String queueName;
  private final Claims claims;

  /** The jobs that were refused in the last turns, and are still due. */
  private final SequencedSet<Long> refused = new LinkedHashSet<>();

  /** Whether another job was claimed since the first of the {@code refused} jobs was refused. */
  private boolean othersClaimed;

  /** How many jobs of the last turn failed for a reason that may pass. */
  private int unclear;

  /** Whether any job was claimed in this turn, and when the turn has to end. */
  private boolean claimed;

  private long endNanos;
  private boolean told;
  private long apartAgainNanos = System.nanoTime();

  /** What can be done with the due jobs of a queue. */
  interface Claims {
    /** Whether no more jobs may be claimed now. */
    boolean mustPause();

    Finding claim(long id);

    /** Discards a job. Returns whether that has succeeded, or is no longer necessary. */
    boolean setApart(long id, Throwable reason);
  }

  /** The result of the claim of a single job. */
  enum Finding {
    CLAIMED,
    /** The database refuses the values of its row. */
    ODD,
    /** Another client has it, or the claim failed for a reason that may pass. */
    UNCLEAR
  }

  LoneClaims(String queueName, Claims claims) {
    this.queueName = queueName;
    this.claims = claims;
  }

  /**
   * The maximum number of due jobs to look for. It grows with the number of jobs that could not be
   * claimed.
   */
  private int most() {
    return 2 * (refused.size() + unclear) + FIRST;
  }

  /**
   * Claims due jobs as far as there is room, for about a second at most. Looks for more jobs as
   * long as none can be claimed.
   *
   * @param queue looks for at most this many due jobs, the most urgent first
   * @param reason why the ordinary claim, which chooses the job itself, has failed
   * @return whether any could be claimed, so that the next turn need not wait
   */
  boolean claim(IntFunction<List<Long>> queue, Throwable reason) {
    endNanos = System.nanoTime() + TURN_NANOS;
    claimed = false;
    int before;
    do {
      before = refused.size() + unclear;
      claimSome(queue.apply(most()), reason);
    } while (!claimed && refused.size() + unclear > before && !mustEnd());
    setRefusedApart(reason);
    if (claimed && !told) {
      told = true;
      log.warn(
          "Jobs of queue {} are claimed one by one, because the claim of the most urgent one "
              + "fails [CAIRN-534]",
          queueName,
          reason);
    }
    return claimed;
  }

  private void claimSome(List<Long> due, Throwable reason) {
    // Forgets the other refused jobs: they were changed meanwhile, are no longer due, or are in
    // another queue.
    refused.retainAll(new HashSet<>(due));
    Set<Long> known = Set.copyOf(refused);
    // Comes first, because a queue with one worker has no room after the next claim.
    setRefusedApart(reason);
    unclear = 0;
    for (long id : due) {
      if (mustEnd() || refused.size() + unclear >= REFUSED_MAX) {
        break;
      }
      if (!known.contains(id)) {
        switch (claim(id)) {
          case CLAIMED -> othersClaimed = true;
          case ODD -> refused.add(id);
          case UNCLEAR -> unclear++;
        }
      }
    }
  }

  private boolean mustEnd() {
    return claims.mustPause() || endNanos - System.nanoTime() <= 0;
  }

  private Finding claim(long id) {
    Finding finding = claims.claim(id);
    claimed |= finding == Finding.CLAIMED;
    return finding;
  }

  /**
   * Tries the refused jobs again, if the same statement has succeeded for another job. Sets apart
   * those that are refused again.
   */
  private void setRefusedApart(Throwable reason) {
    if (!othersClaimed || apartAgainNanos - System.nanoTime() > 0) {
      return;
    }
    while (!refused.isEmpty()) {
      if (mustEnd()) {
        return;
      }
      long id = refused.getFirst();
      if (claim(id) == Finding.ODD && !claims.setApart(id, reason)) {
        apartAgainNanos = System.nanoTime() + APART_AGAIN_NANOS;
        return;
      }
      refused.remove(id);
    }
    othersClaimed = false;
  }

  /** Notes that an ordinary claim has succeeded, so no refused job is in the way. */
  void notNeeded() {
    refused.clear();
    othersClaimed = false;
    unclear = 0;
    told = false;
  }
}
