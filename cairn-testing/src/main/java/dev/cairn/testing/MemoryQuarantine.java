package dev.cairn.testing;

import dev.cairn.spi.Quarantine;
import java.sql.Connection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The items that an attempt without a database puts aside. Thread-safe. */
final class MemoryQuarantine implements Quarantine {
  private final Map<String, Map<String, Item>> items = new LinkedHashMap<>();

  /**
   * @param earlier what earlier attempts have put aside, by step
   */
  MemoryQuarantine(Map<String, List<Item>> earlier) {
    earlier.forEach((step, aside) -> aside.forEach(item -> put(step, item)));
  }

  /** What is put aside now, by step. */
  synchronized Map<String, List<Item>> items() {
    var all = new LinkedHashMap<String, List<Item>>();
    items.forEach((step, aside) -> {
      if (!aside.isEmpty()) {
        all.put(step, List.copyOf(aside.values()));
      }
    });
    return all;
  }

  @Override
  public synchronized void put(String step, Item item) {
    items.computeIfAbsent(step, name -> new LinkedHashMap<>()).put(item.position(), item);
  }

  /** Nobody wants them to be processed again here. */
  @Override
  public synchronized Map<String, Boolean> steps() {
    return items().keySet().stream().collect(Collectors.toMap(step -> step, step -> false));
  }

  @Override
  public synchronized List<String> positions(String step) {
    return List.copyOf(items.getOrDefault(step, Map.of()).keySet());
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
