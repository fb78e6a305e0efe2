package dev.cairn.programs;

import dev.cairn.InterruptionReason;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.programs.Meaning.End;
import dev.cairn.programs.Meaning.Expected;
import dev.cairn.programs.Node.Failing;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.testing.Explorer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Has the explorer work trials, killed everywhere. As with {@link TesterRunner}, no blow falls. */
final class ExplorerRunner {
  /**
   * What a program does and consists of, at most. The explorer runs a program for each place at
   * which it can be killed, so that its cost grows with the square of this.
   */
  private static final int SIZE_MAX = 16;

  /** Likewise; in one as small as this a mistake is found as well. */
  private static final int MUTATED_SIZE_MAX = 12;

  /** Fewer parts than this do not meet. */
  private static final int NODES_MIN = 2;

  /** How often the explorer kills a job. */
  private static final int KILLS = 2;

  private long schedules;

  /** How many ways to end runs were tried of programs that were right. */
  long schedules() {
    return schedules;
  }

  /** The arguments of a job. */
  @JobKind("explored_program")
  record Explored(int nothing) {}

  private final DataSource dataSource;

  /** Of others than those of clients and the test kit, whose rows may be in the same table. */
  private final AtomicLong numbers = new AtomicLong(2_000_000_000L);

  /**
   * On a database.
   *
   * @param dataSource of a database with the tables of {@link ProgramRows}
   */
  ExplorerRunner(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /**
   * Whether the explorer can explore it: it needs a program that ends by itself when nothing
   * strikes, and that fails after a kill no more often than without. How often it fails is chance
   * in these cases, which are left to the clients and the test kit:
   *
   * <ul>
   *   <li>A source has changed: whether it is refused, and which of its failing items an attempt
   *       meets, goes by how far the killed attempt had come.
   *   <li>There are branches and several failures: two of them may end one attempt or two.
   *   <li>The code changes: whether it refuses the job goes by what the killed attempt has saved.
   * </ul>
   */
  static boolean isFor(Trial trial) {
    Program program = trial.program();
    return TesterRunner.isFor(trial)
        && !program.isChanged()
        && program.all().count() >= NODES_MIN
        && !program.has(ExplorerRunner::failsByChance)
        && (!program.has(Feature::hasBranches) || failures(program) <= 1)
        && isSmallAndEnds(trial, SIZE_MAX);
  }

  private static boolean failsByChance(Node node) {
    return node instanceof ForEach each
        && (each.items().mayBeRefused() || (each.items().changes() && !each.failing().isEmpty()));
  }

  private static long failures(Program program) {
    return program
        .all()
        .mapToLong(node ->
            switch (node) {
              case Node.Fail it -> it.times();
              default -> failures(Program.failingOf(node));
            })
        .sum();
  }

  private static long failures(List<Failing> failing) {
    return failing.stream().mapToLong(Failing::times).sum();
  }

  private static boolean isSmallAndEnds(Trial trial, int sizeMax) {
    Expected expected = Meaning.of(TesterRunner.without(trial), new Meaning.Seen(KILLS, KILLS));
    return size(trial.program(), expected) <= sizeMax
        && (expected.end() == End.COMPLETED || expected.end() == End.CANCELLED);
  }

  private static long size(Program program, Expected expected) {
    return program.all().count()
        + expected.lives().stream().mapToLong(life -> sum(life.effects()) + sum(life.rows())).sum();
  }

  private static long sum(Map<String, Integer> counts) {
    return counts.values().stream().mapToLong(Integer::longValue).sum();
  }

  /** Explores a program that is right, and says what is wrong. */
  List<String> run(Trial given, int pairs) throws Exception {
    Trial trial = TesterRunner.without(given);
    End end = Meaning.of(trial, new Meaning.Seen(KILLS, KILLS)).end();
    var runs = new Runs(trial);
    try {
      schedules +=
          Explorer.<Explored>of((job, context) -> runs.work(context))
              .args(new Explored(1))
              .withDataSource(dataSource)
              .with(tester -> TesterRunner.withSignals(tester, runs.world()))
              .before(runs::begin)
              .allowingRepeats()
              .effect(() -> new Effect(runs.complaints(end)))
              .invariant(effect -> requireRight((Effect) effect))
              .pairs(pairs)
              .killEverywhere()
              .schedules();
      return List.of();
    } catch (AssertionError e) {
      return List.of("the explorer accuses a program that is right: " + e.getMessage());
    } finally {
      runs.forget();
    }
  }

  /** Whether a mistake can be made in a program, and is found by what the explorer compares. */
  static boolean isForMistakes(Trial trial) {
    return Mutation.anyFits(trial.program()) && canBeMutated(trial);
  }

  private static boolean canBeMutated(Trial trial) {
    return TesterRunner.isFor(trial)
        && trial.program().added().isEmpty()
        && !trial.program().isChanged()
        && isSmallAndEnds(trial, MUTATED_SIZE_MAX);
  }

  /**
   * Explores a program whose effects must be the same wherever it is killed.
   *
   * @return what the explorer says of it; empty if it finds nothing
   */
  String accusation(Program program, Mutation.Shows shows, long seed) throws Exception {
    var runs = new Runs(new Trial(program, TesterRunner.SIGNALS_FIRST));
    var random = new Random(seed);
    Explorer<Explored> explorer =
        Explorer.<Explored>of(() -> worker(runs, Mistakes.Memory.withEmptyFields(random)))
            .args(new Explored(1))
            .withDataSource(dataSource)
            .with(tester -> TesterRunner.withSignals(tester, runs.world()))
            .before(runs::begin)
            .pairs(0);
    try {
      switch (shows) {
        case ROWS -> explorer.effect(runs::rows).killEverywhere();
        case EFFECTS -> explorer.allowingRepeats().effect(runs::effects).killEverywhere();
      }
      return "";
    } catch (AssertionError e) {
      return String.valueOf(e.getMessage());
    } catch (IllegalStateException e) {
      if (!String.valueOf(e.getMessage()).contains("[CAIRN-818]")) {
        throw e;
      }
      // A right program without any rows: there is nothing to compare.
      return "";
    } finally {
      runs.forget();
    }
  }

  private Worker<Explored> worker(Runs runs, Mistakes.Memory memory) {
    return (job, context) ->
        new ProgramCode(new Attempt(runs.world(), context, Attempt.NO_OPERATOR), dataSource, memory)
            .run();
  }

  /** What is wrong with what a job has done. */
  private record Effect(List<String> complaints) {}

  private static void requireRight(Effect effect) {
    if (!effect.complaints().isEmpty()) {
      throw new AssertionError(String.join("; ", effect.complaints()));
    }
  }

  /** The runs of a trial, each in a world of its own. */
  private final class Runs {
    private final Trial trial;
    private final List<World> worlds = new ArrayList<>();

    /** Whether the worker has returned, so that another attempt is the work of a kill. */
    private boolean hasReturned;

    /**
     * Whether it has thrown by itself. Another attempt is then the work of a kill if it is a death.
     */
    private boolean hasThrown;

    private int deaths;

    Runs(Trial trial) {
      this.trial = trial;
      begin();
    }

    /** One whose job is struck as often as the explorer kills or stops it, and no more. */
    void begin() {
      var world = new World(numbers.incrementAndGet(), trial, dataSource);
      world.hasTimeOfItsOwn();
      worlds.add(world);
      hasReturned = false;
      hasThrown = false;
      deaths = 0;
    }

    void work(WorkContext context) throws Exception {
      int before = deaths;
      deaths = deaths(context);
      if (hasReturned || (hasThrown && deaths > before)) {
        world().struck();
      }
      hasReturned = false;
      hasThrown = false;
      var attempt = new Attempt(world(), context, Attempt.NO_OPERATOR);
      try {
        new ProgramCode(attempt, dataSource).run();
        hasReturned = true;
      } catch (Throwable e) {
        if (isStrike(e)
            || isStopped(context)
            || attempt.branchEnds().stream().anyMatch(this::isStrikeInBranch)) {
          world().struck();
        } else {
          hasThrown = true;
        }
        if (isStopped(context) && Endings.isInterruption(e)) {
          world().ended(attempt.number(), World.End.IN_ORDER);
        }
        if (attempt.restarts()) {
          world().restarts(attempt.number());
        }
        throw e;
      }
    }

    private static int deaths(WorkContext context) {
      return StoredJson.read(((MiddlewareContext) context).job().metadata())
          .path(MetadataKeys.RESCUE_COUNT)
          .asInt(0);
    }

    /** Whatever the program throws by then: it does not count as its failure. */
    private static boolean isStopped(WorkContext context) {
      return context
          .interruption()
          .filter(reason -> reason != InterruptionReason.SUSPENDED)
          .isPresent();
    }

    private boolean isStrike(Throwable end) {
      return !Endings.isOfTheProgram(world(), end);
    }

    /**
     * A branch that is stopped because another one has failed ends with an error of Cairn's own.
     */
    private boolean isStrikeInBranch(Throwable end) {
      return isStrike(end) && !end.getClass().getSimpleName().equals("Stopped");
    }

    World world() {
      return worlds.getLast();
    }

    List<String> complaints(End end) throws SQLException {
      Map<Integer, List<String>> rows = ProgramRows.of(dataSource, world().number());
      return Judge.complaints(trial, world(), rows, end, null);
    }

    /** Each as often as it is there. */
    List<String> rows() throws SQLException {
      return ProgramRows.of(dataSource, world().number()).values().stream()
          .flatMap(List::stream)
          .sorted()
          .toList();
    }

    /** In the order in which they were done, which branches do not have. */
    List<String> effects() {
      Stream<String> done =
          world().deeds().stream().filter(deed -> !deed.row()).map(World.Deed::id);
      return trial.program().has(Feature::hasBranches) ? done.sorted().toList() : done.toList();
    }

    /** All at once: a statement for each run would cost as much as the run. */
    void forget() throws SQLException {
      ProgramRows.forget(dataSource, worlds.stream().map(World::number).toList());
      worlds.forEach(World::deleteFiles);
    }
  }
}
