package dev.cairn.internal.postgres;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** How long a transaction of the leader waits for locks. */
final class LockWaits {
  /** Longer than a transaction needs that is about to commit. */
  static final Duration BRIEF = Duration.ofMillis(250);

  /**
   * A transaction that notifies waits, as it commits, for all others that do so at that time, and
   * each of them for its disk. There is nothing else to be done at a commit, so this wait is long.
   */
  private static final Duration COMMIT = Duration.ofSeconds(5);

  private LockWaits() {}

  private static final Sql LIMIT =
      Sql.of(
          "limit the waits for locks", "SELECT set_config('lock_timeout', :wait_ms::text, true)");

  /** From now on, the statements of this transaction wait only briefly for locks. */
  static void brief(Session session) {
    limit(session, BRIEF);
  }

  /** Call it before the commit of a transaction whose waits were brief. */
  static void untilCommit(Session session) {
    limit(session, COMMIT);
  }

  private static void limit(Session session, Duration most) {
    List<String> ignored =
        session.list(LIMIT, Map.of("wait_ms", most.toMillis()), row -> row.getString(1));
  }
}
