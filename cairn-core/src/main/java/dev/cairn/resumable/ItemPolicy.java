package dev.cairn.resumable;

/**
 * What becomes of an item of a source whose code throws an exception, or that cannot be read (R20).
 * A time limit around the item, an interruption, or a failure of the database is not the item's: it
 * fails the attempt under every policy (R31). Immutable.
 *
 * @param action what is done
 * @param most how many items may be skipped, over all attempts, tries and parts of the step (R32)
 * @param share which share of the items that were met may be skipped, once 100 were met; counted
 *     likewise
 * @param crashes after how many deaths of its process, with this item recorded as the one that was
 *     worked, it is put aside
 */
public record ItemPolicy(Action action, long most, double share, int crashes) {
  /** The ways to deal with a failed item. */
  public enum Action {
    /** The attempt fails, and the next one begins with the item. */
    RETRY_JOB,
    /** The item is passed over. */
    SKIP,
    /** The item is put aside, where an operator sees it and may have it done again. */
    QUARANTINE
  }

  private static final int CRASHES = 3;

  public ItemPolicy {
    if (most < 0 || !(share >= 0 && share <= 1) || crashes < 1) {
      throw new IllegalArgumentException(
          "a policy for items cannot skip %d or %s of them, or wait for %d crashes"
              .formatted(most, share, crashes));
    }
  }

  /** The attempt fails; so it is unless a policy is set. */
  public static ItemPolicy retryJob() {
    return new ItemPolicy(Action.RETRY_JOB, 0, 0, CRASHES);
  }

  /** Passes over at most so many items; one more fails the attempt. */
  public static ItemPolicy skip(long most) {
    return new ItemPolicy(Action.SKIP, most, 0, CRASHES);
  }

  /** Passes over at most this share of the items, 0.01 for one in a hundred. */
  public static ItemPolicy skipShare(double share) {
    return new ItemPolicy(Action.SKIP, 0, share, CRASHES);
  }

  /**
   * Puts failed items aside, however many there are, and those of which a process was seen to die
   * three times.
   */
  public static ItemPolicy quarantine() {
    return new ItemPolicy(Action.QUARANTINE, 0, 0, CRASHES);
  }

  /**
   * How often a process must be seen to die of an item. The death that came first is not counted:
   * only after it is each item recorded before it is worked.
   */
  public ItemPolicy afterCrashes(int number) {
    return new ItemPolicy(action, most, share, number);
  }

  boolean maySkip(long skipped, long met) {
    return skipped <= most || (met >= 100 && skipped <= share * met);
  }
}
