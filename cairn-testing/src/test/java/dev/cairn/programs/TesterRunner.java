package dev.cairn.programs;

import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.programs.Meaning.End;
import dev.cairn.resumable.CheckpointMismatchException;
import dev.cairn.testing.AttemptOutcome;
import dev.cairn.testing.JobTester;
import dev.cairn.testing.TestedAttempt;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * Works trials by the test kit: attempt after attempt on the thread of the test. There is no
 * client, so that signals are given before, and the plan's blows do not fall.
 */
final class TesterRunner {
  /** What happens to a job without a client. */
  static final Plan SIGNALS_FIRST = Plan.NONE.signalsFirst(true);

  private static final int RUNS_MAX = 200;

  /** How long a job is left to others of newer code, at least. */
  private static final Duration LEFT = Duration.ofSeconds(5);

  /** The arguments of a job. */
  @JobKind("tested_program")
  record Tested(int nothing) {}

  private final DataSource dataSource;
  private final AtomicLong numbers = new AtomicLong(1_000_000_000);
  private int programs;
  private int attempts;

  /**
   * On a database.
   *
   * @param dataSource of a database with the tables of {@link ProgramRows}
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
        || (node instanceof Node.Sleep sleep && sleep.millis() >= Meaning.LONG_MILLIS)
        || (node instanceof Node.Await await
            && await.isSleep(true)
            && await.atMostMillis() >= Meaning.LONG_MILLIS);
  }

  /** The trial with what only a client can do left out. */
  static Trial without(Trial trial) {
    return new Trial(trial.program(), SIGNALS_FIRST);
  }

  /** Works a job to its end, and says what is wrong. */
  List<String> run(Trial given) throws SQLException {
    programs++;
    Trial trial = without(given);
    var world = new World(numbers.incrementAndGet(), trial, dataSource);
    world.hasTimeOfItsOwn();
    JobTester<Tested> tester = tester(world);
    for (int run = 0; run < RUNS_MAX; run++) {
      attempts++;
      TestedAttempt<Tested> tested = tester.work(new Tested(1));
      switch (tested.outcome()) {
        case AttemptOutcome.Completed it -> {
          return complaints(trial, world, tested, End.COMPLETED);
        }
        case AttemptOutcome.Cancelled it -> {
          return complaints(trial, world, tested, End.CANCELLED);
        }
        case AttemptOutcome.Failed it -> {
          if (Endings.isFailure(it.failure())) {
            world.failed();
          }
          if (it.discarded()) {
            return complaints(trial, world, tested, End.DISCARDED);
          }
          if (it.failure() instanceof CheckpointMismatchException refusal) {
            world.refused(world.code(), refusal.getMessage());
            if (world.isGivenUp()) {
              return complaints(trial, world, tested, End.REFUSED);
            }
          }
          if (!Endings.isOfTheProgram(world, it.failure())) {
            return List.of("an attempt failed with " + it.failure());
          }
          tester = tester.resume(tested);
        }
        case AttemptOutcome.Suspended it -> {
          if (it.delay().compareTo(LEFT) > 0) {
            return complaints(trial, world, tested, End.WAITING);
          }
          // The time of an attempt without a database is the system's.
          LockSupport.parkNanos(it.delay().plusMillis(1).toNanos());
          tester = tester.resume(tested);
        }
        case AttemptOutcome.Snoozed it -> tester = tester.resume(tested);
        case AttemptOutcome.Interrupted it -> {
          return List.of("an attempt was interrupted, and nobody has done so: " + it.reason());
        }
      }
    }
    return List.of("the job does not end in %d attempts".formatted(RUNS_MAX));
  }

  int programs() {
    return programs;
  }

  int attempts() {
    return attempts;
  }

  private JobTester<Tested> tester(World world) {
    JobTester<Tested> tester =
        JobTester.of(Tested.class, (job, context) -> work(world, context))
            .withDataSource(dataSource)
            .withMaxAttempts(Meaning.ATTEMPTS_MAX);
    return withSignals(tester, world);
  }

  private void work(World world, WorkContext context) throws Exception {
    var attempt = new Attempt(world, context, Attempt.NO_OPERATOR);
    try {
      new ProgramCode(attempt, dataSource).run();
    } finally {
      world.ended(attempt.number(), World.End.IN_ORDER);
      if (attempt.restarts()) {
        world.restarts(attempt.number());
      }
    }
  }

  static <A> JobTester<A> withSignals(JobTester<A> tester, World world) {
    JobTester<A> with = tester;
    for (String signal : world.trial().program().signalsFromOutside()) {
      with = with.withSignal(ProgramCode.signal(world, signal), 1);
    }
    return with;
  }

  private List<String> complaints(Trial trial, World world, TestedAttempt<Tested> last, End end)
      throws SQLException {
    var listed = new TreeSet<String>();
    last.quarantined()
        .forEach((step, items) ->
            items.forEach(item ->
                listed.add(Listed.id(trial.program(), step, item.position(), item.error()))));
    var complaints = new ArrayList<>(Judge.complaints(trial, world, rows(world), end, listed));
    forget(world);
    return complaints;
  }

  private Map<Integer, List<String>> rows(World world) throws SQLException {
    return ProgramRows.of(dataSource, world.number());
  }

  private void forget(World world) throws SQLException {
    ProgramRows.forget(dataSource, List.of(world.number()));
    world.deleteFiles();
  }
}
