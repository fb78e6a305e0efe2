package dev.cairn.programs;

import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Runs random programs in a process of its own, whose code has a {@link PlantedFault}, until one
 * goes wrong. Arguments: the name of the fault, the first seed, and how many programs to try in
 * which the fault may show.
 */
final class FaultTrials {
  /** Comes before the seed that has found the fault. */
  static final String FOUND = "found by seed ";

  /** Said if no program goes wrong. */
  static final String NOT_FOUND = "nothing found by ";

  static final int AT_ONCE = 40;

  private FaultTrials() {}

  public static void main(String... arguments) throws Exception {
    PlantedFault fault = PlantedFault.named(arguments[0]);
    // By identity, because two seeds may make the same trial.
    IdentityHashMap<Trial, Long> seeds = new IdentityHashMap<>();
    Iterator<Trial> trials =
        LongStream.iterate(Long.parseLong(arguments[1]), seed -> seed + 1)
            .mapToObj(seed -> {
              Trial trial = fault.trial(seed);
              if (fault.isIn(trial)) {
                seeds.put(trial, seed);
              }
              return trial;
            })
            .filter(fault::isIn)
            .limit(Long.parseLong(arguments[2]))
            .iterator();
    try (var laboratory = new Laboratory(Laboratory.TRIAL_OF_FAULT)) {
      if (fault.isOfTestKit()) {
        var tester = new TesterRunner(laboratory.dataSource());
        while (trials.hasNext()) {
          Trial trial = trials.next();
          endIfWrong(seeds.remove(trial), tester.run(trial));
        }
      } else {
        laboratory.run(
            trials, AT_ONCE, (trial, complaints) -> endIfWrong(seeds.remove(trial), complaints));
      }
    }
    end(NOT_FOUND + "%s programs".formatted(arguments[2]));
  }

  private static void endIfWrong(long seed, List<String> complaints) {
    if (!complaints.isEmpty()) {
      end(FOUND + seed + ": " + complaints.getFirst());
    }
  }

  /** At once: a program may hang because of the fault. */
  private static void end(String words) {
    System.out.println(words);
    System.exit(0);
  }
}
