package dev.cairn.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Items of a running job that were put aside, so that the others go on (R20). Thread-safe. */
public interface Quarantine {
  /** Puts an item aside, or renews what is said of it. Durable when it returns. */
  void put(String step, Item item);

  /** The items of a step that an operator wants to be done again. */
  List<Item> toRedrive(String step);

  /** An item is done, and no longer put aside. */
  void release(String step, String position);

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
