package dev.cairn.testing;

import dev.cairn.spi.Quarantine;
import dev.cairn.testing.Change.Release;
import java.sql.Connection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** The items that an attempt without a database puts aside. Thread-safe. */
final class MemoryQuarantine implements Quarantine {
  private final AttemptContext context;
  private final WorkersTransactions transactions;
  private final Map<String, Map<String, Item>> items = new LinkedHashMap<>();

  /**
   * @param earlier what earlier attempts have put aside, by step
   */
  MemoryQuarantine(
      AttemptContext context, WorkersTransactions transactions, Map<String, List<Item>> earlier) {
    this.context = context;
    this.transactions = transactions;
    earlier.forEach((step, aside) -> aside.forEach(item -> add(step, item)));
  }

  private synchronized void add(String step, Item item) {
    items.computeIfAbsent(step, name -> new LinkedHashMap<>()).put(item.position(), item);
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

  /**
   * Called before each change. A client writes it at once, and learns then that another client has
   * the job.
   */
  private void beforeChange(String call) {
    context.requireAlive(call);
    context.memory().requireHeld();
    context.memory().settle(null);
  }

  @Override
  public void put(String step, Item item) {
    beforeChange("put");
    add(step, item);
  }

  /** The steps that have items. None of them is to be redriven here. */
  @Override
  public Map<String, Boolean> steps() {
    context.requireAlive("steps");
    context.memory().settle(null);
    return items().keySet().stream().collect(Collectors.toMap(step -> step, step -> false));
  }

  @Override
  public List<String> positions(String step) {
    context.requireAlive("positions");
    context.memory().settle(null);
    return items().getOrDefault(step, List.of()).stream().map(Item::position).toList();
  }

  /** Empty, because no operator can ask for a redrive here. */
  @Override
  public List<Item> toRedrive(String step) {
    context.requireAlive("toRedrive");
    return List.of();
  }

  @Override
  public void release(String step, String position) {
    beforeChange("release");
    released(new Release(step, position));
  }

  /** Called when the release of an item was committed. */
  synchronized void released(Release release) {
    Map<String, Item> aside = items.get(release.step());
    if (aside != null) {
      aside.remove(release.position());
    }
  }

  @Override
  public boolean releaseTx(Connection connection, String step, String position) {
    context.requireAlive("releaseTx");
    DataSource ignored = context.requireDatabase("releasing an item in a transaction");
    context.memory().settle(connection);
    // An interruption waits until the transaction is committed, so that its work is kept.
    context.yieldUnlessWorkIsKept();
    transactions.requireHeld(connection, "an item that was put aside");
    if (!has(step, position)) {
      return false;
    }
    transactions.add(connection, new Release(step, position));
    return true;
  }

  @Override
  public boolean isAside(String step, String position) {
    context.requireAlive("isAside");
    context.memory().settle(null);
    return has(step, position);
  }

  private synchronized boolean has(String step, String position) {
    return items.getOrDefault(step, Map.of()).containsKey(position);
  }

  @Override
  public void rename(String from, String to) {
    beforeChange("rename");
    synchronized (this) {
      for (String name : List.copyOf(items.keySet())) {
        if (isWithin(name, from)) {
          items.put(to + name.substring(from.length()), items.remove(name));
        }
      }
    }
  }

  @Override
  public void forget(String step) {
    beforeChange("forget");
    synchronized (this) {
      items.keySet().removeIf(name -> isWithin(name, step));
    }
  }

  @Override
  public void forgetAll() {
    beforeChange("forgetAll");
    synchronized (this) {
      items.clear();
    }
  }

  private static boolean isWithin(String name, String step) {
    return name.equals(step) || name.startsWith(step + "/");
  }
}
