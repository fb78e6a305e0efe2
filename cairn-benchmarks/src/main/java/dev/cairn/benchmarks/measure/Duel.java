package dev.cairn.benchmarks.measure;

import dev.cairn.benchmarks.figures.MedianInterval;
import dev.cairn.benchmarks.measure.BurnDown.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A contender against a yardstick, in blocks of four turns: yardstick, contender, contender,
 * yardstick. So a machine or a database that steadily becomes slower or faster favours neither of
 * them. Every other block begins with the contender. There are many short blocks, because a
 * disturbance spoils only one block, and the median ignores it.
 *
 * @param jobs the number of jobs in each turn
 */
public record Duel(Contender yardstick, Contender contender, BurnDown burnDown, int jobs) {
  /**
   * Four turns.
   *
   * @param yardstick the two turns of the yardstick
   * @param contender the two turns of the contender
   */
  public record Block(List<Cost> yardstick, List<Cost> contender) {
    /** The speed, as a multiple of the yardstick's speed. */
    double speed() {
      return seconds(yardstick) / seconds(contender);
    }

    /** The processor time of the JVM, as a multiple of the yardstick's. */
    double clientCpu() {
      return cpu(contender) / cpu(yardstick);
    }

    private Stream<Cost> turns(boolean ofContender) {
      return (ofContender ? contender : yardstick).stream();
    }

    private static double seconds(List<Cost> turns) {
      return turns.stream().mapToDouble(turn -> turn.time().toNanos()).sum();
    }

    private static double cpu(List<Cost> turns) {
      return turns.stream().mapToDouble(turn -> turn.clientCpu().toNanos()).sum();
    }
  }

  /**
   * The result of a duel.
   *
   * @param speed the speed, as a multiple of the yardstick's
   * @param clientCpu the processor time, as a multiple of the yardstick's. Unlike the speed, it
   *     hardly depends on the other work of the machine
   * @param yardstickPerJob the costs of a job of the yardstick
   * @param perJob the costs of a job of the contender
   */
  public record Result(
      String name,
      MedianInterval speed,
      MedianInterval clientCpu,
      PerJob yardstickPerJob,
      PerJob perJob,
      List<Block> blocks) {
    static Result of(String name, List<Block> blocks) {
      return new Result(
          name,
          MedianInterval.of(blocks.stream().map(Block::speed).toList()),
          MedianInterval.of(blocks.stream().map(Block::clientCpu).toList()),
          perJob(blocks, false),
          perJob(blocks, true),
          List.copyOf(blocks));
    }

    private static PerJob perJob(List<Block> blocks, boolean ofContender) {
      return PerJob.of(blocks.stream().flatMap(block -> block.turns(ofContender)).toList());
    }
  }

  /** Runs as many jobs as one turn, so that the JVM has compiled before the first block. */
  void warmUp() throws Exception {
    burnDown.measure(yardstick, jobs);
    burnDown.measure(contender, jobs);
  }

  /** Runs one block. */
  Block block(boolean contenderBegins) throws Exception {
    Contender outer = contenderBegins ? contender : yardstick;
    Contender inner = contenderBegins ? yardstick : contender;
    Cost first = burnDown.measure(outer, jobs);
    List<Cost> middle = List.of(burnDown.measure(inner, jobs), burnDown.measure(inner, jobs));
    List<Cost> around = List.of(first, burnDown.measure(outer, jobs));
    return contenderBegins ? new Block(middle, around) : new Block(around, middle);
  }

  /** Receives each block. */
  @FunctionalInterface
  public interface Listener {
    /** Called after four turns. */
    void measured(int block, Contender contender, double speed);
  }

  /** Runs all duels in turns, with this number of blocks for each. */
  public static List<Result> run(List<Duel> duels, int blocks, Listener listener) throws Exception {
    List<List<Block>> measured = new ArrayList<>();
    for (Duel duel : duels) {
      duel.warmUp();
      measured.add(new ArrayList<>());
    }
    for (int block = 1; block <= blocks; block++) {
      for (int i = 0; i < duels.size(); i++) {
        Block four = duels.get(i).block(block % 2 == 0);
        measured.get(i).add(four);
        listener.measured(block, duels.get(i).contender(), four.speed());
      }
    }
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < duels.size(); i++) {
      results.add(Result.of(duels.get(i).contender().name(), measured.get(i)));
    }
    return results;
  }
}
