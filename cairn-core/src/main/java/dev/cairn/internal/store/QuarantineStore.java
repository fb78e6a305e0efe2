package dev.cairn.internal.store;

import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.jobs.QuarantinedItem;
import dev.cairn.spi.Quarantine.Item;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Items of jobs that were put aside (R20). */
public interface QuarantineStore {
  /**
   * Puts an item aside.
   *
   * @return what the item is known by; empty if the claim does not hold, or the database does not
   *     have what this follows
   */
  Optional<String> put(FencedClaim fenced, String step, Item item);

  /** The steps of a job that have put items aside, with whether any of them is to be redriven. */
  Map<String, Boolean> steps(long jobId);

  /** The positions of the items that a step has put aside, in JSON. */
  List<String> positions(long jobId, String step);

  List<Item> toRedrive(long jobId, String step);

  /**
   * Takes an item back that was put aside.
   *
   * @return what the item is known by; empty if the claim does not hold
   */
  Optional<String> release(Claim claim, String step, String position);

  /**
   * Takes an item back in the caller's transaction, and share-locks the job's row until its end.
   * Waits for another transaction that is about to do so.
   *
   * @return the result
   */
  Released releaseTx(Connection connection, FencedClaim fenced, String step, String position);

  /**
   * The result of releasing an item in a transaction.
   *
   * @param standing how the claim stands; unless it holds the transaction is aborted
   * @param item what the item is known by; null if it was not put aside
   */
  record Released(Standing standing, @Nullable String item) {}

  /**
   * Carries what a step and those within it have put aside over to another name.
   *
   * @return false if the claim does not hold
   */
  boolean rename(Claim claim, String from, String to);

  /**
   * Forgets what a step and those within it have put aside.
   *
   * @param step null for all steps
   * @return false if the claim does not hold
   */
  boolean forget(Claim claim, @Nullable String step);

  List<QuarantinedItem> list(long jobId);
}
