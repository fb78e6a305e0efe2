package dev.cairn.internal.upkeep;

import java.util.List;
import java.util.function.Consumer;

/** The jobs that the maintenance of a client discards, for who reports them. Thread-safe. */
final class Discards {
  private volatile Consumer<List<Long>> report = ids -> {};

  void whenNoted(Consumer<List<Long>> action) {
    report = action;
  }

  /** Notes jobs, by their ids, that may have been discarded just now. */
  void note(List<Long> ids) {
    if (!ids.isEmpty()) {
      report.accept(ids);
    }
  }
}
