package dev.cairn.programs;

import dev.cairn.JobKind;
import dev.cairn.programs.Meaning.End;
import dev.cairn.testing.AttemptOutcome;
import dev.cairn.testing.Explorer;
import dev.cairn.testing.JobTester;
import dev.cairn.testing.TestedAttempt;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * Works trials by the test kit: attempt after attempt on the thread of the test, or everywhere
 * killed. There is no client, so that signals are given before, and the plan's blows do not fall.
 */
final class TesterRunner {
  private static final int RUNS_MAX = 200;

  /** The arguments of a job. */
  @JobKind("tested_program")
  record Tested(int nothing) {}

  private final DataSource dataSource;
  private final AtomicLong numbers = new AtomicLong(1_000_000_000);

  /**
   * On a database.
   *
   * @param dataSource of a {@link Laboratory}, which has the table of rows
   */
  TesterRunner(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** Whether the test kit can work it. */
  static boolean isFor(Trial trial) {
    return !trial.program().hasTimeout()
        && !trial.program().has(TesterRunner::needsClient)
        && Feature.isWanted(trial);
  }

  private static boolean needsClient(Node node) {
    return node instanceof Node.Give
        || node instanceof Node.Busy
        || (node instanceof Node.Sleep sleep && sleep.millis() >= Meaning.LONG_MILLIS);
  }

  /**
   * Whether the explorer can explore it: it needs a program that completes when nothing strikes,
   * and that fails after a kill no more often than without. Whether a source that has changed is
   * refused after a kill goes by how far the killed attempt had come. The explorer reports such a
   * worker, and rightly so: after that kill its job does not go on by itself. So these programs are
   * left to the clients and the test kit, which know by the reference what is refused.
   */
  static boolean isForExplorer(Trial trial) {
    return isFor(trial) && !trial.program().has(TesterRunner::endsAnAttempt);
  }

  private static boolean endsAnAttempt(Node node) {
    return switch (node) {
      case Node.Fail it -> true;
      case Node.Snooze it -> true;
      case Node.Cancel it -> true;
      case Node.Complete it -> true;
      case Node.Unstorable it -> true;
      case Node.Loop it -> !it.failing().isEmpty();
      case Node.ForEach it -> !it.failing().isEmpty() || it.items().mayBeRefused();
      default -> false;
    };
  }

  /** The trial with what only a client can do left out. */
  static Trial without(Trial trial) {
    return new Trial(trial.program(), Plan.NONE.signalsFirst(true));
  }

  /** Works a job to its end, and says what is wrong. */
  List<String> run(Trial given) throws SQLException {
    Trial trial = without(given);
    var world = new World(numbers.incrementAndGet(), trial, dataSource);
    JobTester<Tested> tester = tester(world);
    for (int run = 0; run < RUNS_MAX; run++) {
      TestedAttempt<Tested> tested = tester.work(new Tested(1));
      switch (tested.outcome()) {
        case AttemptOutcome.Completed it -> {
          return complaints(trial, world, End.COMPLETED);
        }
        case AttemptOutcome.Cancelled it -> {
          return complaints(trial, world, End.CANCELLED);
        }
        case AttemptOutcome.Failed it -> {
          if (it.discarded()) {
            return complaints(trial, world, End.DISCARDED);
          }
          if (!Endings.isOfTheProgram(world, it.failure())) {
            return List.of("an attempt failed with " + it.failure());
          }
          tester = tester.resume(tested);
        }
        case AttemptOutcome.Suspended it -> {
          // The time of an attempt without a database is the system's.
          LockSupport.parkNanos(it.delay().plusMillis(1).toNanos());
          tester = tester.resume(tested);
        }
        case AttemptOutcome.Snoozed it -> tester = tester.resume(tested);
        case AttemptOutcome.Interrupted it -> tester = tester.resume(tested);
      }
    }
    return List.of("the job does not end in %d attempts".formatted(RUNS_MAX));
  }

  private JobTester<Tested> tester(World world) {
    JobTester<Tested> tester =
        JobTester.of(
                Tested.class,
                (job, context) ->
                    new ProgramCode(new Attempt(world, context, it -> {}), dataSource).run())
            .withDataSource(dataSource)
            .withMaxAttempts(Meaning.ATTEMPTS_MAX);
    return withSignals(tester, world);
  }

  private static JobTester<Tested> withSignals(JobTester<Tested> tester, World world) {
    JobTester<Tested> with = tester;
    for (String signal : world.trial().program().signalsFromOutside()) {
      with = with.withSignal(ProgramCode.signal(world, signal), 1);
    }
    return with;
  }

  private List<String> complaints(Trial trial, World world, End end) throws SQLException {
    var complaints = new ArrayList<>(Judge.complaints(trial, world, rows(world), end, null));
    forget(world);
    return complaints;
  }

  /** Works a program that does not fail, killed everywhere, and says what is wrong. */
  List<String> explore(Trial given, int pairs) throws Exception {
    Trial trial = without(given);
    var holder = new World[] {killedTwice(trial)};
    try {
      Explorer.<Tested>of((job, context) ->
              new ProgramCode(new Attempt(holder[0], context, it -> {}), dataSource).run())
          .args(new Tested(1))
          .withDataSource(dataSource)
          .with(tester -> withSignals(tester, holder[0]))
          .before(() -> {
            forget(holder[0]);
            holder[0] = killedTwice(trial);
          })
          .allowingRepeats()
          .effect(() -> effect(holder[0]))
          .invariant(effect -> requireRight((Effect) effect))
          .pairs(pairs)
          .killEverywhere();
      return List.of();
    } catch (AssertionError e) {
      return List.of("the explorer accuses a program that is right: " + e.getMessage());
    } finally {
      forget(holder[0]);
    }
  }

  /** One whose job may have been killed as often as the explorer does. */
  private World killedTwice(Trial trial) {
    var world = new World(numbers.incrementAndGet(), trial, dataSource);
    world.struck();
    world.struck();
    return world;
  }

  /** What a job has done, and what is wrong with it. */
  private record Effect(List<String> complaints) {}

  private Effect effect(World world) throws SQLException {
    return new Effect(Judge.complaints(world.trial(), world, rows(world), End.COMPLETED, null));
  }

  private static void requireRight(Effect effect) {
    if (!effect.complaints().isEmpty()) {
      throw new AssertionError(String.join("; ", effect.complaints()));
    }
  }

  private Map<String, Integer> rows(World world) throws SQLException {
    return ProgramRows.of(dataSource, world.number());
  }

  private void forget(World world) throws SQLException {
    ProgramRows.forget(dataSource, List.of(world.number()));
    world.deleteFiles();
  }
}
