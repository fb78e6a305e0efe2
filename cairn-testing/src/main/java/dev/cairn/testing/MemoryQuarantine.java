package dev.cairn.testing;

import dev.cairn.spi.Quarantine;
import java.sql.Connection;
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

  /** No attempt has come before that put anything aside. */
  @Override
  public Map<String, Boolean> steps() {
    return Map.of();
  }

  @Override
  public List<String> positions(String step) {
    return List.of();
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

  @Override
  public synchronized boolean releaseTx(Connection connection, String step, String position) {
    return items.getOrDefault(step, Map.of()).remove(position) != null;
  }

  @Override
  public synchronized void rename(String from, String to) {
    for (String name : List.copyOf(items.keySet())) {
      if (isWithin(name, from)) {
        items.put(to + name.substring(from.length()), items.remove(name));
      }
    }
  }

  @Override
  public synchronized void forget(String step) {
    items.keySet().removeIf(name -> isWithin(name, step));
  }

  @Override
  public synchronized void forgetAll() {
    items.clear();
  }

  private static boolean isWithin(String name, String step) {
    return name.equals(step) || name.startsWith(step + "/");
  }
}
