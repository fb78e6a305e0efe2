package dev.cairn.chaos.fuzz;

/** Has a fault that a fuzzer has to find, and that random inputs alone would not find. */
public final class PlantedFuzz {
  private PlantedFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length > 3 && input[0] == 'C' && input[1] == 'a' && input[2] == 'i') {
      Expect.that(input[3] != 'r', "planted");
    }
  }
}
