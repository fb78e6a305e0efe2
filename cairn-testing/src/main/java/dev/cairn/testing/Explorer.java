package dev.cairn.testing;

import dev.cairn.Worker;
import dev.cairn.testing.Boundary.Kind;
import dev.cairn.testing.KillSchedule.End;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a resumable job survives being killed anywhere (R30): runs its worker once
 * undisturbed, then again and again, killed at each boundary between checkpoints in turn, and
 * compares what it has done in the end. No process dies for it: the memory of a run is dropped and
 * what was durable is kept.
 *
 * <pre>{@code
 * Explorer.of(new ImportWorker(catalog))
 *     .args(new Import("a.csv"))
 *     .before(catalog::clear)
 *     .effect(catalog::rows)
 *     .killEverywhere();
 * }</pre>
 *
 * <p>What it cannot find: what a worker does between two checkpoints that neither saves a
 * checkpoint nor uses its context is taken as one piece. Code in {@code finally} runs after a kill
 * here, and would not in a process that dies. Immutable.
 *
 * @param <A> the type of the arguments
 */
public final class Explorer<A> {
  private static final int ATTEMPTS_MAX = 25;
  private static final int PAIRS = 200;
  private static final long SEED = 20_261_124;

  private final Worker<A> worker;
  private @Nullable A args;
  private UnaryOperator<JobTester<A>> settings = tester -> tester;
  private Action before = () -> {};
  private @Nullable Callable<?> effect;
  private @Nullable Consumer<Object> invariant;
  private boolean repeats;
  private int pairs = PAIRS;
  private long seed = SEED;
  private @Nullable DataSource dataSource;

  private Explorer(Worker<A> worker) {
    this.worker = worker;
  }

  /** A copy that differs in one setting; an explorer that others have is never changed. */
  private Explorer<A> changed(Consumer<Explorer<A>> change) {
    var copy = new Explorer<A>(worker);
    copy.args = args;
    copy.settings = settings;
    copy.before = before;
    copy.effect = effect;
    copy.invariant = invariant;
    copy.repeats = repeats;
    copy.pairs = pairs;
    copy.seed = seed;
    copy.dataSource = dataSource;
    change.accept(copy);
    return copy;
  }

  /** Explores one worker. */
  public static <A> Explorer<A> of(Worker<A> worker) {
    return new Explorer<>(worker);
  }

  /** The arguments of its job. */
  public Explorer<A> args(A value) {
    return changed(copy -> copy.args = value);
  }

  /** Run before each schedule, so that each begins with the same: nothing unless set. */
  public Explorer<A> before(Action reset) {
    return changed(copy -> copy.before = reset);
  }

  /**
   * What the job has done, asked for when it has completed: a list, a set, a map, or anything else
   * with an {@code equals}. It must be the same as after the undisturbed run.
   */
  public Explorer<A> effect(Callable<?> result) {
    return changed(copy -> copy.effect = result);
  }

  /**
   * What must hold for the effect instead of being the same as undisturbed.
   *
   * @param assertion throws if it does not hold
   */
  public Explorer<A> invariant(Consumer<Object> assertion) {
    return changed(copy -> copy.invariant = assertion);
  }

  /**
   * Elements of the effect may be there more often than after the undisturbed run: for effects
   * outside of the database, which happen at least once. None may be missing, and no other come.
   */
  public Explorer<A> allowingRepeats() {
    return changed(copy -> copy.repeats = true);
  }

  /** How many pairs of kills to try, chosen by the seed; 200 unless set. */
  public Explorer<A> pairs(int most) {
    return changed(copy -> copy.pairs = most);
  }

  /** By which pairs are chosen. */
  public Explorer<A> seed(long value) {
    return changed(copy -> copy.seed = value);
  }

  /**
   * The database of a worker with transactions. A table {@code cairn_explorer_mark} is there while
   * the explorer runs, by which it knows what the worker has committed.
   */
  public Explorer<A> withDataSource(DataSource database) {
    return changed(copy -> copy.dataSource = database);
  }

  /** Further settings of the job, such as signals it waits for. */
  public Explorer<A> with(UnaryOperator<JobTester<A>> tester) {
    return changed(copy -> copy.settings = tester);
  }

  /** Something to do. */
  @FunctionalInterface
  public interface Action {
    void run() throws Exception;
  }

  /**
   * Tries all single kills and stops, then pairs of kills.
   *
   * @throws AssertionError with the shortest schedule that goes wrong, in words
   * @throws IllegalStateException if something was not set, or the undisturbed run does not
   *     complete
   */
  public Exploration killEverywhere() throws Exception {
    long start = System.nanoTime();
    return withMarks(marks -> {
      ExploredRun baseline = run(KillSchedule.UNDISTURBED, marks);
      if (baseline.problem() != null) {
        throw new IllegalStateException(
            "the undisturbed run does not complete: " + baseline.problem(), baseline.failure());
      }
      var expected = baseline.effect();
      List<Boundary> boundaries = baseline.firstRun();
      int schedules = 0;
      var followers = new ArrayList<KillSchedule>();
      for (KillSchedule single : singles(boundaries)) {
        ExploredRun explored = run(single, marks);
        schedules++;
        verify(explored, expected, single);
        for (KillSchedule.End second : ends(explored.lastRun())) {
          followers.add(KillSchedule.of(single.ends().getFirst(), second));
        }
      }
      var random = new Random(seed);
      for (int i = 0; i < pairs && !followers.isEmpty(); i++) {
        KillSchedule pair = followers.remove(random.nextInt(followers.size()));
        verify(run(pair, marks), expected, pair);
        schedules++;
      }
      return new Exploration(
          boundaries.size(), schedules, seed, Duration.ofNanos(System.nanoTime() - start));
    });
  }

  /**
   * Runs one schedule alone, as an {@link AssertionError} of {@link #killEverywhere} names it.
   *
   * @throws AssertionError if it goes wrong
   */
  public void replay(String schedule) throws Exception {
    KillSchedule wanted = KillSchedule.parse(schedule);
    withMarks(marks -> {
      Object expected = run(KillSchedule.UNDISTURBED, marks).effect();
      verify(run(wanted, marks), expected, wanted);
      return true;
    });
  }

  /** Kills first: what they find is said more clearly. */
  private static List<KillSchedule> singles(List<Boundary> boundaries) {
    return ends(boundaries).stream()
        .sorted(Comparator.comparing(end -> end.fate() == Fate.STOPPED))
        .map(KillSchedule::of)
        .toList();
  }

  private static List<End> ends(List<Boundary> boundaries) {
    var ends = new ArrayList<End>();
    for (int number = 1; number <= boundaries.size(); number++) {
      Kind kind = boundaries.get(number - 1).kind();
      ends.add(new End(number, Fate.LOST));
      if (kind == Kind.SAVED || kind == Kind.RETURNED) {
        ends.add(new End(number, Fate.KEPT));
      }
      if (kind != Kind.RETURNED) {
        ends.add(new End(number, Fate.STOPPED));
      }
    }
    return ends;
  }

  private <T> T withMarks(Exploring<T> body) throws Exception {
    if (args == null || effect == null) {
      throw new IllegalStateException(
          "an Explorer needs args(...) and effect(...), to run the job and to see what it has done");
    }
    if (dataSource == null) {
      return body.run(null);
    }
    var marks = new CommitMarks(dataSource);
    marks.createTable();
    try {
      return body.run(marks);
    } finally {
      dropQuietly(marks);
    }
  }

  private static void dropQuietly(CommitMarks marks) {
    try {
      marks.dropTable();
    } catch (SQLException e) {
      throw new IllegalStateException("cannot drop the table of the explorer", e);
    }
  }

  /** What is done while the table of marks exists. */
  @FunctionalInterface
  private interface Exploring<T> {
    T run(@Nullable CommitMarks marks) throws Exception;
  }

  private ExploredRun run(KillSchedule schedule, @Nullable CommitMarks marks) throws Exception {
    A value = args;
    Callable<?> result = effect;
    if (value == null || result == null) {
      throw new IllegalStateException("checked before");
    }
    before.run();
    @SuppressWarnings("unchecked") // the class of a value of A
    JobTester<A> tester = settings.apply(JobTester.of((Class<A>) value.getClass(), worker));
    if (dataSource != null && marks != null) {
      tester = tester.withDataSource(dataSource).withMarks(marks);
    }
    var runs = new ArrayList<RunWatch>();
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      boolean ends = attempt < schedule.ends().size();
      var watch = new RunWatch(ends ? schedule.ends().get(attempt) : null);
      runs.add(watch);
      TestedAttempt<A> tested = tester.work(value, watch);
      switch (tested.outcome()) {
        case AttemptOutcome.Completed completed -> {
          return new ExploredRun(runs, result.call(), null, null);
        }
        case AttemptOutcome.Suspended(Duration delay) -> tester = tester.resumeLater(tested, delay);
        case AttemptOutcome.Interrupted interrupted -> tester = tester.resume(tested);
        default -> {
          return new ExploredRun(
              runs,
              result.call(),
              "the job ended its attempt as " + tested.outcome(),
              tested.failure().orElse(null));
        }
      }
    }
    return new ExploredRun(
        runs,
        result.call(),
        "the job has not completed in %d attempts".formatted(ATTEMPTS_MAX),
        null);
  }

  private void verify(ExploredRun explored, @Nullable Object expected, KillSchedule schedule) {
    if (explored.hasGoneOnAfterDeath()) {
      throw finding(
          explored,
          schedule,
          "its code went on to use checkpoints after it was killed",
          "a catch (Throwable) or catch (Error) swallows what has to end the attempt: a JobInterruption of a deploy or a cancellation is swallowed there too; catch Exception instead, or throw it on",
          null);
    }
    if (explored.problem() != null) {
      throw finding(
          explored, schedule, explored.problem(), Causes.ofFailure(explored), explored.failure());
    }
    if (invariant != null) {
      try {
        invariant.accept(explored.effect());
      } catch (AssertionError | RuntimeException e) {
        throw finding(explored, schedule, String.valueOf(e.getMessage()), null, e);
      }
      return;
    }
    EffectDifference difference = EffectDifference.between(expected, explored.effect(), repeats);
    if (difference != null) {
      throw finding(
          explored, schedule, difference.words(), Causes.of(explored, schedule, difference), null);
    }
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
