package dev.cairn.dashboard.internal.read;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The clients, and what runs in their names. */
public final class Clients {
  private static final int CLIENTS_MAX = 1_000;
  private static final int RUNNING_MAX = 10_000;
  private static final int KINDS_MAX = 20;

  private Clients() {}

  /**
   * A client.
   *
   * @param alive whether its last heartbeat is young enough
   * @param signedOff whether it has stopped in good order
   * @param running how many jobs run in its name, of those that were counted
   * @param atLeast whether more jobs run than were counted
   */
  public record Client(
      String id,
      Instant startedAt,
      Instant heartbeatAt,
      boolean alive,
      boolean signedOff,
      long running,
      boolean atLeast,
      List<KindCount> kinds) {
    /** Whether it has died, and nobody has taken all its jobs over yet. */
    public boolean isDeadWithJobs() {
      return !alive && running > 0;
    }
  }

  /** How many jobs of a kind. */
  public record KindCount(String kind, long n) {}

  private record Row(
      String id, Instant startedAt, Instant heartbeatAt, boolean alive, boolean signedOff) {}

  private record Running(String client, String kind, long n) {}

  /**
   * Which clients are alive.
   *
   * @param number how many, up to a thousand
   * @param isAlive whether the client is that was asked for; null if it is none of Cairn's
   */
  public record Alive(int number, @Nullable Boolean isAlive) {}

  private static final String IS_ALIVE =
      """
      CASE WHEN extract(epoch FROM client.timeout) BETWEEN 0.001 AND 1e9
        THEN client.heartbeat_at > now() - client.timeout ELSE false END\
      """;

  /** Which clients are alive, without a look at their jobs. */
  public static Alive alive(Snapshot snapshot, @Nullable String asked) throws SQLException {
    return snapshot
        .first(
            """
            SELECT
              (
                SELECT count(*)
                FROM (
                  SELECT FROM {schema}.cairn_client AS client WHERE {is_alive} LIMIT :most
                ) AS living
              ) AS living,
              (
                SELECT {is_alive} FROM {schema}.cairn_client AS client
                WHERE client.id = :asked AND isfinite(client.heartbeat_at)
              ) AS is_alive
            """
                .replace("{is_alive}", IS_ALIVE),
            Map.of("most", CLIENTS_MAX, "asked", asked == null ? "" : asked),
            row -> {
              boolean alive = row.getBoolean("is_alive");
              return new Alive(row.getInt("living"), row.wasNull() ? null : alive);
            })
        .orElseThrow();
  }

  /**
   * All clients, by their ids.
   *
   * @param more whether there are further clients
   */
  public record All(List<Client> clients, boolean more) {}

  /**
   * All clients: if there are too many, those that are alive, and the one that is asked for.
   *
   * @param asked the id of a client; null for none in particular
   */
  public static All list(Snapshot snapshot, @Nullable String asked) throws SQLException {
    List<Row> rows =
        snapshot.list(
            """
            SELECT * FROM (
              SELECT client.id, client.started_at, client.heartbeat_at, %s AS alive,
                client.timeout = interval '0' AS signed_off
              FROM {schema}.cairn_client AS client
              WHERE isfinite(client.started_at) AND isfinite(client.heartbeat_at)
            ) AS client
            ORDER BY client.id = :asked DESC, client.alive DESC, client.signed_off, client.heartbeat_at DESC, client.id
            LIMIT :most
            """
                .formatted(IS_ALIVE),
            Map.of("most", CLIENTS_MAX + 1, "asked", asked == null ? "" : asked),
            row ->
                new Row(
                    row.getString("id"),
                    Snapshot.requiredTime(row, "started_at"),
                    Snapshot.requiredTime(row, "heartbeat_at"),
                    row.getBoolean("alive"),
                    row.getBoolean("signed_off")));
    List<Running> counted = running(snapshot);
    boolean atLeast = counted.stream().mapToLong(Running::n).sum() >= RUNNING_MAX;
    var running = new LinkedHashMap<String, List<Running>>();
    for (Running each : counted) {
      running.computeIfAbsent(each.client(), id -> new ArrayList<>()).add(each);
    }
    return new All(
        rows.stream()
            .limit(CLIENTS_MAX)
            .map(row -> client(row, running.getOrDefault(row.id(), List.of()), atLeast))
            .sorted(Comparator.comparing(Client::id))
            .toList(),
        rows.size() > CLIENTS_MAX);
  }

  private static Client client(Row row, List<Running> running, boolean atLeast) {
    return new Client(
        row.id(),
        row.startedAt(),
        row.heartbeatAt(),
        row.alive(),
        row.signedOff(),
        running.stream().mapToLong(Running::n).sum(),
        atLeast,
        running.stream()
            .limit(KINDS_MAX)
            .map(each -> new KindCount(each.kind(), each.n()))
            .toList());
  }

  private static List<Running> running(Snapshot snapshot) throws SQLException {
    return snapshot.list(
        """
        SELECT coalesce(runs.client, '') AS client, runs.kind, count(*) AS n
        FROM (
          SELECT job.attempted_by[array_upper(job.attempted_by, 1)] AS client, job.kind
          FROM {schema}.river_job AS job
          WHERE job.state = 'running'
          ORDER BY job.queue, job.priority, job.scheduled_at, job.id
          LIMIT :most
        ) AS runs
        GROUP BY runs.client, runs.kind
        ORDER BY n DESC, runs.kind
        """,
        Map.of("most", RUNNING_MAX),
        row -> new Running(row.getString("client"), row.getString("kind"), row.getLong("n")));
  }
}
