package dev.cairn.doctor;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What holds back autovacuum: transactions, prepared ones, and slots of replication. */
final class SessionChecks {
  private static final int LISTED = 5;

  private final Limits limits;

  SessionChecks(Limits limits) {
    this.limits = limits;
  }

  List<Check> all() {
    return List.of(
        new Check("transactions", this::transactions),
        new Check("prepared transactions", this::prepared),
        new Check("replication slots", SessionChecks::slots));
  }

  private List<Finding> transactions(ReadOnlyConnection database) throws SQLException {
    List<Finding> findings =
        new ArrayList<>(
            database.rows(
                """
                SELECT pid, usename, application_name, state,
                  extract(epoch FROM now() - xact_start)::bigint AS open,
                  EXISTS (
                    SELECT FROM pg_stat_progress_create_index AS progress
                    WHERE progress.pid = pg_stat_activity.pid
                  ) AS builds
                FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
                  AND now() - xact_start > ? * interval '1 millisecond'
                  AND (datname = current_database() OR backend_xmin IS NOT NULL)
                ORDER BY xact_start
                LIMIT ?
                """,
                SessionChecks::transaction,
                Limits.millis(limits.transaction()),
                LISTED));
    int hidden =
        database.row(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type IS NULL
              AND pid <> pg_backend_pid() AND %s
            """
                .formatted(Sessions.OF_CLIENTS),
            row -> row.getInt(1));
    if (findings.isEmpty()) {
      findings.add(
          Finding.ok(
              "transactions", "none is open for more than " + Words.clock(limits.transaction())));
    }
    if (hidden > 0) {
      findings.add(
          Finding.note(
              "transactions",
              "%d sessions of other roles are hidden from this role".formatted(hidden),
              "GRANT pg_read_all_stats TO the role that runs doctor"));
    }
    return findings;
  }

  private static Finding transaction(ResultSet row) throws SQLException {
    int pid = row.getInt("pid");
    String session =
        "session %d (%s, %s)"
            .formatted(pid, row.getString("usename"), row.getString("application_name"));
    String open = Words.clock(Duration.ofSeconds(row.getLong("open")));
    if (row.getBoolean("builds")) {
      // As the leader does it each night.
      return Finding.note(
          "transactions",
          "%s has been building an index for %s".formatted(session, open),
          "let it end: if it is terminated, it leaves an invalid index");
    }
    boolean idle = String.valueOf(row.getString("state")).startsWith("idle");
    String kill = "SELECT pg_terminate_backend(%d)".formatted(pid);
    return Finding.warning(
        "transactions",
        "%s %s for %s: no dead row is removed meanwhile"
            .formatted(session, idle ? "is idle in a transaction" : "has a transaction open", open),
        idle
            ? "end it: %s, and set idle_in_transaction_session_timeout".formatted(kill)
            : "look in pg_stat_activity for what it does: a dump of the database has to end by"
                + " itself. To end it: "
                + kill);
  }

  private List<Finding> prepared(ReadOnlyConnection database) throws SQLException {
    List<Finding> findings =
        database.rows(
            """
            SELECT gid, extract(epoch FROM now() - prepared)::bigint AS age
            FROM pg_prepared_xacts
            WHERE now() - prepared > ? * interval '1 millisecond'
            ORDER BY prepared
            LIMIT ?
            """,
            row ->
                Finding.warning(
                    "prepared transactions",
                    "transaction '%s' has been prepared for %s: it holds its locks and all dead rows"
                        .formatted(
                            row.getString("gid"),
                            Words.clock(Duration.ofSeconds(row.getLong("age")))),
                    "COMMIT PREPARED or ROLLBACK PREPARED it"),
            Limits.millis(limits.transaction()),
            LISTED);
    return findings.isEmpty()
        ? List.of(Finding.ok("prepared transactions", "none is old"))
        : findings;
  }

  private static List<Finding> slots(ReadOnlyConnection database) throws SQLException {
    List<Finding> findings =
        database.rows(
            """
            SELECT slot_name, greatest(age(xmin), age(catalog_xmin)) AS age
            FROM pg_replication_slots
            WHERE NOT active
            ORDER BY slot_name
            LIMIT ?
            """,
            row ->
                Finding.warning(
                    "replication slots",
                    "slot '%s' is not in use: the server keeps WAL, and maybe dead rows, for it"
                        .formatted(row.getString("slot_name")),
                    "start its consumer, or drop it with pg_drop_replication_slot"),
            LISTED);
    return findings.isEmpty()
        ? List.of(Finding.ok("replication slots", "all are in use, or there are none"))
        : findings;
  }
}
