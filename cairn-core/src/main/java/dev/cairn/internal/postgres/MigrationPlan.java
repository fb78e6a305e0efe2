package dev.cairn.internal.postgres;

import dev.cairn.SchemaException;
import dev.cairn.migrate.MigrationDirection;
import dev.cairn.migrate.MigrationLine;
import dev.cairn.migrate.MigrationOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Decides which version to apply or revert next, given the applied versions. Does not use the
 * database.
 */
public record MigrationPlan(MigrationDirection direction, MigrationOptions options) {
  /** The version of line main that added the column for lines to river_migration. */
  private static final int LINES_SINCE = 5;

  /**
   * A plan for the target of these options.
   *
   * @throws IllegalArgumentException if the target version does not exist
   */
  public MigrationPlan {
    checkTarget(direction, options);
  }

  private static void checkTarget(MigrationDirection direction, MigrationOptions options) {
    Integer target = options.targetVersion();
    if (target == null) {
      return;
    }
    int lowest = direction == MigrationDirection.UP ? 1 : 0;
    MigrationLine line = options.line();
    if (line == null && (target != 0 || lowest != 0)) {
      throw new IllegalArgumentException(
          "target version %d belongs to one line: name it, main or cairn".formatted(target));
    }
    if (line != null && (target < lowest || target > line.newestVersion())) {
      throw new IllegalArgumentException(
          "line %s has no version %d: the target of %s must be %d to %d"
              .formatted(line, target, direction, lowest, line.newestVersion()));
    }
  }

  /** The maximum number of steps. */
  public int maxSteps() {
    Integer maxSteps = options.maxSteps();
    if (maxSteps != null) {
      return maxSteps;
    }
    return direction == MigrationDirection.DOWN && options.targetVersion() == null
        ? 1
        : Integer.MAX_VALUE;
  }

  /**
   * All steps from this state to the target.
   *
   * @throws SchemaException if one of them cannot be taken
   */
  public List<MigrationScript> steps(SchemaState start) {
    var steps = new ArrayList<MigrationScript>();
    SchemaState state = start;
    while (steps.size() < maxSteps()) {
      MigrationScript step = next(state).orElse(null);
      if (step == null) {
        break;
      }
      steps.add(step);
      state = state.after(step, direction);
    }
    return steps;
  }

  /**
   * The next step; empty if the target is reached, and always for UP if line cairn is newer than
   * this Cairn.
   *
   * @throws SchemaException if the step cannot be taken
   */
  public Optional<MigrationScript> next(SchemaState state) {
    checkKnown(state);
    if (state.isNewer(MigrationLine.CAIRN)) {
      // Only the newer program knows what its tables need of either line.
      if (direction == MigrationDirection.DOWN) {
        throw newer(MigrationLine.CAIRN, state);
      }
      return Optional.empty();
    }
    Optional<MigrationScript> next =
        switch (direction) {
          case UP ->
              scripts()
                  .filter(script -> !state.isApplied(script) && !state.isNewer(script.line()))
                  .findFirst();
          case DOWN -> scripts().filter(state::isApplied).reduce((older, newer) -> newer);
        };
    next.ifPresent(step -> checkLines(step, state));
    return next;
  }

  private Stream<MigrationScript> scripts() {
    return MigrationScript.all().stream()
        .filter(script -> options.line() == null || script.line() == options.line())
        .filter(script -> isWithinTarget(script.version()));
  }

  private boolean isWithinTarget(int version) {
    Integer target = options.targetVersion();
    if (target == null) {
      return true;
    }
    return direction == MigrationDirection.UP ? version <= target : version > target;
  }

  private static void checkKnown(SchemaState state) {
    state
        .unrecorded()
        .or(state::tooNew)
        .ifPresent(problem -> {
          throw new SchemaException(problem + " [CAIRN-603]");
        });
  }

  private static SchemaException newer(MigrationLine line, SchemaState state) {
    return new SchemaException(
        ("Schema %s is at version %d of line %s and this Cairn knows versions up to %d: "
                + "revert the newer versions first, with the program that applied them [CAIRN-603]")
            .formatted(state.schema().name(), state.version(line), line, line.newestVersion()));
  }

  private void checkLines(MigrationScript step, SchemaState state) {
    switch (step.line()) {
      case CAIRN -> {
        int main = state.version(MigrationLine.MAIN);
        if (direction == MigrationDirection.UP && main < LINES_SINCE) {
          throw new SchemaException(
              ("Line cairn needs line main at version %d or newer, and it is at %d: "
                      + "migrate line main first [CAIRN-603]")
                  .formatted(LINES_SINCE, main));
        }
      }
      case MAIN -> {
        if (state.isNewer(MigrationLine.MAIN)) {
          throw newer(MigrationLine.MAIN, state);
        }
        var others = state.otherLines();
        if (direction == MigrationDirection.DOWN
            && step.version() == LINES_SINCE
            && !others.isEmpty()) {
          throw new SchemaException(
              ("Line main cannot go below version %d while other lines are applied (%s): "
                      + "revert them first [CAIRN-603]")
                  .formatted(LINES_SINCE, String.join(", ", others)));
        }
      }
    }
  }
}
