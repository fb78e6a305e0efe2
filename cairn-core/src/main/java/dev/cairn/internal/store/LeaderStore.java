package dev.cairn.internal.store;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The election of the one client that runs the upkeep, by River's rules. */
public interface LeaderStore {
  /**
   * Becomes leader if there is no leader whose term has not ended.
   *
   * @return when this term began, which identifies it; empty if another client leads
   * @throws ContendedException if another session holds the row for longer than a moment
   */
  Optional<Instant> elect(String clientId, Duration timeToLive);

  /**
   * Extends a term; false if the term is over.
   *
   * @throws ContendedException if another session holds the row for two seconds
   */
  boolean reelect(String clientId, Instant electedAt, Duration timeToLive);

  /** The id of the client whose term has not ended; empty if there is none. */
  Optional<String> current();

  /** Ends a term and tells the other clients. */
  void resign(String clientId, Instant electedAt);
}
