package dev.cairn.migrate;

import org.jspecify.annotations.Nullable;

/**
 * How far to migrate. Begin with {@link #defaults()} and change what differs. Immutable.
 *
 * @param line the only line to change; both if null
 * @param targetVersion the version to stop at: up applies it, down leaves it applied, and 0 takes
 *     everything back. Anything but 0 needs a line. If null, up goes to the newest version and down
 *     takes one step
 * @param maxSteps the most steps to take, at least 1; if null, as many as it takes to the target
 * @param dryRun whether to tell the steps without taking them
 */
public record MigrationOptions(
    @Nullable MigrationLine line,
    @Nullable Integer targetVersion,
    @Nullable Integer maxSteps,
    boolean dryRun) {
  private static final MigrationOptions DEFAULTS = new MigrationOptions(null, null, null, false);

  public MigrationOptions {
    if (maxSteps != null && maxSteps < 1) {
      throw new IllegalArgumentException("maxSteps must be at least 1, not " + maxSteps);
    }
  }

  /** Up: both lines to their newest versions. Down: one step. */
  public static MigrationOptions defaults() {
    return DEFAULTS;
  }

  public MigrationOptions withLine(MigrationLine line) {
    return new MigrationOptions(line, targetVersion, maxSteps, dryRun);
  }

  public MigrationOptions withTargetVersion(int targetVersion) {
    return new MigrationOptions(line, targetVersion, maxSteps, dryRun);
  }

  public MigrationOptions withMaxSteps(int maxSteps) {
    return new MigrationOptions(line, targetVersion, maxSteps, dryRun);
  }

  /** Changes nothing. */
  public MigrationOptions withDryRun() {
    return new MigrationOptions(line, targetVersion, maxSteps, true);
  }
}
