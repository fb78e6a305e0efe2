package dev.cairn.chaos.matrix;

import dev.cairn.chaos.life.LifeDatabases;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** All cells, and their runs on one server, several at a time. */
public final class Matrix {
  /** Only the first calls are disturbed: a later one may not happen in every life. */
  private static final int CALLS_MAX = 4;

  /** How often a cell is run if the machine was too slow, beside others and then alone. */
  private static final int TRIES_MAX = 3;

  private static final int TRIES_ALONE_MAX = 10;

  private final LifeDatabases databases;
  private final List<Cell> cells;

  private Matrix(LifeDatabases databases, List<Cell> cells) {
    this.databases = databases;
    this.cells = cells;
  }

  /** Records the statements of a life, and combines each with each misbehaviour. */
  public static Matrix discover() throws Exception {
    LifeDatabases databases = LifeDatabases.start();
    Survey survey = Survey.of(databases);
    var cells = new ArrayList<Cell>();
    for (Phase phase : Phase.values()) {
      survey.in(phase).forEach((statement, count) -> cross(phase, statement, count, cells));
    }
    cross(Phase.LIFE, Cell.EVERY_CALL, 1, cells);
    return new Matrix(databases, List.copyOf(cells));
  }

  private static void cross(Phase phase, String statement, long count, List<Cell> cells) {
    for (Fault fault : Fault.values()) {
      for (Extent extent : Extent.values()) {
        int call = extent == Extent.ONCE ? call(statement, fault, count) : 1;
        var cell = new Cell(phase, statement, fault, extent, call);
        if (cell.makesSense()) {
          cells.add(cell);
        }
      }
    }
  }

  /**
   * Selects one of the first calls. The choice depends on the misbehaviour, and is the same in each
   * run.
   */
  private static int call(String statement, Fault fault, long count) {
    int choices = (int) Math.min(count, CALLS_MAX);
    return 1 + Math.floorMod((statement + fault.label()).hashCode(), choices);
  }

  public List<Cell> cells() {
    return cells;
  }

  /**
   * A sample of the cells: those for which the seed draws the lowest numbers. This way, an added or
   * removed statement changes few other cells of the sample.
   */
  public static List<Cell> sample(List<Cell> cells, long seed, int size) {
    return cells.stream()
        .sorted(Comparator.comparingLong(cell -> draw(seed, cell)))
        .limit(size)
        .toList();
  }

  private static long draw(long seed, Cell cell) {
    return new Random(seed ^ ((long) cell.toString().hashCode() << Integer.SIZE)).nextLong();
  }

  /** The cells that a predicate selects. */
  public List<Cell> pick(Predicate<Cell> wanted) {
    return cells.stream().filter(wanted).toList();
  }

  /**
   * Runs cells. Those that stay unclear, because the machine was too slow, run again at the end,
   * one at a time.
   *
   * @param parallel how many at a time
   * @param onResult called with each result, one at a time
   */
  public List<CellResult> run(List<Cell> wanted, int parallel, Consumer<CellResult> onResult)
      throws InterruptedException {
    List<Cell> unclear = new ArrayList<>();
    var results = new ArrayList<CellResult>();
    Consumer<CellResult> sorted =
        result -> {
          if (result.isUnclear() && parallel > 1) {
            unclear.add(result.cell());
          } else {
            results.add(result);
            onResult.accept(result);
          }
        };
    runAll(wanted, parallel, parallel > 1 ? TRIES_MAX : TRIES_ALONE_MAX, sorted);
    runAll(
        unclear,
        1,
        TRIES_ALONE_MAX,
        result -> {
          results.add(result);
          onResult.accept(result);
        });
    return results;
  }

  private void runAll(List<Cell> wanted, int parallel, int triesMax, Consumer<CellResult> onResult)
      throws InterruptedException {
    try (var pool = Executors.newFixedThreadPool(parallel)) {
      var runs = new ExecutorCompletionService<CellResult>(pool);
      for (Cell cell : wanted) {
        Callable<CellResult> run = () -> CellRun.of(cell, databases, triesMax);
        runs.submit(run);
      }
      for (int i = 0; i < wanted.size(); i++) {
        onResult.accept(runs.take().get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
