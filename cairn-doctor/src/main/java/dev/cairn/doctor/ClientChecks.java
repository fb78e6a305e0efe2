package dev.cairn.doctor;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The clients: whether any is alive, whether one leads, and whether they have connections. */
final class ClientChecks {
  /** A client keeps two connections and needs more for a moment. */
  private static final int CONNECTIONS = 3;

  private static final int LISTED = 5;

  private ClientChecks() {}

  static List<Check> all() {
    return List.of(
        new Check("clients", ClientChecks::clients),
        new Check("leader", ClientChecks::leader),
        new Check("pools", ClientChecks::pools));
  }

  private static int alive(ReadOnlyConnection database) throws SQLException {
    // A row that no client writes may have a timeout that cannot be subtracted from a time.
    return database.row(
        """
        SELECT count(*) FROM cairn_client
        WHERE CASE WHEN extract(epoch FROM timeout) BETWEEN 0.001 AND 1e9
          THEN heartbeat_at > now() - timeout ELSE false END
        """,
        row -> row.getInt(1));
  }

  private static List<Finding> clients(ReadOnlyConnection database) throws SQLException {
    var findings = new ArrayList<Finding>();
    int alive = alive(database);
    findings.add(
        alive == 0
            ? Finding.problem(
                "clients",
                "no client of Cairn is alive",
                "start a program that works jobs, or check its log")
            : Finding.ok("clients", "%d %s alive".formatted(alive, alive == 1 ? "is" : "are")));
    // A client that signs off lets its timeout end at once.
    findings.addAll(
        database.rows(
            """
            SELECT id, extract(epoch FROM now()
                - greatest(heartbeat_at, '2000-01-01 00:00:00+00'))::bigint AS silent
            FROM cairn_client
            WHERE CASE WHEN extract(epoch FROM timeout) BETWEEN 0.001 AND 1e9
              THEN heartbeat_at <= now() - timeout ELSE false END
            ORDER BY heartbeat_at DESC
            LIMIT ?
            """,
            row ->
                Finding.note(
                    "clients",
                    "client %s has not sent a heartbeat for %s"
                        .formatted(
                            row.getString("id"),
                            Words.clock(Duration.ofSeconds(row.getLong("silent")))),
                    "if it should be running, check that its process is alive and reaches the"
                        + " database"),
            LISTED));
    return findings;
  }

  private static List<Finding> leader(ReadOnlyConnection database) throws SQLException {
    List<String> leaders =
        database.rows(
            "SELECT leader_id FROM river_leader WHERE expires_at > now()", row -> row.getString(1));
    return List.of(
        leaders.isEmpty()
            ? Finding.problem(
                "leader",
                "no client leads: scheduled and failed jobs do not become due",
                "start a client that may lead; if one is running, check its log")
            : Finding.ok("leader", "client %s leads".formatted(leaders.getFirst())));
  }

  private static List<Finding> pools(ReadOnlyConnection database) throws SQLException {
    int alive = alive(database);
    int open =
        database.row(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND %s
            """
                .formatted(Sessions.OF_CLIENTS),
            row -> row.getInt(1));
    String text = "%d alive clients, %d connections to this database".formatted(alive, open);
    return List.of(
        open < CONNECTIONS * alive
            ? Finding.warning(
                "pools",
                text + ": some have no pool, or a very small one",
                "give each client a pool with five connections more than its jobs need")
            : Finding.ok("pools", text));
  }
}
