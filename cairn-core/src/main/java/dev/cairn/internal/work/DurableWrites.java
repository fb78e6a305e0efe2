package dev.cairn.internal.work;

import dev.cairn.internal.store.FencedClaim.Follow;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/*
 * A failover or a restore may lose many commits, but always the last ones: if a commit is still
 * there, so are all earlier ones. So a write only has to name the last write before it, which
 * stands for all earlier ones. If two writes were in progress at the same time, it is unknown which
 * was committed first. Both have to be named until a later write has followed them.
 */

/** The writes of one attempt that its next write follows. Thread-safe. */
final class DurableWrites {
  private final List<Entry> last = new ArrayList<>();
  private long known;

  private record Entry(Follow write, long knownAs) {}

  /** The writes that the next statement follows. */
  synchronized List<Follow> follows() {
    return last.isEmpty() ? List.of() : last.stream().map(Entry::write).toList();
  }

  /**
   * A mark to take before a statement is sent. Pass it to {@link #add} when the statement is known
   * to be durable.
   */
  synchronized long mark() {
    return known;
  }

  /**
   * Records that a write is durable. It has followed all writes that were known when it was sent.
   *
   * @param mark the mark from before the statement was sent
   */
  synchronized void add(Follow write, long mark) {
    last.removeIf(entry -> entry.knownAs() <= mark || isOlder(entry.write(), write));
    last.add(new Entry(write, ++known));
  }

  private static boolean isOlder(Follow write, Follow newer) {
    return write.name().equals(newer.name()) && Objects.equals(write.item(), newer.item());
  }

  /** Removes a write that a later one has deleted. */
  synchronized void remove(Follow write) {
    last.removeIf(entry -> entry.write().equals(write));
  }

  /**
   * Notes that a durable statement has replaced all earlier writes by these. One of them stands for
   * all, because one statement has written them.
   */
  synchronized void replaced(List<Follow> writes) {
    last.clear();
    if (!writes.isEmpty()) {
      last.add(new Entry(writes.getLast(), ++known));
    }
  }
}
