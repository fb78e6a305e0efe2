package dev.cairn.resumable;

import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import org.jspecify.annotations.Nullable;

/**
 * What happens to an item of a source whose code throws an exception, or that cannot be read. A
 * time limit around the item, an interruption, or a failure of the database is not a failure of the
 * item: it fails the attempt under every policy. Start with one of the static methods. Immutable.
 */
public final class ItemPolicy {
  private static final Option<Action> ACTION = Option.of("action", Action.RETRY_JOB);
  private static final Option<Long> MOST = Option.of("most", 0L);
  private static final Option<Double> SHARE = Option.of("share", 0.0);
  private static final Option<Integer> CRASHES = Option.of("crashes", 3);

  /** If more items fail than this, something else is wrong than the items. */
  private static final long ASIDE_MAX = 100_000;

  private static final ItemPolicy RETRY_JOB = new ItemPolicy(Options.none());

  private final Options options;

  /** The ways to deal with a failed item. May get further constants. */
  public enum Action {
    /** The attempt fails, and the next attempt starts with the item. */
    RETRY_JOB,
    /** The item is skipped. */
    SKIP,
    /** The item is put aside. An operator can see it and request to process it again. */
    QUARANTINE
  }

  private ItemPolicy(Options options) {
    this.options = options;
    if (most() < 0 || !(share() >= 0 && share() <= 1) || crashes() < 1) {
      throw new IllegalArgumentException(
          "an item policy with skip(%d), skipShare(%s) and afterCrashes(%d): a value is out of range"
              .formatted(most(), share(), crashes()));
    }
  }

  /** The attempt fails. This is the default. */
  public static ItemPolicy retryJob() {
    return RETRY_JOB;
  }

  /**
   * Skips at most this many items, over all attempts. One more fails the attempt.
   *
   * @throws IllegalArgumentException if the number is negative
   */
  public static ItemPolicy skip(long most) {
    return RETRY_JOB.with(ACTION, Action.SKIP).with(MOST, most);
  }

  /**
   * Skips at most this share of the processed items, from 0 to 1, for example 0.01 for one in a
   * hundred. The share applies once 100 items were processed; before that, no item is skipped.
   *
   * @throws IllegalArgumentException if the share is out of range
   */
  public static ItemPolicy skipShare(double share) {
    return RETRY_JOB.with(ACTION, Action.SKIP).with(SHARE, share);
  }

  /**
   * Puts failed items aside, and items during which the process has died three times, not counting
   * the first death of the job: at most 100,000 of a step, or of each part of one. One more fails
   * the attempt.
   */
  public static ItemPolicy quarantine() {
    return quarantine(ASIDE_MAX);
  }

  /** The same for at most this many items of a step, or of each of its parts, over all attempts. */
  public static ItemPolicy quarantine(long most) {
    return RETRY_JOB.with(ACTION, Action.QUARANTINE).with(MOST, most);
  }

  private <T> ItemPolicy with(Option<T> option, T value) {
    return new ItemPolicy(options.with(option, value));
  }

  /** What to do with a failed item. */
  public Action action() {
    return options.get(ACTION);
  }

  /** How many items may be skipped or put aside, over all attempts. */
  public long most() {
    return options.get(MOST);
  }

  /** The share of the processed items that may be skipped, 0 to 1, once 100 were processed. */
  public double share() {
    return options.get(SHARE);
  }

  /** How often the process must die while it works an item before the item is put aside. */
  public int crashes() {
    return options.get(CRASHES);
  }

  /**
   * How often the process must die while it works an item before the item is put aside, not
   * counting the first death of the job. Items are recorded before they are worked only after it.
   *
   * @throws IllegalArgumentException if the number is less than 1
   */
  public ItemPolicy afterCrashes(int number) {
    return with(CRASHES, number);
  }

  boolean maySkip(long skipped, long met) {
    return skipped <= most() || (met >= 100 && skipped <= share() * met);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ItemPolicy that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("ItemPolicy");
  }
}
