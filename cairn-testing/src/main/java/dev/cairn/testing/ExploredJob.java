package dev.cairn.testing;

import dev.cairn.JobDiscardException;
import dev.cairn.Worker;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.testing.ExploredRun.Ending;
import dev.cairn.testing.KillSchedule.End;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One job that is run again and again, ended here and there. Used by one thread. */
final class ExploredJob<A> {
  /** A job that sleeps and snoozes has no limit of its own, so that it may have many runs. */
  private static final int UNDISTURBED_MAX = 10_000;

  /** How many more runs a job may need than it takes to start over after each end. */
  private static final int FURTHER_MAX = 25;

  /** How many runs in a row may change nothing of the job. */
  private static final int STILL_MAX = 25;

  /** The prefix of most keys that River keeps in the metadata, such as the log of the attempts. */
  private static final String RIVER_PREFIX = "river:";

  private final Setting<A> setting;
  private final OtherThreads threads;
  private final boolean oneByOne;
  private final Instant createdAt = Instant.now().truncatedTo(ChronoUnit.MICROS);
  private final Map<Integer, @Nullable Object> effects = new HashMap<>();

  /**
   * What is explored.
   *
   * @param workers one for each run of a schedule, or always the same
   * @param isFresh whether it is another one each time
   * @param settings what the test adds to the job
   * @param before run before each schedule
   * @param effect what the job has done
   */
  record Setting<A>(
      Supplier<? extends Worker<A>> workers,
      boolean isFresh,
      A args,
      UnaryOperator<JobTester<A>> settings,
      Explorer.Action before,
      Callable<?> effect) {
    EffectCopy done() throws Exception {
      return EffectCopy.of(effect.call());
    }
  }

  ExploredJob(Setting<A> setting) {
    this(setting, false);
  }

  private ExploredJob(Setting<A> setting, boolean oneByOne) {
    this.setting = setting;
    this.threads = new OtherThreads(setting::done);
    this.oneByOne = oneByOne;
  }

  /** The same job, with branches that run one after the other, so that its runs are alike. */
  ExploredJob<A> withBranchesOneByOne() {
    return new ExploredJob<>(setting, true);
  }

  /** Whether branches run at the same time, and reach their checkpoints in any order. */
  boolean hasBranchesAtOnce() {
    return !oneByOne;
  }

  boolean hasFreshWorkers() {
    return setting.isFresh();
  }

  /**
   * The limits within which a job must end.
   *
   * @param failures how many attempts may fail and be tried again
   * @param runs how many runs it may need
   */
  private record Patience(int failures, int runs) {
    static final Patience WITH_UNDISTURBED = new Patience(Integer.MAX_VALUE, UNDISTURBED_MAX);

    /** A run that is ended may lose everything that earlier runs have waited for. */
    static Patience with(KillSchedule schedule, ExploredRun baseline) {
      return new Patience(
          baseline.failures(), baseline.runs().size() * (schedule.count() + 1) + FURTHER_MAX);
    }
  }

  /**
   * With a worker of its own for each run, as for each process, if there is more than one.
   *
   * @param baseline the undisturbed run: the job may fail as often, and need not many more runs
   */
  ExploredRun run(KillSchedule schedule, ExploredRun baseline) throws Exception {
    return run(schedule, Patience.with(schedule, baseline), setting.workers());
  }

  /** With one worker for all runs, whatever a process would have lost of its fields. */
  ExploredRun runWithOneWorker(KillSchedule schedule, ExploredRun baseline) throws Exception {
    return runWithOneWorker(schedule, Patience.with(schedule, baseline));
  }

  /** Does not disturb the job, and retries it as long as it has attempts. */
  ExploredRun runUndisturbed() throws Exception {
    return runWithOneWorker(KillSchedule.UNDISTURBED, Patience.WITH_UNDISTURBED);
  }

  private ExploredRun runWithOneWorker(KillSchedule schedule, Patience patience) throws Exception {
    Worker<A> worker = setting.workers().get();
    return run(schedule, patience, () -> worker);
  }

  private ExploredRun run(
      KillSchedule schedule, Patience patience, Supplier<? extends Worker<A>> workers)
      throws Exception {
    setting.before().run();
    JobTester<A> tester = tester();
    SortedMap<String, String> inserted = new TreeMap<>();
    var runs = new ArrayList<RunWatch>();
    int failures = 0;
    int still = 0;
    while (runs.size() < patience.runs() && still < STILL_MAX) {
      var watch = new RunWatch(schedule.of(runs.size()), threads::atDeath, oneByOne);
      runs.add(watch);
      threads.begin();
      TestedAttempt<A> tested = tester.with(workers.get()).work(setting.args(), watch);
      if (runs.size() == 1) {
        inserted = own(tested.job().metadata());
      }
      String outliving = threads.afterEnd(watch.forks());
      if (outliving != null) {
        return new ExploredRun(
            runs, setting.done(), new TreeMap<>(), Ending.NONE, failures, null, null, outliving);
      }
      Ending ending = endingOf(tested.outcome());
      boolean isProblem =
          ending == Ending.NONE
              && tested.outcome() instanceof AttemptOutcome.Failed failed
              && (failed.discarded() || ++failures > patience.failures());
      if (ending != Ending.NONE || isProblem) {
        return new ExploredRun(
            runs,
            setting.done(),
            ending == Ending.NONE ? new TreeMap<>() : changed(inserted, tested),
            ending,
            failures,
            isProblem ? "the job ended its attempt as " + tested.outcome() : null,
            tested.failure().orElse(null),
            lateCallers(runs));
      }
      JobTester<A> next = following(tester, tested);
      still = watch.endReached() == null && next.isWhere(tester) ? still + 1 : 0;
      tester = next;
    }
    return new ExploredRun(
        runs,
        setting.done(),
        new TreeMap<>(),
        Ending.NONE,
        failures,
        still < STILL_MAX
            ? "the job has not ended in %d runs".formatted(runs.size())
            : "the job stands still: %d runs in a row have changed nothing of it".formatted(still),
        null,
        lateCallers(runs));
  }

  /** The metadata that the job has at its end, without those with which it was inserted. */
  private static SortedMap<String, String> changed(
      SortedMap<String, String> inserted, TestedAttempt<?> last) {
    SortedMap<String, String> metadata =
        own(Resumption.merged(last.job().metadata(), last.metadata()));
    metadata.entrySet().removeAll(inserted.entrySet());
    return metadata;
  }

  /** Metadata without what Cairn and River keep in them. */
  private static SortedMap<String, String> own(String object) {
    var metadata = new TreeMap<String, String>();
    StoredJson.read(object)
        .forEachEntry((key, value) -> {
          if (!MetadataKeys.isReserved(key)
              && !key.startsWith(RIVER_PREFIX)
              && !key.equals(MetadataKeys.SNOOZES)) {
            metadata.put(key, value.toString());
          }
        });
    return metadata;
  }

  /** The ending that the worker has chosen. */
  private static Ending endingOf(AttemptOutcome outcome) {
    return switch (outcome) {
      case AttemptOutcome.Completed completed -> Ending.COMPLETED;
      case AttemptOutcome.Cancelled cancelled -> Ending.CANCELLED;
      case AttemptOutcome.Failed failed
          when Judgement.find(failed.failure(), JobDiscardException.class) != null ->
          Ending.DISCARDED;
      case AttemptOutcome.Failed failed -> Ending.NONE;
      case AttemptOutcome.Snoozed snoozed -> Ending.NONE;
      case AttemptOutcome.Suspended suspended -> Ending.NONE;
      case AttemptOutcome.Interrupted interrupted -> Ending.NONE;
    };
  }

  private JobTester<A> following(JobTester<A> tester, TestedAttempt<A> tested) {
    return switch (tested.outcome()) {
      case AttemptOutcome.Suspended suspended -> tester.resumeLater(tested, suspended.delay());
      case AttemptOutcome.Snoozed snoozed -> tester.resumeLater(tested, snoozed.delay());
      default -> tester.resume(tested);
    };
  }

  private static @Nullable String lateCallers(List<RunWatch> runs) {
    List<String> names =
        runs.stream()
            .flatMap(run -> run.lateCallers().stream())
            .map("thread '%s', which used the context"::formatted)
            .distinct()
            .toList();
    return names.isEmpty() ? null : String.join(", ", names);
  }

  /** The same job each time: what is derived from it is the same too. */
  private JobTester<A> tester() {
    @SuppressWarnings("unchecked") // the class of a value of A
    var type = (Class<A>) setting.args().getClass();
    return setting
        .settings()
        .apply(JobTester.of(type, setting.workers().get()))
        .withCreatedAt(createdAt);
  }

  /** What there is before the job runs; null if it cannot be read yet, such as a missing file. */
  @Nullable EffectCopy effectBefore() throws Exception {
    setting.before().run();
    try {
      return setting.done();
    } catch (Exception | AssertionError e) {
      return null;
    }
  }

  /**
   * What is done when a job is killed at a boundary, and what was not durable is lost.
   *
   * @param boundary counted from 1 over all runs of the undisturbed job; 0 for the beginning
   */
  @Nullable Object effectAt(int boundary) throws Exception {
    if (!effects.containsKey(boundary)) {
      effects.put(boundary, effectOnceMoreAt(boundary));
    }
    return effects.get(boundary);
  }

  /** The same, by a run of its own: {@link #effectAt} remembers its results. */
  @Nullable Object effectOnceMoreAt(int boundary) throws Exception {
    setting.before().run();
    JobTester<A> tester = tester();
    int rest = boundary;
    for (int run = 0; rest > 0 && run < UNDISTURBED_MAX; run++) {
      var watch = new RunWatch(new End(rest, Fate.LOST), watched -> {}, oneByOne);
      TestedAttempt<A> tested = tester.work(setting.args(), watch);
      rest -= watch.passed().size();
      if (endingOf(tested.outcome()) != Ending.NONE) {
        break;
      }
      tester = following(tester, tested);
    }
    return setting.done().value();
  }
}
