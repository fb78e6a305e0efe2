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

/** All cells there are, and their runs, some at a time on one server. */
public final class Matrix {
  /** A call that comes more seldom than this in one life may not come in another. */
  private static final int CALLS_MAX = 4;

  private final LifeDatabases databases;
  private final List<Cell> cells;

  private Matrix(LifeDatabases databases, List<Cell> cells) {
    this.databases = databases;
    this.cells = cells;
  }

  /** Finds out the statements of a life, and crosses them with all that can befall them. */
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

  /** One of the first calls, another one for each misbehaviour, and always the same. */
  private static int call(String statement, Fault fault, long count) {
    int choices = (int) Math.min(count, CALLS_MAX);
    return 1 + Math.floorMod((statement + fault.label()).hashCode(), choices);
  }

  public List<Cell> cells() {
    return cells;
  }

  /**
   * Some of the cells, those for which a seed draws the lowest numbers: a statement more or less
   * changes few others.
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

  /** The cells that a predicate picks. */
  public List<Cell> pick(Predicate<Cell> wanted) {
    return cells.stream().filter(wanted).toList();
  }

  /**
   * Runs cells.
   *
   * @param parallel how many at a time
   * @param onResult told of each as it ends, one at a time
   */
  public List<CellResult> run(List<Cell> wanted, int parallel, Consumer<CellResult> onResult)
      throws InterruptedException {
    var results = new ArrayList<CellResult>();
    try (var pool = Executors.newFixedThreadPool(parallel)) {
      var runs = new ExecutorCompletionService<CellResult>(pool);
      for (Cell cell : wanted) {
        Callable<CellResult> run = () -> CellRun.of(cell, databases);
        runs.submit(run);
      }
      for (int i = 0; i < wanted.size(); i++) {
        CellResult result = runs.take().get();
        results.add(result);
        onResult.accept(result);
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    return results;
  }
}
