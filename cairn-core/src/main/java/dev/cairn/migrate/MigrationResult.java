package dev.cairn.migrate;

import java.util.List;

/**
 * The result of a call of {@link Migrator}. May get further components.
 *
 * @param steps the steps in the order in which they were taken; empty if there was nothing to do.
 *     Steps that another process took at the same time are not among them
 * @param dryRun whether they were only planned
 */
public record MigrationResult(
    MigrationDirection direction, List<MigrationStep> steps, boolean dryRun) {
  public MigrationResult {
    steps = List.copyOf(steps);
  }
}
