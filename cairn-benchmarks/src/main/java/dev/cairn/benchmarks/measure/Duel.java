package dev.cairn.benchmarks.measure;

import dev.cairn.benchmarks.figures.MedianInterval;
import dev.cairn.benchmarks.measure.BurnDown.Cost;
import java.util.ArrayList;
import java.util.List;

/**
 * A contender against a yardstick, in blocks of four turns: yardstick, contender, contender,
 * yardstick. A machine or a database that becomes slower or faster all the time favours neither of
 * them. Every other block begins with the contender. The blocks are short and many, because a
 * disturbance spoils a block, and the median disregards it.
 *
 * @param jobs in each turn
 */
public record Duel(Contender yardstick, Contender contender, BurnDown burnDown, int jobs) {
  /**
   * Four turns.
   *
   * @param yardstick its two turns
   * @param contender its two turns
   */
  public record Block(List<Cost> yardstick, List<Cost> contender) {
    /** How many times as fast as the yardstick. */
    double speed() {
      return seconds(yardstick) / seconds(contender);
    }

    /** How many times the processor time of the yardstick's JVM. */
    double clientCpu() {
      return cpu(contender) / cpu(yardstick);
    }

    private static double seconds(List<Cost> turns) {
      return turns.stream().mapToDouble(turn -> turn.time().toNanos()).sum();
    }

    private static double cpu(List<Cost> turns) {
      return turns.stream().mapToDouble(turn -> turn.clientCpu().toNanos()).sum();
    }
  }

  /**
   * What came out.
   *
   * @param speed how many times as fast as the yardstick
   * @param clientCpu how many times the yardstick's processor time; unlike the speed, it hardly
   *     depends on what else the machine does
   */
  public record Result(
      String name, MedianInterval speed, MedianInterval clientCpu, List<Block> blocks) {
    static Result of(String name, List<Block> blocks) {
      return new Result(
          name,
          MedianInterval.of(blocks.stream().map(Block::speed).toList()),
          MedianInterval.of(blocks.stream().map(Block::clientCpu).toList()),
          List.copyOf(blocks));
    }
  }

  /** Runs as many jobs as one turn, so that the first block measures no compiler. */
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

  /** Is told of each block. */
  @FunctionalInterface
  public interface Listener {
    /** Four turns are over. */
    void measured(int block, Contender contender, double speed);
  }

  /** All duels in turns, so many blocks of each. */
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
