package dev.cairn.internal.store;

import dev.cairn.QuarantinedItem;
import dev.cairn.spi.Quarantine.Item;
import java.util.List;
import java.util.Optional;

/** Items of jobs that were put aside (R20). */
public interface QuarantineStore {
  /**
   * Puts an item aside.
   *
   * @return what the item is known by; empty if the claim does not hold, or the database does not
   *     have what this follows
   */
  Optional<String> put(FencedClaim fenced, String step, Item item);

  List<Item> toRedrive(long jobId, String step);

  /**
   * Takes an item back that was put aside.
   *
   * @return what the item is known by; empty if the claim does not hold
   */
  Optional<String> release(Claim claim, String step, String position);

  List<QuarantinedItem> list(long jobId);
}
