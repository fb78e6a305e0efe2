package dev.cairn.migrate;

import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How far to migrate. Start with {@link #defaults()} and change what differs. Immutable. */
public final class MigrationOptions {
  private static final Option<@Nullable MigrationLine> LINE = Option.of("line");
  private static final Option<@Nullable Integer> TARGET_VERSION = Option.of("targetVersion");
  private static final Option<@Nullable Integer> MAX_STEPS = Option.of("maxSteps");
  private static final Option<Boolean> DRY_RUN = Option.of("dryRun", false);

  private static final MigrationOptions DEFAULTS = new MigrationOptions(Options.none());

  private final Options options;

  private MigrationOptions(Options options) {
    this.options = options;
  }

  /** Up: both lines to their newest versions. Down: one step. */
  public static MigrationOptions defaults() {
    return DEFAULTS;
  }

  private <T extends @Nullable Object> MigrationOptions with(Option<T> option, T value) {
    return new MigrationOptions(options.with(option, value));
  }

  /** The only line to change; both if null. */
  public @Nullable MigrationLine line() {
    return options.get(LINE);
  }

  /** Changes this line only. */
  public MigrationOptions withLine(MigrationLine line) {
    return with(LINE, Objects.requireNonNull(line, "line"));
  }

  /** The version to stop at; if null, up goes to the newest one and down takes one step. */
  public @Nullable Integer targetVersion() {
    return options.get(TARGET_VERSION);
  }

  /**
   * Stops at this version: up applies it, down keeps it, and 0 reverts everything. All versions
   * other than 0 need a line.
   */
  public MigrationOptions withTargetVersion(int targetVersion) {
    return with(TARGET_VERSION, targetVersion);
  }

  /** The maximum number of steps; if null, all steps up to the target. */
  public @Nullable Integer maxSteps() {
    return options.get(MAX_STEPS);
  }

  /**
   * Limits the number of steps.
   *
   * @throws IllegalArgumentException if it is not at least 1
   */
  public MigrationOptions withMaxSteps(int maxSteps) {
    if (maxSteps < 1) {
      throw new IllegalArgumentException("maxSteps must be at least 1, not " + maxSteps);
    }
    return with(MAX_STEPS, maxSteps);
  }

  /** Whether to return the steps without taking them. */
  public boolean dryRun() {
    return options.get(DRY_RUN);
  }

  /** Changes nothing. */
  public MigrationOptions withDryRun() {
    return with(DRY_RUN, true);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MigrationOptions that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("MigrationOptions");
  }
}
