package dev.cairn.resumable;

import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import org.jspecify.annotations.Nullable;

/**
 * How large the state of a resumable job may grow. A value over a limit is refused with an error
 * that names the step and the size. Nothing is truncated. Start with {@link #defaults()}.
 * Immutable.
 */
public final class ResumableLimits {
  private static final Option<Integer> CURSOR_BYTES = Option.of("cursorBytes", 16 * 1024);
  private static final Option<Integer> RESULT_BYTES = Option.of("resultBytes", 256 * 1024);
  private static final Option<Integer> STEPS = Option.of("steps", 10_000);

  private static final ResumableLimits DEFAULTS = new ResumableLimits(Options.none());

  private final Options options;

  private ResumableLimits(Options options) {
    this.options = options;
  }

  /** Cursors of 16 KiB, results of 256 KiB, and 10,000 steps. */
  public static ResumableLimits defaults() {
    return DEFAULTS;
  }

  private ResumableLimits with(Option<Integer> limit, int most) {
    if (most < 1) {
      throw new IllegalArgumentException(limit + " must be positive, not " + most);
    }
    return new ResumableLimits(options.with(limit, most));
  }

  /** The largest encoded cursor, in bytes. */
  public int cursorBytes() {
    return options.get(CURSOR_BYTES);
  }

  /**
   * The largest encoded cursor, in bytes.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ResumableLimits withCursorBytes(int most) {
    return with(CURSOR_BYTES, most);
  }

  /** The largest encoded result of a step or payload of a signal, in bytes. */
  public int resultBytes() {
    return options.get(RESULT_BYTES);
  }

  /**
   * The largest encoded result of a step or payload of a signal, in bytes.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ResumableLimits withResultBytes(int most) {
    return with(RESULT_BYTES, most);
  }

  /** The maximum number of steps in one job. */
  public int steps() {
    return options.get(STEPS);
  }

  /**
   * The maximum number of steps in one job.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ResumableLimits withSteps(int most) {
    return with(STEPS, most);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ResumableLimits that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("ResumableLimits");
  }
}
