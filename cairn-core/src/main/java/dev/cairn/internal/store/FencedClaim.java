package dev.cairn.internal.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The claim of a write, and the earlier writes that it follows (R5). A write is refused if the
 * database does not have the writes that it follows. In that case, a failover or a restore has lost
 * commits on which the attempt relies, and the attempt has to start again from the state of the
 * database.
 *
 * @param follows the last writes under this claim that are known to be durable; empty if there are
 *     none. There is more than one only if transactions of one job overlap
 */
public record FencedClaim(Claim claim, List<Follow> follows) {
  public FencedClaim {
    follows = List.copyOf(follows);
  }

  /** A claim under which nothing was written yet. */
  public static FencedClaim of(Claim claim) {
    return new FencedClaim(claim, List.of());
  }

  /**
   * A condition for one earlier write. Without an item: the checkpoint of this name has this
   * sequence number, or a later one of the claim. With an item: the item is in quarantine, put
   * aside by the step of this name.
   *
   * @param item the name that {@link QuarantineStore#put} returned; null for a checkpoint
   */
  public record Follow(String name, long sequence, @Nullable String item) {
    public static Follow checkpoint(String name, long sequence) {
      return new Follow(name, sequence, null);
    }

    public static Follow quarantined(String step, String item) {
      return new Follow(step, 0, item);
    }
  }
}
