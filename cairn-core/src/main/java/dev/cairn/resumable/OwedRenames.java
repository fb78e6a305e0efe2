package dev.cairn.resumable;

import dev.cairn.JobInterruption;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The renamed steps whose rows still have the old names. The new names are written together: before
 * anything else is written under one of them, and when the attempt ends. Thread-safe.
 */
final class OwedRenames {
  /** The names of rows that have to go. */
  private final Set<String> gone = new LinkedHashSet<>();

  /** The names of the rows that take their place. */
  private final Set<String> renamed = new LinkedHashSet<>();

  /** Notes that a checkpoint has another name. A new name may be the old one of another step. */
  synchronized void owe(String old, String name) {
    renamed.remove(old);
    gone.add(old);
    gone.remove(name);
    renamed.add(name);
  }

  /** Whether the row of this new name is not yet written. */
  synchronized boolean isOwed(String name) {
    return renamed.contains(name);
  }

  private synchronized Set<String> gone() {
    return Set.copyOf(gone);
  }

  private synchronized List<String> renamed() {
    return List.copyOf(renamed);
  }

  private synchronized void settled() {
    gone.clear();
    renamed.clear();
  }

  /** Writes the renamed checkpoints, if there are any. */
  void settle(Checkpoints checkpoints, Function<String, @Nullable Checkpoint> saved) {
    List<Checkpoint> now =
        renamed().stream().flatMap(name -> Stream.ofNullable(saved.apply(name))).toList();
    if (!now.isEmpty()) {
      checkpoints.rename(gone(), now);
      settled();
    }
  }

  /** As {@link #settle}, if that is possible: what ends the attempt is what counts. */
  void settleAtEnd(
      Checkpoints checkpoints, Function<String, @Nullable Checkpoint> saved, Throwable end) {
    var said = new ForeignFailure(end);
    if (said.find(StoreUnavailableException.class) != null) {
      return;
    }
    try {
      settle(checkpoints, saved);
    } catch (RuntimeException | JobInterruption e) {
      said.suppress(e);
    }
  }
}
