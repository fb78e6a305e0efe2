package dev.cairn.programs;

import java.util.stream.Stream;

/** A fault that is planted into Cairn's code on purpose, so that random programs find it. */
sealed interface PlantedFault
    permits ChangedCodeFault, FenceFault, SourceFault, StepFault, TestKitFault {
  /** That of the constant. */
  String name();

  /** The changes that make the fault. */
  Planting planting();

  /** That of a program which finds it. */
  long seed();

  /** Whether the fault may show in a trial. */
  boolean isIn(Trial trial);

  /** The trial of a seed, such as the fault is looked for in. */
  default Trial trial(long seed) {
    return Generator.unchanged(seed);
  }

  /** Whether it shows where the test kit works a program, and not where a client does. */
  default boolean isOfTestKit() {
    return false;
  }

  /** All faults. */
  static Stream<PlantedFault> all() {
    return Stream.<PlantedFault[]>of(
            SourceFault.values(),
            StepFault.values(),
            FenceFault.values(),
            ChangedCodeFault.values(),
            TestKitFault.values())
        .flatMap(Stream::of);
  }

  /** The fault of this name. */
  static PlantedFault named(String name) {
    return all().filter(fault -> fault.name().equals(name)).findFirst().orElseThrow();
  }
}
