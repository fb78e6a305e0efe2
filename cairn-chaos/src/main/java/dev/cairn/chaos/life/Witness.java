package dev.cairn.chaos.life;

import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.JobSnoozeException;
import dev.cairn.WorkContext;
import dev.cairn.chaos.history.Outage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Notes what the workers of one life do. Thread-safe. */
public final class Witness {
  private final Map<Long, Integer> begins = new HashMap<>();
  private final Map<Long, List<WorkContext>> running = new HashMap<>();
  private final Map<Long, List<Throwable>> failures = new HashMap<>();
  private final Map<Long, List<Throwable>> outages = new HashMap<>();
  private final Map<Long, Integer> furtherRuns = new HashMap<>();
  private final Map<Effect, Integer> effects = new HashMap<>();
  private final Set<Effect> finished = new HashSet<>();
  private final Map<Long, Integer> completionsTold = new HashMap<>();
  private final List<String> complaints = new ArrayList<>();
  private volatile boolean mended;
  private volatile boolean over;
  private volatile boolean periodsOver;

  private final Set<Item> failedItems = new HashSet<>();

  /** An item of a source. */
  private record Item(long jobId, long number) {}

  /** An effect of a worker outside of the database. */
  private record Effect(long jobId, String step) {}

  synchronized void begins(long jobId, WorkContext context) {
    begins.merge(jobId, 1, Integer::sum);
    List<WorkContext> runs = running.computeIfAbsent(jobId, id -> new ArrayList<>());
    if (runs.stream().anyMatch(Witness::believesItHasTheJob)) {
      complaints.add("job %d runs twice at once".formatted(jobId));
    }
    runs.add(context);
  }

  private static boolean believesItHasTheJob(WorkContext earlier) {
    return !earlier.interruption().equals(Optional.of(InterruptionReason.LEASE_LOST));
  }

  synchronized void ends(long jobId, WorkContext context) {
    running.getOrDefault(jobId, new ArrayList<>()).remove(context);
  }

  /**
   * Notes what a worker has thrown, except exceptions that end an attempt without a failure.
   * Outages of the database are counted separately, because they are not failures of the worker.
   */
  synchronized void threw(long jobId, Throwable thrown) {
    if (!(thrown instanceof JobInterruption) && !(thrown instanceof JobSnoozeException)) {
      (Outage.caused(thrown) ? outages : failures)
          .computeIfAbsent(jobId, id -> new ArrayList<>())
          .add(thrown);
    }
  }

  synchronized void effect(long jobId, String step) {
    var effect = new Effect(jobId, step);
    effects.merge(effect, 1, Integer::sum);
    if (finished.contains(effect)) {
      complaints.add("step '%s' of job %d ran again after it had finished".formatted(step, jobId));
    }
  }

  /** Those of the wanted effects of the job that never happened. */
  synchronized List<String> missing(long jobId, List<String> wanted) {
    return wanted.stream().filter(step -> !effects.containsKey(new Effect(jobId, step))).toList();
  }

  /** Notes that a step has finished, because the code after it runs (R1). */
  synchronized void finished(long jobId, String step) {
    finished.add(new Effect(jobId, step));
  }

  /** Notes that the code of an item has failed. */
  synchronized void failed(long jobId, long item) {
    failedItems.add(new Item(jobId, item));
  }

  synchronized boolean hasFailed(long jobId, long item) {
    return failedItems.contains(new Item(jobId, item));
  }

  /** Notes that the job is restarted from its beginning, or may have been. */
  synchronized void runsFurther(long jobId) {
    furtherRuns.merge(jobId, 1, Integer::sum);
    finished.removeIf(effect -> effect.jobId() == jobId);
  }

  synchronized void toldOfCompletion(long jobId) {
    completionsTold.merge(jobId, 1, Integer::sum);
  }

  /** From now on, workers that failed on purpose succeed. */
  void mend() {
    mended = true;
  }

  boolean isMended() {
    return mended;
  }

  /** Ends the jobs that run until this call. */
  void end() {
    over = true;
  }

  /** Lets jobs run again until the next call of {@link #end}. */
  void goOn() {
    over = false;
  }

  boolean isOver() {
    return over;
  }

  /** From now on, no periodic job is due. */
  void endPeriods() {
    periodsOver = true;
  }

  boolean arePeriodsOver() {
    return periodsOver;
  }

  public synchronized List<String> complaints() {
    return List.copyOf(complaints);
  }

  public synchronized List<Throwable> failures(long jobId) {
    return List.copyOf(failures.getOrDefault(jobId, List.of()));
  }

  /** What workers of the job threw because of an outage of the database during their own calls. */
  public synchronized List<Throwable> outages(long jobId) {
    return List.copyOf(outages.getOrDefault(jobId, List.of()));
  }

  /** How often an operator has requested a further run of the job, which may not have happened. */
  public synchronized int furtherRuns(long jobId) {
    return furtherRuns.getOrDefault(jobId, 0);
  }

  public synchronized int begins(long jobId) {
    return begins.getOrDefault(jobId, 0);
  }

  public synchronized int completionsTold(long jobId) {
    return completionsTold.getOrDefault(jobId, 0);
  }

  /** How often the most repeated plain effect was repeated. */
  public synchronized int mostRepeats() {
    return effects.values().stream().mapToInt(times -> times - 1).max().orElse(0);
  }
}
