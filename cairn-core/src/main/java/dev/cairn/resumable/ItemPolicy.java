package dev.cairn.resumable;

import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of an item of a source whose code throws an exception, or that cannot be read (R20).
 * A time limit around the item, an interruption, or a failure of the database is not the item's: it
 * fails the attempt under every policy (R31). Begin with one of its static methods. Immutable.
 */
public final class ItemPolicy {
  private static final Option<Action> ACTION = Option.of("action", Action.RETRY_JOB);
  private static final Option<Long> MOST = Option.of("most", 0L);
  private static final Option<Double> SHARE = Option.of("share", 0.0);
  private static final Option<Integer> CRASHES = Option.of("crashes", 3);

  private static final ItemPolicy RETRY_JOB = new ItemPolicy(Options.none());

  private final Options options;

  /** The ways to deal with a failed item. May get further constants. */
  public enum Action {
    /** The attempt fails, and the next one begins with the item. */
    RETRY_JOB,
    /** The item is passed over. */
    SKIP,
    /** The item is put aside, where an operator sees it and may have it done again. */
    QUARANTINE
  }

  private ItemPolicy(Options options) {
    this.options = options;
    if (most() < 0 || !(share() >= 0 && share() <= 1) || crashes() < 1) {
      throw new IllegalArgumentException(
          "a policy for items cannot skip %d or %s of them, or wait for %d crashes"
              .formatted(most(), share(), crashes()));
    }
  }

  /** The attempt fails; so it is unless a policy is set. */
  public static ItemPolicy retryJob() {
    return RETRY_JOB;
  }

  /** Passes over at most so many items; one more fails the attempt. */
  public static ItemPolicy skip(long most) {
    return RETRY_JOB.with(ACTION, Action.SKIP).with(MOST, most);
  }

  /** Passes over at most this share of the items, 0.01 for one in a hundred. */
  public static ItemPolicy skipShare(double share) {
    return RETRY_JOB.with(ACTION, Action.SKIP).with(SHARE, share);
  }

  /**
   * Puts failed items aside, however many there are, and those of which a process was seen to die
   * three times.
   */
  public static ItemPolicy quarantine() {
    return RETRY_JOB.with(ACTION, Action.QUARANTINE);
  }

  private <T> ItemPolicy with(Option<T> option, T value) {
    return new ItemPolicy(options.with(option, value));
  }

  /** What is done. */
  public Action action() {
    return options.get(ACTION);
  }

  /** How many items may be skipped, over all attempts. */
  public long most() {
    return options.get(MOST);
  }

  /** Which share of the items that were met may be skipped, once 100 were met. */
  public double share() {
    return options.get(SHARE);
  }

  /**
   * After how many deaths of its process, with this item recorded as the one that was worked, it is
   * put aside.
   */
  public int crashes() {
    return options.get(CRASHES);
  }

  /**
   * How many times a process must be seen to die of an item before the item is put aside. The first
   * death does not count: only after it is each item recorded before it is worked.
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
