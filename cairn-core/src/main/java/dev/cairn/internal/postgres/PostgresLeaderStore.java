package dev.cairn.internal.postgres;

import dev.cairn.internal.store.LeaderStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** The leader election in River's table of one row. */
final class PostgresLeaderStore implements LeaderStore {
  private final Database database;

  PostgresLeaderStore(Database database) {
    this.database = database;
  }

  // The row of a leader whose term has ended is updated in place: deleting it in the same statement
  // would still conflict with the insert. A term that ends later than any leader would extend it
  // was written while a clock was wrong. Its leader gets one more term, and can extend that term if
  // it is alive.
  //
  // A conflict locks the row even if it changes nothing, until the commit is on disk. So the
  // statement looks first without a lock: otherwise, the clients of a large fleet, which cannot win
  // while another one leads, would keep the leader from prolonging its term.
  //
  // This statement and the next one do not wait long for the row: a River client runs the election
  // in a transaction of several statements, and its host may vanish in between.
  private static final Sql ELECT =
      Sql.of(
          "elect a leader",
          Template.of(
                  """
                  WITH {brief_waits},
                  elected AS (
                    INSERT INTO {schema}.river_leader AS leader (leader_id, elected_at, expires_at)
                    SELECT :client_id, now(), now() + :ttl_ms * interval '1 millisecond'
                    FROM setting
                    WHERE NOT EXISTS (
                      SELECT FROM {schema}.river_leader AS current_leader
                      WHERE current_leader.expires_at
                        BETWEEN now() AND now() + 10 * :ttl_ms * interval '1 millisecond'
                    )
                    ON CONFLICT (name) DO UPDATE
                    SET leader_id = CASE WHEN leader.expires_at < now()
                          THEN excluded.leader_id ELSE leader.leader_id END,
                        elected_at = CASE WHEN leader.expires_at < now()
                          THEN excluded.elected_at ELSE leader.elected_at END,
                        expires_at = excluded.expires_at
                    WHERE leader.expires_at < now()
                      OR leader.expires_at > now() + 10 * :ttl_ms * interval '1 millisecond'
                    RETURNING elected_at
                  )
                  SELECT elected_at FROM elected WHERE elected_at = now()
                  """)
              .with("brief_waits", Fragments.BRIEF_WAITS)
              .sql());

  @Override
  public Optional<Instant> elect(String clientId, Duration timeToLive) {
    return database
        .list(
            ELECT,
            Map.of("client_id", clientId, "ttl_ms", timeToLive.toMillis()),
            row -> Rows.instant(row, 1))
        .stream()
        .findFirst();
  }

  /** A term lasts seven times as long, so a leader can wait for a commit of another session. */
  private static final Duration PROLONG_WAIT = Duration.ofSeconds(2);

  private static final Sql REELECT =
      Sql.of(
          "prolong leadership",
          Template.of(
                  """
                  WITH {setting}
                  UPDATE {schema}.river_leader
                  SET expires_at = now() + :ttl_ms * interval '1 millisecond'
                  FROM setting
                  WHERE leader_id = :client_id AND elected_at = :elected_at AND expires_at >= now()
                  """)
              .with("setting", Fragments.lockWaits(PROLONG_WAIT))
              .sql());

  @Override
  public boolean reelect(String clientId, Instant electedAt, Duration timeToLive) {
    return database.update(
            REELECT,
            Map.of("client_id", clientId, "elected_at", electedAt, "ttl_ms", timeToLive.toMillis()))
        > 0;
  }

  private static final Sql CURRENT =
      Sql.of(
          "read the current leader",
          "SELECT leader_id FROM {schema}.river_leader WHERE expires_at >= now()");

  @Override
  public Optional<String> current() {
    return database.list(CURRENT, Map.of(), row -> row.getString(1)).stream().findFirst();
  }

  private static final Sql RESIGN =
      Sql.of(
          "resign leadership",
          Template.of(
                  """
                  WITH {brief_waits},
                  resigned AS (
                    DELETE FROM {schema}.river_leader AS leader
                    USING setting
                    WHERE leader.leader_id = :client_id AND leader.elected_at = :elected_at
                    RETURNING leader.leader_id
                  )
                  SELECT pg_notify(:channel,
                    json_build_object('leader_id', leader_id, 'action', 'resigned')::text)
                  FROM resigned
                  """)
              .with("brief_waits", Fragments.BRIEF_WAITS)
              .sql());

  @Override
  public void resign(String clientId, Instant electedAt) {
    database.list(
        RESIGN,
        Map.of(
            "client_id",
            clientId,
            "elected_at",
            electedAt,
            "channel",
            database.schema().channel("river_leadership")),
        row -> true);
  }
}
