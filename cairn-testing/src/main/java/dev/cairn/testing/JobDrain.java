package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.jobs.JobCursor;
import dev.cairn.jobs.JobPage;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.QueueRow;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Works what is due, one job after the other: the most urgent first, then what was scheduled first,
 * then what was inserted first.
 *
 * @param kinds those that have a worker
 * @param mark only jobs inserted later
 * @param most how many jobs may be worked before something must be wrong
 */
record JobDrain(
    Cairn client,
    AttemptWatch watch,
    Set<String> kinds,
    TestClock clock,
    DueTimes dueTimes,
    JobMark mark,
    int most) {
  private static final int PRIORITY_LAST = 4;
  private static final int PAGE = 100;

  /** Works everything due now, and what becomes due by it. */
  void drain(List<WorkedJob> worked) {
    Optional<JobRow> next = next();
    while (next.isPresent()) {
      if (worked.size() >= most) {
        throw tooMany(worked);
      }
      worked.add(work(next.get()));
      next = next();
    }
  }

  /** The same, and each time that nothing is due sets the clock to when the next job is. */
  void drain(List<WorkedJob> worked, Instant end) {
    drain(worked);
    Optional<Instant> next = nextTime(end);
    while (next.isPresent()) {
      clock.set(next.get());
      drain(worked);
      next = nextTime(end);
    }
    if (clock.instant().isBefore(end)) {
      clock.set(end);
    }
  }

  WorkedJob work(JobRow job) {
    long start = System.nanoTime();
    WorkedJob worked = watch.work(client, job, dueTimes.now(job, clock.instant()));
    dueTimes.worked(worked, Duration.ofNanos(System.nanoTime() - start), clock.instant());
    return worked;
  }

  private Optional<JobRow> next() {
    Instant now = clock.instant();
    Set<String> paused = pausedQueues();
    for (int priority = 1; priority <= PRIORITY_LAST; priority++) {
      Optional<JobRow> due =
          first(
              waiting().withPriorities(priority),
              job ->
                  isWanted(job, paused) && !dueTimes.of(job, this::isDueByDatabase).isAfter(now));
      if (due.isPresent()) {
        return due;
      }
    }
    return Optional.empty();
  }

  private Optional<JobRow> first(JobQuery query, Predicate<JobRow> wanted) {
    @Nullable JobCursor after = null;
    do {
      JobPage page = client.outside().jobs().list(after == null ? query : query.after(after));
      Optional<JobRow> first = page.jobs().stream().filter(wanted).findFirst();
      if (first.isPresent()) {
        return first;
      }
      after = page.next().orElse(null);
    } while (after != null);
    return Optional.empty();
  }

  /** When the next job is due; empty if none is until then. */
  private Optional<Instant> nextTime(Instant end) {
    Set<String> paused = pausedQueues();
    return new JobSource(client.outside().jobs(), null)
        .all(waiting()).stream()
            .filter(job -> isWanted(job, paused))
            .map(job -> dueTimes.of(job, this::isDueByDatabase))
            .filter(due -> due.isAfter(clock.instant()) && !due.isAfter(end))
            .min(Comparator.naturalOrder());
  }

  private boolean isDueByDatabase(JobRow job) {
    JobQuery due =
        JobQuery.all().withIds(Set.of(job.id())).where("job.scheduled_at <= now()", Map.of());
    return !client.outside().jobs().list(due.withoutContents()).jobs().isEmpty();
  }

  private boolean isWanted(JobRow job, Set<String> paused) {
    return !paused.contains(job.queue());
  }

  private Set<String> pausedQueues() {
    return client.outside().queues().list().stream()
        .filter(queue -> queue.pausedAt() != null)
        .map(QueueRow::name)
        .collect(Collectors.toSet());
  }

  private JobQuery waiting() {
    return mark.later(JobQuery.all())
        .withKinds(kinds.toArray(String[]::new))
        .withStates(JobState.AVAILABLE, JobState.RETRYABLE, JobState.SCHEDULED)
        .orderBy(JobQuery.Order.SCHEDULED_AT)
        .withLimit(PAGE);
  }

  private AssertionError tooMany(List<WorkedJob> worked) {
    Map<String, Long> byKind =
        worked.stream()
            .collect(
                Collectors.groupingBy(
                    each -> each.job().kind(), TreeMap::new, Collectors.counting()));
    return new AssertionError(
        ("the drain has worked %d jobs and there are more: does a job insert itself, or snooze for"
                + " no time? By kind: %s")
            .formatted(worked.size(), byKind));
  }
}
