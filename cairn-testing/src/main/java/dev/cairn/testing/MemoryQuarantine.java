package dev.cairn.testing;

import dev.cairn.spi.Quarantine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The items that an attempt without a database puts aside. Thread-safe. */
final class MemoryQuarantine implements Quarantine {
  private final Map<String, Map<String, Item>> items = new LinkedHashMap<>();

  @Override
  public synchronized void put(String step, Item item) {
    items.computeIfAbsent(step, name -> new LinkedHashMap<>()).put(item.position(), item);
  }

  /** Nobody wants that here. */
  @Override
  public List<Item> toRedrive(String step) {
    return List.of();
  }

  @Override
  public synchronized void release(String step, String position) {
    items.getOrDefault(step, Map.of()).remove(position);
  }
}
