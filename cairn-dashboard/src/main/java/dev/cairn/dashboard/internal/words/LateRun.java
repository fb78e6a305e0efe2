package dev.cairn.dashboard.internal.words;

import dev.cairn.dashboard.internal.read.Overviews;
import dev.cairn.dashboard.internal.read.Periodics.Due;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why a durable periodic job was not inserted although it is due. */
public final class LateRun {
  /** A leader looks at its periodic jobs every 30 s, and a new one takes over within 15 s. */
  static final Duration PATIENCE = Duration.ofMinutes(1);

  private LateRun() {}

  /**
   * A sentence; empty if the run is not late.
   *
   * @param leader the client that leads; null if none does
   */
  public static Optional<String> of(Due due, @Nullable String leader, Instant now) {
    if (!due.nextRunAt().isBefore(now.minus(PATIENCE))) {
      return Optional.empty();
    }
    return Optional.of(
        leader == null
            ? "No client leads, so nothing inserts it."
            : leader.equals(Overviews.LEADER_UNKNOWN)
                ? "Whether a client leads is not known here, because the dashboard reads a replica."
                : ("%s leads and has not inserted it: either it does not know this periodic job, or its"
                        + " log says with CAIRN-526 why the insertion fails.")
                    .formatted(Words.name(leader)));
  }
}
