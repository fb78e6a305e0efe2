package dev.cairn.programs;

/** A program, and what happens to it. */
record Trial(Program program, Plan plan) {
  @Override
  public String toString() {
    return "trial(\n    %s,\n    %s)".formatted(program, plan);
  }
}
