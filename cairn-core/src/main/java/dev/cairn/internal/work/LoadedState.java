package dev.cairn.internal.work;

import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints.Saved;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The saved state that an attempt has loaded, with the renames that the attempt has made since. The
 * cost of a rename grows only with the number of checkpoints that it renames. Not thread-safe.
 */
final class LoadedState {
  private Saved saved;

  /**
   * The renamed checkpoints, by their new names. {@code saved} still has them under their old
   * names.
   */
  private final Map<String, Checkpoint> renamed = new LinkedHashMap<>();

  /** The old names of the renamed checkpoints. */
  private final Set<String> gone = new HashSet<>();

  LoadedState(Saved saved) {
    this.saved = saved;
  }

  Saved saved() {
    if (!renamed.isEmpty()) {
      Stream<Checkpoint> kept =
          saved.checkpoints().stream()
              .filter(each -> !gone.contains(each.name()) && !renamed.containsKey(each.name()));
      saved =
          with(Stream.concat(kept, renamed.values().stream()).toList(), saved.metadataIsNewer());
      renamed.clear();
      gone.clear();
    }
    return saved;
  }

  private Saved with(List<Checkpoint> checkpoints, boolean metadataIsNewer) {
    return new Saved(checkpoints, metadataIsNewer, saved.hasItemsAside());
  }

  /** Notes that the attempt has replaced the whole state. */
  void replaced(List<Checkpoint> state) {
    renamed.clear();
    gone.clear();
    saved = with(state, false);
  }

  /** Notes that the attempt has renamed checkpoints. */
  void renamed(Set<String> old, List<Checkpoint> now) {
    for (String name : old) {
      renamed.remove(name);
      gone.add(name);
    }
    for (Checkpoint checkpoint : now) {
      renamed.put(checkpoint.name(), checkpoint);
      gone.remove(checkpoint.name());
    }
  }
}
