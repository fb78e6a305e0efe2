package dev.cairn.resumable;

import java.util.LinkedHashMap;
import java.util.Map;

/** Collects the branches of one parallel step. */
public final class Branches {
  private final Map<String, BranchBody> bodies = new LinkedHashMap<>();
  private int most = Integer.MAX_VALUE;

  Branches() {}

  /**
   * Adds a branch: a step within the parallel step, with steps of its own. Branches start in the
   * order in which they were added.
   *
   * @throws IllegalArgumentException if there is already one of this name
   */
  public Branches add(String name, BranchBody body) {
    if (bodies.putIfAbsent(name, body) != null) {
      throw new IllegalArgumentException("branch '%s' is added twice".formatted(name));
    }
    return this;
  }

  /**
   * How many branches may run at once; all unless set. A branch that waits gives its place to the
   * next one.
   *
   * @throws IllegalArgumentException if the number is less than 1
   */
  public Branches atMost(int number) {
    if (number < 1) {
      throw new IllegalArgumentException("atMost must be at least 1, not " + number);
    }
    most = number;
    return this;
  }

  Map<String, BranchBody> bodies() {
    return bodies;
  }

  int most() {
    return most;
  }

  /** Defines the branches. */
  @FunctionalInterface
  public interface Definition {
    /** Called in every attempt in which the step runs. Must add the same branches each time. */
    void define(Branches branches) throws Exception;
  }
}
