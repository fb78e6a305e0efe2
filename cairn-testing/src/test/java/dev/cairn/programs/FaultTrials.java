package dev.cairn.programs;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Runs random programs in a process of its own, whose sources have a planted fault, until one goes
 * wrong. Arguments: the name of the {@link SourceFault}, the first seed, and how many programs that
 * have such a source to try.
 */
final class FaultTrials {
  /** Comes before the seed that has found the fault. */
  static final String FOUND = "found by seed ";

  private static final int AT_ONCE = 40;

  private FaultTrials() {}

  public static void main(String... arguments) throws Exception {
    SourceFault fault = SourceFault.valueOf(arguments[0]);
    Map<Trial, Long> seeds = new HashMap<>();
    List<Trial> trials =
        LongStream.iterate(Long.parseLong(arguments[1]), seed -> seed + 1)
            .mapToObj(seed -> {
              Trial trial = Generator.trial(seed);
              seeds.putIfAbsent(trial, seed);
              return trial;
            })
            .filter(fault::isIn)
            .limit(Long.parseLong(arguments[2]))
            .toList();
    try (var laboratory = new Laboratory()) {
      laboratory.run(
          trials.iterator(),
          AT_ONCE,
          (trial, complaints) -> {
            if (!complaints.isEmpty()) {
              end(FOUND + seeds.get(trial) + ": " + complaints.getFirst());
            }
          });
    }
    end("nothing found by %d programs".formatted(trials.size()));
  }

  /** At once: a program may hang because of the fault. */
  private static void end(String words) {
    System.out.println(words);
    System.exit(0);
  }
}
