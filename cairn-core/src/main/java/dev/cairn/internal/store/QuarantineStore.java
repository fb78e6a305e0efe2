package dev.cairn.internal.store;

import dev.cairn.internal.store.ClaimStatus.Standing;
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
   * @return the name of the item in later writes; empty if the claim does not hold, or if the
   *     database lacks a write that this one follows
   */
  Optional<String> put(FencedClaim fenced, String step, Item item);

  /** The steps of a job that have put items aside, with whether any of them is to be redriven. */
  Map<String, Boolean> steps(long jobId);

  /** The positions of the items that a step has put aside, in JSON. */
  List<String> positions(long jobId, String step);

  /** Whether a step has put this item aside. */
  boolean isAside(long jobId, String step, String position);

  List<Item> toRedrive(long jobId, String step);

  /**
   * Takes an item out of the quarantine.
   *
   * @return the item's name in later writes; empty if the claim does not hold
   */
  Optional<String> release(Claim claim, String step, String position);

  /**
   * Takes an item out of the quarantine in the caller's transaction, and locks the job's row until
   * the transaction ends. Waits for another transaction that is about to do the same.
   *
   * @param alone whether the transaction may change the job's row later. If so, it locks the row
   *     exclusively now; otherwise it shares the lock
   */
  Released releaseTx(
      Connection connection, FencedClaim fenced, String step, String position, boolean alone);

  /**
   * The result of releasing an item in a transaction.
   *
   * @param standing the state of the claim; if it is not held, the transaction is aborted
   * @param item the item's name in later writes; null if it was not put aside
   */
  record Released(Standing standing, @Nullable String item) {}

  /**
   * Moves the items that a step and its nested steps have put aside to another name.
   *
   * @return false if the claim does not hold
   */
  boolean rename(Claim claim, String from, String to);

  /**
   * Deletes the items that a step and its nested steps have put aside.
   *
   * @param step null for all steps
   * @return false if the claim does not hold
   */
  boolean forget(Claim claim, @Nullable String step);
}
