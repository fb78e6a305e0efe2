package dev.cairn.testing;

import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.resumable.CheckpointMismatchException;
import dev.cairn.spi.Checkpoint;
import dev.cairn.testing.Boundary.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * What came out is the same for several causes. They are told apart by further runs: the same one
 * again, which shows whether runs are alike at all; with one worker for all of its runs; and killed
 * elsewhere, which shows what was done by then.
 */

/** Finds out why a job that was killed did not end as an undisturbed one. */
final class Diagnosis {
  private static final int RERUNS = 5;

  private final ExploredJob<?> job;
  private final ExploredRun baseline;
  private final ExploredRun explored;
  private final KillSchedule schedule;
  private final int repeatsPerKill;

  /**
   * A schedule that went wrong.
   *
   * @param baseline the undisturbed run
   * @param repeatsPerKill how many elements may be there again for each kill
   */
  Diagnosis(
      ExploredJob<?> job,
      ExploredRun baseline,
      ExploredRun explored,
      KillSchedule schedule,
      int repeatsPerKill) {
    this.job = job;
    this.baseline = baseline;
    this.explored = explored;
    this.schedule = schedule;
    this.repeatsPerKill = repeatsPerKill;
  }

  /**
   * Explains why a job has failed or has not ended.
   *
   * @param failure the last failure; null if there was none
   */
  static String ofFailure(@Nullable Throwable failure) {
    if (failure == null) {
      return Cause.NEVER_ENDS.words();
    }
    if (failure instanceof Deaths.TooManyException) {
      return Cause.TOO_FEW_ATTEMPTS.words();
    }
    if (Judgement.find(failure, CheckpointMismatchException.class) != null) {
      return Cause.NAMES_CHANGE.words();
    }
    for (Throwable each : new ForeignFailure(failure).chain()) {
      if (isRefusalOfSteps(each)) {
        return refusal(String.valueOf(each.getMessage()));
      }
    }
    return Cause.CANNOT_GO_ON.words();
  }

  private static boolean isRefusalOfSteps(Throwable failure) {
    StackTraceElement[] stack = failure.getStackTrace();
    return (failure instanceof IllegalStateException || failure instanceof IllegalArgumentException)
        && stack.length > 0
        && stack[0].getClassName().startsWith("dev.cairn.resumable.");
  }

  private static String refusal(String message) {
    String words = "Cairn refuses what the code does: " + message;
    return message.contains("would move back")
        ? words
            + ". Only do so if that is wanted: where several threads finish items out of order, wait"
            + " for all of a batch and move the cursor to its last one"
        : words;
  }

  /** Explains why the effect differs. */
  Cause of(EffectDifference difference) throws Exception {
    if (isNeverAlike()) {
      return Cause.NEVER_ALIKE;
    }
    if (isUnstable()) {
      return Cause.UNSTABLE_ORDER;
    }
    if (isRightWithOneWorker()) {
      return Cause.STATE_IN_FIELD;
    }
    if (!difference.missing().isEmpty()) {
      return ofMissing();
    }
    return difference.extra().isEmpty() ? Cause.NO_ORDER : ofExtra(difference.extra().getFirst());
  }

  private boolean isNeverAlike() throws Exception {
    ExploredRun again = job.runUndisturbed();
    EffectDifference difference =
        EffectDifference.between(baseline.effect(), again.effect(), Long.MAX_VALUE);
    return difference != null && !(difference.missing().isEmpty() && difference.extra().isEmpty());
  }

  /** Whether otherwise equal runs do the same things in a different order. */
  private boolean isUnstable() throws Exception {
    int end = firstEnd();
    for (int i = 0; i < RERUNS; i++) {
      ExploredRun again = job.runUndisturbed();
      if (arePermuted(positions(baseline), positions(again))
          || arePermuted(positions(baseline), positions(explored))) {
        return true;
      }
      if (!hasBranches()
          && !(isAlike(baseline.effect(), again.effect())
              && isAlike(job.effectAt(end), job.effectOnceMoreAt(end)))) {
        return true;
      }
    }
    return false;
  }

  /** The number of the first boundary at which the job is ended, counted over all its runs. */
  private int firstEnd() {
    int before = 0;
    for (int run = 0; run < schedule.ends().size(); run++) {
      KillSchedule.End end = schedule.of(run);
      if (end != null) {
        return before + end.boundary();
      }
      before += explored.runs().get(run).passed().size();
    }
    return 0;
  }

  /** Whether the order of branches, between their checkpoints, may differ in each run. */
  private boolean hasBranches() {
    return job.hasBranchesAtOnce() && baseline.hasForks();
  }

  private boolean allowsRepeats() {
    return repeatsPerKill > 0;
  }

  private static boolean isAlike(@Nullable Object one, @Nullable Object other) {
    return EffectDifference.between(one, other, 0) == null;
  }

  /** The positions that each step has moved to until its job was ended, in their order. */
  private static Map<String, List<String>> positions(ExploredRun run) {
    var positions = new LinkedHashMap<String, List<String>>();
    for (Boundary boundary : run.untilEnded()) {
      Checkpoint checkpoint = boundary.checkpoint();
      if (checkpoint != null && isMove(checkpoint) && boundary.kind() != Kind.BEFORE_COMMIT) {
        positions
            .computeIfAbsent(checkpoint.name(), name -> new ArrayList<>())
            .add(String.valueOf(checkpoint.value()));
      }
    }
    return positions;
  }

  /**
   * Whether a step has visited the same positions in a different order, as far as both runs went.
   */
  private static boolean arePermuted(
      Map<String, List<String>> one, Map<String, List<String>> other) {
    return one.entrySet().stream()
        .anyMatch(entry -> {
          List<String> first = entry.getValue();
          List<String> second = other.getOrDefault(entry.getKey(), List.of());
          int common = Math.min(first.size(), second.size());
          return !first.subList(0, common).equals(second.subList(0, common))
              && (first.containsAll(second) || second.containsAll(first));
        });
  }

  private boolean isRightWithOneWorker() throws Exception {
    if (!job.hasFreshWorkers()) {
      return false;
    }
    ExploredRun again = job.runWithOneWorker(schedule, baseline);
    return again.problem() == null
        && EffectDifference.between(
                baseline.effect(), again.effect(), again.repeatsAllowed(repeatsPerKill))
            == null;
  }

  private Cause ofMissing() throws Exception {
    Checkpoint last = lastDurable();
    if (last == null || !isMove(last)) {
      return Cause.NOT_DURABLE;
    }
    List<String> positions = positions(baseline).getOrDefault(last.name(), List.of());
    if (positions.stream().distinct().count() < positions.size()) {
      return Cause.POSITION_SHARED;
    }
    return switch (whenWorkIsDone(last.name())) {
      case BEFORE_MOVE -> Cause.POSITION_INEXACT;
      case AFTER_MOVE -> Cause.CURSOR_AHEAD;
      case UNKNOWN -> Cause.AHEAD_OR_SHARED;
    };
  }

  /** The last checkpoint of the last run that was ended; null if it saved none. */
  private @Nullable Checkpoint lastDurable() {
    RunWatch ended = explored.lastEnded();
    Boundary end = ended == null ? null : ended.endReached();
    if (ended == null || end == null) {
      return null;
    }
    Fate fate = schedule.ends().getLast().fate();
    if (fate == Fate.LOST && (end.kind() == Kind.SAVED || end.kind() == Kind.BEFORE_COMMIT)) {
      return null;
    }
    List<Boundary> passed = ended.passed();
    for (int i = schedule.ends().getLast().boundary() - 1; i >= 0; i--) {
      Checkpoint checkpoint = passed.get(i).checkpoint();
      if (checkpoint != null) {
        return checkpoint;
      }
    }
    return null;
  }

  private enum Order {
    BEFORE_MOVE,
    AFTER_MOVE,
    UNKNOWN
  }

  /** Whether the work of an item comes before or after the move of the cursor to it. */
  private Order whenWorkIsDone(String step) throws Exception {
    List<Boundary> boundaries = baseline.boundaries();
    int first = 0;
    int last = 0;
    int end = 0;
    for (int i = 1; i <= boundaries.size(); i++) {
      Boundary boundary = boundaries.get(i - 1);
      Checkpoint checkpoint = boundary.checkpoint();
      if (checkpoint == null || !checkpoint.name().equals(step)) {
        continue;
      }
      if (isMove(checkpoint) && boundary.kind() != Kind.BEFORE_COMMIT) {
        first = first == 0 ? i : first;
        last = i;
      } else if (checkpoint.finished()) {
        end = i;
      }
    }
    if (first == 0 || end == 0 || hasBranches()) {
      return Order.UNKNOWN;
    }
    boolean isDoneBefore = !isAlike(job.effectAt(first - 1), job.effectAt(first));
    boolean isDoneAfter = !isAlike(job.effectAt(last), job.effectAt(end));
    if (isDoneBefore == isDoneAfter) {
      return Order.UNKNOWN;
    }
    return isDoneBefore ? Order.BEFORE_MOVE : Order.AFTER_MOVE;
  }

  private static boolean isMove(Checkpoint checkpoint) {
    return !checkpoint.finished() && checkpoint.value() != null;
  }

  private Cause ofExtra(Object extra) throws Exception {
    Boundary place = whereDone(extra);
    Checkpoint there = place == null ? null : place.checkpoint();
    if (place != null && place.kind() == Kind.BEFORE_COMMIT) {
      return Cause.OUTSIDE_OF_TRANSACTION;
    }
    if (place != null && isOutsideOfSteps(place)) {
      return Cause.OUTSIDE_OF_STEPS;
    }
    if (place != null && place.kind() == Kind.AFTER_COMMIT) {
      return there == null ? Cause.OTHER_TRANSACTION : Cause.OTHER_POSITION;
    }
    Checkpoint last = lastDurable();
    if (last == null) {
      return allowsRepeats() ? Cause.POSITION_SET_BACK : Cause.AT_LEAST_ONCE;
    }
    if (!isMove(last)) {
      return Cause.OUTSIDE_OF_STEPS;
    }
    return allowsRepeats() ? Cause.POSITION_SET_BACK : Cause.POSITION_INCLUSIVE;
  }

  private static boolean isOutsideOfSteps(Boundary place) {
    Checkpoint there = place.checkpoint();
    boolean begins = there != null && !there.finished() && there.value() == null;
    return place.kind().isEnd() || (place.kind() == Kind.SAVED && begins);
  }

  /** The first boundary at which something has been done; null if it is unknown. */
  private @Nullable Boundary whereDone(Object element) throws Exception {
    List<Boundary> boundaries = baseline.boundaries();
    int without = 0;
    int with = boundaries.size();
    if (hasBranches()
        || contains(job.effectAt(without), element)
        || !contains(job.effectAt(with), element)) {
      return null;
    }
    while (with - without > 1) {
      int between = (with + without) / 2;
      if (contains(job.effectAt(between), element)) {
        with = between;
      } else {
        without = between;
      }
    }
    return boundaries.get(with - 1);
  }

  private static boolean contains(@Nullable Object effect, Object element) {
    return switch (effect) {
      case Collection<?> all -> all.contains(element);
      case Map<?, ?> map -> map.entrySet().contains(element);
      case null, default -> false;
    };
  }
}
