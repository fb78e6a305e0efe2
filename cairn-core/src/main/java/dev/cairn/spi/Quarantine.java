package dev.cairn.spi;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The items of a running job that were put aside, so that the other items can continue.
 * Thread-safe.
 */
public interface Quarantine {
  /** Puts an item aside, or updates its entry. Durable when it returns. */
  void put(String step, Item item);

  /**
   * The steps that have put items aside in earlier attempts, and whether an operator has requested
   * to process any of them again.
   */
  Map<String, Boolean> steps();

  /** The positions of the items that a step has put aside, in JSON. */
  List<String> positions(String step);

  /** Whether a step has put this item aside. */
  boolean isAside(String step, String position);

  /**
   * The next items of a step that an operator has requested to process again, without their errors:
   * up to 1,000 of them. Those that are put aside again or released are no longer among them.
   */
  List<Item> toRedrive(String step);

  /** Takes a finished item out of the quarantine. Does nothing if it is not put aside. */
  void release(String step, String position);

  /**
   * Releases an item in the transaction in which it is done: it is no longer put aside if and only
   * if that transaction commits. Waits for an earlier transaction that has released the item and
   * whose result is unknown. If the attempt has to stop, it does so after the commit, so that the
   * work of the transaction is kept.
   *
   * @return false if the item is not put aside, because an earlier transaction has done it
   */
  boolean releaseTx(Connection connection, String step, String position);

  /** Renames a step and the steps within it, for the items that they have put aside. */
  void rename(String from, String to);

  /**
   * Forgets the items that a step and the steps within it have put aside, because they start from
   * zero.
   */
  void forget(String step);

  /** Forgets all items that the job has put aside, because it starts from zero. */
  void forgetAll();

  /**
   * An item that was put aside. May get further components.
   *
   * @param position the position when the item is finished, as JSON
   * @param before the position before the item, as JSON; null if it is the first item
   * @param error why it was put aside
   * @param crashes how often the process died while it worked the item
   */
  record Item(String position, @Nullable String before, String error, int crashes) {}
}
