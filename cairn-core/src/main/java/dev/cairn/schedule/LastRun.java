package dev.cairn.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Finds the last run that is not after a moment. Every loop is bounded. */
final class LastRun {
  private static final int RUNS_MAX = 100_000;

  /** As often as any span of time can be halved. */
  private static final int HALVINGS_MAX = 128;

  private LastRun() {}

  /** Goes from run to run, for schedules whose runs depend on the ones before. */
  static Instant walk(Schedule schedule, Instant run, Instant until) {
    Instant last = run;
    for (int i = 0; i < RUNS_MAX; i++) {
      Optional<Instant> next = next(schedule, last, until);
      if (next.isEmpty()) {
        return last;
      }
      last = next.get();
    }
    return search(schedule, last, until);
  }

  /** Halves the time that is left, for schedules whose runs do not depend on the ones before. */
  static Instant search(Schedule schedule, Instant run, Instant until) {
    Instant last = run;
    Instant end = until;
    for (int i = 0; i < HALVINGS_MAX; i++) {
      Optional<Instant> next = next(schedule, last, until);
      if (next.isEmpty()) {
        return last;
      }
      last = next.get();
      if (last.isBefore(end)) {
        Instant middle = last.plus(Duration.between(last, end).dividedBy(2));
        Optional<Instant> later = next(schedule, middle, until);
        last = later.orElse(last);
        end = later.isPresent() ? end : middle;
      }
    }
    return last;
  }

  private static Optional<Instant> next(Schedule schedule, Instant after, Instant until) {
    return schedule.next(after).filter(next -> next.isAfter(after) && !next.isAfter(until));
  }
}
