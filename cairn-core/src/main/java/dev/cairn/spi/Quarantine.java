package dev.cairn.spi;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Items of a running job that were put aside, so that the others go on (R20). Thread-safe. */
public interface Quarantine {
  /** Puts an item aside, or renews what is said of it. Durable when it returns. */
  void put(String step, Item item);

  /**
   * The steps that have put items aside in earlier attempts, with whether an operator wants any of
   * them to be done again.
   */
  Map<String, Boolean> steps();

  /** The positions of the items that a step has put aside, in JSON. */
  List<String> positions(String step);

  /** The items of a step that an operator wants to be done again. */
  List<Item> toRedrive(String step);

  /** An item is done, and no longer put aside. Nothing happens if it is not put aside. */
  void release(String step, String position);

  /**
   * Takes an item back in the transaction in which it is done: if and only if that commits it is no
   * longer put aside. Waits for an earlier transaction that has done so and is not known to be
   * committed.
   *
   * @return false if it is not put aside: an earlier transaction has done it
   */
  boolean releaseTx(Connection connection, String step, String position);

  /** A step, and those within it, go on under another name: so do the items they have put aside. */
  void rename(String from, String to);

  /** A step, and those within it, begin anew: what they have put aside is forgotten. */
  void forget(String step);

  /** The job begins from zero: all that it has put aside is forgotten. */
  void forgetAll();

  /**
   * An item that was put aside.
   *
   * @param position JSON: where one is when it is finished
   * @param before JSON: the position before it; null if it is the first item
   * @param error why it was put aside
   * @param crashes how often a process was seen to die of it
   */
  record Item(String position, @Nullable String before, String error, int crashes) {}
}
