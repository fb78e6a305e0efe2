package dev.cairn.internal.store;

import dev.cairn.QuarantinedItem;
import dev.cairn.spi.Quarantine.Item;
import java.util.List;

/** Items of jobs that were put aside (R20). */
public interface QuarantineStore {
  /**
   * Puts an item aside.
   *
   * @return false if the claim does not hold
   */
  boolean put(Claim claim, String step, Item item);

  List<Item> toRedrive(long jobId, String step);

  /**
   * Takes an item back that was put aside.
   *
   * @return false if the claim does not hold
   */
  boolean release(Claim claim, String step, String position);

  List<QuarantinedItem> list(long jobId);
}
