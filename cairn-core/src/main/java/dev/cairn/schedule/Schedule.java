package dev.cairn.schedule;

import java.time.Instant;
import java.util.Optional;

/** Says when a periodic job is due. Immutable. */
@FunctionalInterface
public interface Schedule {
  /** The first moment strictly after another one; empty if there is none. */
  Optional<Instant> next(Instant after);
}
