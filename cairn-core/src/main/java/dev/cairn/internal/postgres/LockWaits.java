package dev.cairn.internal.postgres;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** How long a transaction of the leader waits for locks. */
final class LockWaits {
  /** Enough time for a transaction that is about to commit. */
  static final Duration BRIEF = Duration.ofMillis(250);

  /**
   * At its commit, a transaction that notifies waits for all other notifying transactions that are
   * committing, and each of these waits for its disk. Nothing else is left to do at a commit, so
   * this wait may be long.
   */
  private static final Duration COMMIT = Duration.ofSeconds(5);

  private LockWaits() {}

  private static final Sql LIMIT =
      Sql.of(
          "limit the waits for locks", "SELECT set_config('lock_timeout', :wait_ms::text, true)");

  /** Limits how long the next statements of this transaction wait for locks. */
  static void brief(Session session) {
    limit(session, BRIEF);
  }

  /**
   * Allows longer waits. To be called before the commit of a transaction whose waits were brief.
   */
  static void untilCommit(Session session) {
    limit(session, COMMIT);
  }

  private static void limit(Session session, Duration most) {
    List<String> ignored =
        session.list(LIMIT, Map.of("wait_ms", most.toMillis()), row -> row.getString(1));
  }
}
