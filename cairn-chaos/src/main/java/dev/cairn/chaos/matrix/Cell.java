package dev.cairn.chaos.matrix;

import dev.cairn.testing.internal.DatabaseCall;
import java.util.function.Predicate;

/**
 * One run of the matrix.
 *
 * @param statement the name of the call that misbehaves; or {@link #EVERY_CALL}
 * @param call the number of the first such call that misbehaves, counted from the beginning of the
 *     phase
 */
public record Cell(Phase phase, String statement, Fault fault, Extent extent, int call) {
  /** Stands for all calls together, as if the network or the database were down. */
  static final String EVERY_CALL = "every call";

  /** The calls that misbehave. */
  Predicate<DatabaseCall> calls() {
    return isOfEveryCall() ? DatabaseCall.any() : DatabaseCall.at(statement);
  }

  /** Whether calls can misbehave in this way, and no other cell means the same run. */
  boolean makesSense() {
    return isOfEveryCall() ? extent == Extent.AWHILE : fault.fits(statement);
  }

  private boolean isOfEveryCall() {
    return statement.equals(EVERY_CALL);
  }

  /** The command that repeats exactly this run. */
  public String command() {
    return "./cairn chaos matrix --statement \"%s\" --misbehaviour %s --phase %s --extent %s%s"
        .formatted(
            statement,
            fault.label(),
            phase.label(),
            extent.label(),
            call == 1 ? "" : " --call " + call);
  }

  @Override
  public String toString() {
    return "%s x %s, %s%s, at %s"
        .formatted(
            statement,
            fault.label(),
            extent.label(),
            call == 1 ? "" : " at call " + call,
            phase.label());
  }
}
