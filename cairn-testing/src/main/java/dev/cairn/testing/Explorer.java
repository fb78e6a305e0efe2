package dev.cairn.testing;

import dev.cairn.Worker;
import dev.cairn.testing.Boundary.Kind;
import dev.cairn.testing.KillSchedule.End;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a resumable job survives being killed anywhere: runs its worker once
 * undisturbed, then again and again, killed at each boundary between checkpoints in turn, and
 * compares what it has done in the end. No process is killed: the memory of a run is dropped, and
 * what was durable is kept.
 *
 * <pre>{@code
 * Explorer.of(() -> new ImportWorker(catalog))
 *     .args(new Import("a.csv"))
 *     .before(catalog::clear)
 *     .effect(catalog::rows)
 *     .killEverywhere();
 * }</pre>
 *
 * <p>An explorer has limits. Work between two checkpoints that does not use the context is treated
 * as one piece. So is the work after the commit of a transaction that the worker begins itself,
 * with the commit: the explorer does not see it. Code in {@code finally} blocks runs after a kill
 * here, but would not run in a process that dies. The fields of a worker survive a kill unless
 * there is {@linkplain #of(Supplier) a new worker for each run}. Immutable.
 *
 * @param <A> the type of the arguments
 */
public final class Explorer<A> {
  private static final int PAIRS = 200;
  private static final long SEED = 20_261_124;

  /** The effect of a job that does nothing but what its metadata tell. */
  private static final Callable<?> NOTHING = () -> List.of();

  private final Supplier<? extends Worker<A>> workers;
  private final boolean isFresh;
  private @Nullable A args;
  private UnaryOperator<JobTester<A>> settings = tester -> tester;
  private Action before = () -> {};
  private @Nullable Callable<?> effect;
  private @Nullable Consumer<Object> invariant;
  private boolean comparesMetadata = true;
  private int repeatsPerKill;
  private int pairs = PAIRS;
  private long seed = SEED;

  private Explorer(Supplier<? extends Worker<A>> workers, boolean isFresh) {
    this.workers = workers;
    this.isFresh = isFresh;
  }

  /** A copy that differs in one setting; an explorer that others have is never changed. */
  private Explorer<A> changed(Consumer<Explorer<A>> change) {
    var copy = new Explorer<A>(workers, isFresh);
    copy.args = args;
    copy.settings = settings;
    copy.before = before;
    copy.effect = effect;
    copy.invariant = invariant;
    copy.comparesMetadata = comparesMetadata;
    copy.repeatsPerKill = repeatsPerKill;
    copy.pairs = pairs;
    copy.seed = seed;
    change.accept(copy);
    return copy;
  }

  /**
   * Explores one worker. Its fields survive a kill, as they would not in a process that dies: for a
   * worker that has any which change, use {@link #of(Supplier)}.
   */
  public static <A> Explorer<A> of(Worker<A> worker) {
    return new Explorer<>(() -> worker, false);
  }

  /**
   * Explores workers of one kind: each run after a kill or a stop has a new one, as in a new
   * process.
   */
  public static <A> Explorer<A> of(Supplier<? extends Worker<A>> workers) {
    return new Explorer<>(workers, true);
  }

  /** The arguments of its job. */
  public Explorer<A> args(A value) {
    return changed(copy -> copy.args = value);
  }

  /** Runs this before each schedule, so that all begin in the same state; nothing unless set. */
  public Explorer<A> before(Action reset) {
    return changed(copy -> copy.before = reset);
  }

  /**
   * What the job has done, asked for before it runs and when it has completed: a list, a set, a
   * map, or anything else with an {@code equals}. It must be the same as after the undisturbed run,
   * and that run must change it, because nothing could be found otherwise. Collections, maps,
   * arrays and records are copied, with those that they hold, so it may hand out the very
   * collections that the worker fills. A record that declares an {@code equals} is compared by
   * that, and not copied. Of anything else that the worker changes, such as a counter, hand out the
   * value: it is refused if it has no {@code equals} of its own, or has changed since. The order
   * counts in lists and arrays, and not in other collections, such as queues.
   */
  public Explorer<A> effect(Callable<?> result) {
    return changed(copy -> copy.effect = result);
  }

  /**
   * Replaces the comparison with the undisturbed run by an assertion about the effect. Metadata are
   * not compared either. This is also for a job that is to change nothing.
   *
   * @param assertion throws if it does not hold
   */
  public Explorer<A> invariant(Consumer<Object> assertion) {
    return changed(copy -> copy.invariant = assertion);
  }

  /**
   * Does not compare what the worker has recorded as output or set as metadata of its job. Unless
   * this is said, both must be the same as after the undisturbed run. Keys whose values differ
   * between two undisturbed runs too, such as times, are never compared, nor are keys that begin
   * with {@code river:} or {@code cairn:}. So this is for metadata that tell how the job was run,
   * such as whether it was resumed.
   */
  public Explorer<A> ignoringMetadata() {
    return changed(copy -> copy.comparesMetadata = false);
  }

  /**
   * Compares only what the worker has recorded as output or set as metadata of its job: for a job
   * that does nothing else. Takes the place of {@link #effect}.
   */
  public Explorer<A> comparingOnlyMetadata() {
    return changed(copy -> {
      copy.effect = NOTHING;
      copy.invariant = null;
      copy.comparesMetadata = true;
    });
  }

  /**
   * Elements of the effect may be there more often than after the undisturbed run: for effects
   * outside of the database, which happen at least once. None may be missing, and no others may
   * appear. Of an effect of several collections, each collection is one element, so hand out all
   * their elements in one.
   */
  public Explorer<A> allowingRepeats() {
    return allowingRepeats(Integer.MAX_VALUE);
  }

  /**
   * Like {@link #allowingRepeats()}, but fails if more is repeated than necessary.
   *
   * @param mostPerKill how many elements the worker may add between two of its checkpoints: each
   *     kill or stop may repeat this many elements, and this many more for each checkpoint lost
   *     with it
   */
  public Explorer<A> allowingRepeats(int mostPerKill) {
    if (mostPerKill < 0) {
      throw new IllegalArgumentException("mostPerKill must not be negative: " + mostPerKill);
    }
    return changed(copy -> copy.repeatsPerKill = mostPerKill);
  }

  /** How many pairs of kills to try, chosen by the seed; 200 unless set. */
  public Explorer<A> pairs(int most) {
    return changed(copy -> copy.pairs = most);
  }

  /** By which pairs are chosen. */
  public Explorer<A> seed(long value) {
    return changed(copy -> copy.seed = value);
  }

  /** The PostgreSQL of a worker with transactions. */
  public Explorer<A> withDataSource(DataSource database) {
    return with(tester -> tester.withDataSource(database));
  }

  /** Further settings of the job, such as signals it waits for. */
  public Explorer<A> with(UnaryOperator<JobTester<A>> tester) {
    return changed(copy -> copy.settings = earlier -> tester.apply(settings.apply(earlier)));
  }

  /** Something to do. */
  @FunctionalInterface
  public interface Action {
    void run() throws Exception;
  }

  /**
   * Tries all single kills and stops, then pairs of kills. A job that sleeps, snoozes or fails
   * continues as its worker decides, without waiting. It may fail as often as in the undisturbed
   * run. Each of its attempts is killed everywhere, not only the first one. The explorer gives up
   * on a job that does not end within 10,000 undisturbed runs, that needs 25 more runs than
   * starting over after each kill would take, or that does not change in 25 runs in a row.
   *
   * @throws AssertionError with the shortest schedule that goes wrong, in words
   * @throws IllegalStateException if something was not set, the undisturbed job fails until it has
   *     no attempts left or does not change its effect, or its effect cannot be compared
   */
  public Exploration killEverywhere() throws Exception {
    long start = System.nanoTime();
    ExploredJob<A> job = job();
    ExploredRun baseline = undisturbed(job);
    var metadata = new MetadataComparison(job, baseline);
    int schedules = 0;
    // Of n places, there are about n * n pairs: too many to keep, for a job with many items.
    var chosen = new Sample<KillSchedule>(pairs, new Random(seed));
    for (KillSchedule single : singles(baseline)) {
      ExploredRun explored = job.run(single, baseline);
      schedules++;
      verify(job, baseline, explored, single, metadata);
      if (chosen.isWanted()) {
        followers(single, explored).forEach(chosen::offer);
      }
    }
    for (KillSchedule pair : chosen.chosen()) {
      verify(job, baseline, job.run(pair, baseline), pair, metadata);
      schedules++;
    }
    return new Exploration(
        baseline.boundaries().size(), schedules, seed, Duration.ofNanos(System.nanoTime() - start));
  }

  /**
   * Runs one schedule alone, as an {@link AssertionError} of {@link #killEverywhere} names it. A
   * worker with branches may reach its checkpoints in a different order each time, so the run may
   * be ended at a different place.
   *
   * @throws AssertionError if it goes wrong
   */
  public void replay(String schedule) throws Exception {
    KillSchedule wanted = KillSchedule.parse(schedule);
    ExploredJob<A> job = job();
    ExploredRun baseline = undisturbed(job);
    verify(job, baseline, job.run(wanted, baseline), wanted, new MetadataComparison(job, baseline));
  }

  private ExploredJob<A> job() {
    A value = args;
    Callable<?> result = effect;
    if (value == null || result == null) {
      throw new IllegalStateException(
          "an Explorer needs args(...) and effect(...), to run the job and to see what it has done [CAIRN-813]");
    }
    return new ExploredJob<>(
        new ExploredJob.Setting<>(workers, isFresh, value, settings, before, result));
  }

  private ExploredRun undisturbed(ExploredJob<A> job) throws Exception {
    EffectCopy untouched = job.effectBefore();
    ExploredRun run = job.runUndisturbed();
    requireNoThreads(run, KillSchedule.UNDISTURBED);
    if (run.problem() != null) {
      throw new IllegalStateException(
          "the undisturbed run does not complete: %s. Likely cause: %s [CAIRN-814]"
              .formatted(run.problem(), Diagnosis.ofFailure(run.failure())),
          run.failure());
    }
    if (invariant == null) {
      requireChange(untouched, run);
    }
    return run;
  }

  /**
   * Without a change, all runs are equal, whatever the worker does.
   *
   * @param untouched the effect before the run; null if it could not be read
   */
  @SuppressWarnings("ReferenceEquality") // whether it is this very one
  private void requireChange(@Nullable EffectCopy untouched, ExploredRun baseline) {
    if (effect == NOTHING) {
      if (!comparesMetadata || baseline.metadata().isEmpty()) {
        throw new IllegalStateException(
            "the undisturbed run has set no output or metadata that could be compared, so no comparison would find a difference: say with effect(...) what this job does [CAIRN-818]");
      }
      return;
    }
    baseline.done().requireComparable();
    if (untouched != null && !untouched.differsFrom(baseline.done())) {
      throw new IllegalStateException(
          "the undisturbed run has left the effect as it was before, %s, so no comparison would find a difference: let effect(...) hand out what this worker changes, and before(...) reset it. If the job is to change nothing, assert that with invariant(...); if it only sets its output or metadata, say comparingOnlyMetadata() [CAIRN-818]"
              .formatted(baseline.effect()));
    }
  }

  /** Kills come first, because their findings are easier to explain. */
  private static List<KillSchedule> singles(ExploredRun baseline) {
    return followers(KillSchedule.UNDISTURBED, baseline).stream()
        .sorted(Comparator.comparing(single -> single.ends().getLast().fate() == Fate.STOPPED))
        .toList();
  }

  /** The schedule with one more end, in each run that it has not disturbed. */
  private static List<KillSchedule> followers(KillSchedule schedule, ExploredRun explored) {
    var followers = new ArrayList<KillSchedule>();
    for (int run = schedule.ends().size(); run < explored.runs().size(); run++) {
      for (End end : ends(explored.runs().get(run).passed())) {
        followers.add(schedule.then(run, end));
      }
    }
    return followers;
  }

  private static List<End> ends(List<Boundary> boundaries) {
    var ends = new ArrayList<End>();
    for (int number = 1; number <= boundaries.size(); number++) {
      Boundary boundary = boundaries.get(number - 1);
      Kind kind = boundary.kind();
      ends.add(new End(number, Fate.LOST));
      // With nothing in the buffer, both fates are the same run.
      if (kind == Kind.SAVED || (kind.isEnd() && boundary.hasBuffered())) {
        ends.add(new End(number, Fate.KEPT));
      }
      if (!kind.isEnd()) {
        ends.add(new End(number, Fate.STOPPED));
      }
    }
    return ends;
  }

  private void verify(
      ExploredJob<A> job,
      ExploredRun baseline,
      ExploredRun explored,
      KillSchedule schedule,
      MetadataComparison metadata)
      throws Exception {
    if (explored.hasGoneOnAfterDeath()) {
      throw finding(
          explored,
          schedule,
          "its code went on to use checkpoints after it was killed",
          Cause.SWALLOWED.words(),
          null);
    }
    requireNoThreads(explored, schedule);
    if (explored.problem() != null) {
      throw finding(
          explored,
          schedule,
          explored.problem(),
          Diagnosis.ofFailure(explored.failure()),
          explored.failure());
    }
    if (explored.ending() != baseline.ending()) {
      throw finding(
          explored,
          schedule,
          "the job ended as %s, and undisturbed as %s"
              .formatted(explored.ending(), baseline.ending()),
          Cause.OTHER_ENDING.words(),
          explored.failure());
    }
    if (invariant == null) {
      requireEffect(job, baseline, explored, schedule);
      String difference = comparesMetadata ? metadata.difference(explored, schedule) : null;
      if (difference != null) {
        throw finding(explored, schedule, difference, Cause.METADATA.words(), null);
      }
      return;
    }
    try {
      invariant.accept(explored.done().handedOut());
    } catch (AssertionError | RuntimeException e) {
      throw finding(explored, schedule, String.valueOf(e.getMessage()), null, e);
    }
  }

  private void requireNoThreads(ExploredRun explored, KillSchedule schedule) {
    if (explored.outliving() != null) {
      throw finding(
          explored,
          schedule,
          "another thread went on with its work when that was over: " + explored.outliving(),
          Cause.NOT_WAITED_FOR.words(),
          null);
    }
  }

  private @Nullable EffectDifference difference(ExploredRun baseline, ExploredRun explored) {
    baseline.done().requireComparable();
    return EffectDifference.between(
        baseline.effect(), explored.effect(), explored.repeatsAllowed(repeatsPerKill));
  }

  private void requireEffect(
      ExploredJob<A> job, ExploredRun baseline, ExploredRun explored, KillSchedule schedule) {
    EffectDifference difference = difference(baseline, explored);
    if (difference == null) {
      return;
    }
    String cause;
    Exception failure = null;
    try {
      Cause ofBranches = baseline.hasForks() ? causeOneByOne(job) : null;
      cause =
          (ofBranches == null
                  ? new Diagnosis(job, baseline, explored, schedule, repeatsPerKill).of(difference)
                  : ofBranches)
              .words();
    } catch (Exception e) {
      cause = "unknown, since what would tell it has failed: see the exception";
      failure = e;
    }
    throw finding(explored, schedule, difference.words(), cause, failure);
  }

  /**
   * The cause in the first run that goes wrong with branches that run one after the other. If
   * branches run at the same time, no two runs are alike, and further runs prove little.
   *
   * @return null if none goes wrong
   */
  private @Nullable Cause causeOneByOne(ExploredJob<A> atOnce) throws Exception {
    ExploredJob<A> job = atOnce.withBranchesOneByOne();
    ExploredRun baseline = job.runUndisturbed();
    if (baseline.problem() != null) {
      return null;
    }
    for (KillSchedule single : singles(baseline)) {
      ExploredRun explored = job.run(single, baseline);
      EffectDifference difference =
          explored.problem() == null && explored.outliving() == null
              ? difference(baseline, explored)
              : null;
      if (difference != null) {
        return new Diagnosis(job, baseline, explored, single, repeatsPerKill).of(difference);
      }
    }
    return null;
  }

  private AssertionError finding(
      ExploredRun explored,
      KillSchedule schedule,
      @Nullable String what,
      @Nullable String cause,
      @Nullable Throwable failure) {
    return new AssertionError(
        """
        A job that is killed does not end as an undisturbed one.
          What was done:  %s, then left alone
          What came out:  %s
          Likely cause:   %s
          To run it alone: replay("%s"); pairs were chosen by seed %d\
        """
            .formatted(
                explored.story(schedule),
                what,
                cause == null ? "see the exception" : cause,
                schedule,
                seed),
        failure);
  }
}
