package dev.cairn.internal.work;

import dev.cairn.internal.foreign.Log;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The attempts whose checkpoints could not be written for a reason that may pass, and when each is
 * tried again. The pause of an attempt grows with each failure in a row: if a privilege is missing
 * for hours, there must not be fifty tries a second. Attempts that have failed alone are written
 * apart from the others, so that they do not hold them up. Used by one thread, except for {@link
 * #isEmpty}.
 */
final class FailedWrites {
  private static final Log log = Log.of(FailedWrites.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final int DOUBLINGS_MAX = 8;
  private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);

  /** How many warnings of all attempts are logged within a {@link #WARNING_INTERVAL}. */
  private static final int WARNINGS_MAX = 10;

  private final Map<AttemptCheckpoints, Failing> failing = new ConcurrentHashMap<>();
  private long warningsSinceNanos = System.nanoTime();
  private int warnings;

  /** The attempts that have failed in this turn. */
  private final Set<AttemptCheckpoints> failedNow = new HashSet<>();

  private record Failing(
      int failures, long pauseBeganNanos, long warnedNanos, boolean failedAlone) {
    long nextNanos() {
      Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, DOUBLINGS_MAX));
      Duration bounded = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
      return pauseBeganNanos + bounded.toNanos();
    }

    Failing pausingFrom(long nanos) {
      return new Failing(failures, nanos, warnedNanos, failedAlone);
    }
  }

  /**
   * Ends a turn. The pauses count from here: a statement that fails because it takes too long may
   * take longer than a pause. In addition, attempts that fail in the same turn are tried again
   * together.
   */
  void endTurn() {
    long now = System.nanoTime();
    failedNow.forEach(
        source -> failing.computeIfPresent(source, (same, of) -> of.pausingFrom(now)));
    failedNow.clear();
  }

  /** Notes that the attempt was tried alone and failed. */
  void failed(AttemptCheckpoints source, Throwable reason) {
    long now = System.nanoTime();
    Failing before = failing.get(source);
    long warnedNanos = warnedNanos(before, now);
    boolean isWorthAWarning = now - warnedNanos >= WARNING_INTERVAL.toNanos();
    if (isWorthAWarning && mayWarn(now)) {
      log.warn(
          "Could not write the checkpoints of {}; will retry soon, and then with growing pauses"
              + " [CAIRN-525]",
          source.attempt().describe(),
          reason);
    } else {
      log.debug("Could not write the checkpoints of {}", source.attempt().describe(), reason);
    }
    postpone(source, before, isWorthAWarning ? now : warnedNanos, true);
  }

  /** Notes that the attempt was part of a batch that failed, and was not tried alone. */
  void postpone(AttemptCheckpoints source) {
    Failing before = failing.get(source);
    boolean hasFailedAlone = before != null && before.failedAlone();
    postpone(source, before, warnedNanos(before, System.nanoTime()), hasFailedAlone);
  }

  /** When a warning of the attempt was last logged, or so long ago that one is due. */
  private static long warnedNanos(@Nullable Failing before, long now) {
    return before == null ? now - WARNING_INTERVAL.toNanos() : before.warnedNanos();
  }

  private void postpone(
      AttemptCheckpoints source, @Nullable Failing before, long warnedNanos, boolean failedAlone) {
    int failures = before == null ? 1 : before.failures() + 1;
    failing.put(source, new Failing(failures, System.nanoTime(), warnedNanos, failedAlone));
    failedNow.add(source);
  }

  private boolean mayWarn(long now) {
    if (now - warningsSinceNanos >= WARNING_INTERVAL.toNanos()) {
      warningsSinceNanos = now;
      warnings = 0;
    }
    return warnings++ < WARNINGS_MAX;
  }

  /** Notes that nothing of the attempt is left to be tried again. */
  void forget(AttemptCheckpoints source) {
    failing.remove(source);
  }

  /** Whether the pause of the attempt is not over, or begins with the end of this turn. */
  boolean rests(AttemptCheckpoints source) {
    Failing of = failing.get(source);
    return of != null && (failedNow.contains(source) || of.nextNanos() - System.nanoTime() > 0);
  }

  /** Whether the attempt has failed and was not written since, whether or not its pause is over. */
  boolean knows(AttemptCheckpoints source) {
    return failing.containsKey(source);
  }

  /** The attempts whose pause is over, without the {@link #dueSuspects}. */
  Set<AttemptCheckpoints> due() {
    return due(false);
  }

  /** The attempts that have failed alone, and whose pause is over. */
  Set<AttemptCheckpoints> dueSuspects() {
    return due(true);
  }

  private Set<AttemptCheckpoints> due(boolean failedAlone) {
    var due = new LinkedHashSet<AttemptCheckpoints>();
    failing.forEach((source, of) -> {
      if (of.failedAlone() == failedAlone && !rests(source)) {
        due.add(source);
      }
    });
    return due;
  }

  /** How long until the next attempt is tried again; no longer than {@code most}. */
  Duration untilNext(Duration most) {
    long nanos = most.toNanos();
    long now = System.nanoTime();
    for (Failing each : failing.values()) {
      nanos = Math.min(nanos, Math.max(each.nextNanos() - now, 0));
    }
    return Duration.ofNanos(nanos);
  }

  boolean isEmpty() {
    return failing.isEmpty();
  }
}
