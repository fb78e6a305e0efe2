package dev.cairn.internal.work;

import dev.cairn.internal.store.FencedClaim.Follow;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/*
 * A failover or a restore loses the last commits of the database, however many. So a write that names
 * the last one before it names all of them. Of two writes that were under way at the same time nobody
 * knows which was committed first, and both have to be named until a later one has followed them.
 */

/** The writes of one attempt that the next one follows. Thread-safe. */
final class DurableWrites {
  private final List<Entry> last = new ArrayList<>();
  private long known;

  private record Entry(Follow write, long knownAs) {}

  /** What is sent now follows these. */
  synchronized List<Follow> follows() {
    return last.isEmpty() ? List.of() : last.stream().map(Entry::write).toList();
  }

  /** Taken before a statement is sent, and given back when it is known to be durable. */
  synchronized long mark() {
    return known;
  }

  /**
   * A write is known to be durable. It has followed all that was known when it was sent.
   *
   * @param mark as it was when the statement was sent
   */
  synchronized void add(Follow write, long mark) {
    last.removeIf(entry -> entry.knownAs() <= mark || isOlder(entry.write(), write));
    last.add(new Entry(write, ++known));
  }

  private static boolean isOlder(Follow write, Follow newer) {
    return write.name().equals(newer.name()) && Objects.equals(write.item(), newer.item());
  }

  /** A write is there no more, by a later one. */
  synchronized void remove(Follow write) {
    last.removeIf(entry -> entry.write().equals(write));
  }

  /** All that was written has been replaced, in a statement that is durable now. */
  synchronized void replaced(List<Follow> writes) {
    last.clear();
    if (!writes.isEmpty()) {
      last.add(new Entry(writes.getLast(), ++known));
    }
  }
}
