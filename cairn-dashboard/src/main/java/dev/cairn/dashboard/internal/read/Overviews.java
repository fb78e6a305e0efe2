package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What there is in all, within bounds: states, queues, what is put aside. */
public final class Overviews {
  /** As many jobs of a state, or of a state and a queue, are counted. */
  public static final int COUNTED_MAX = 10_000;

  private static final int PLACES_MAX = 500;
  private static final int COUNTED_IN_ALL = 60_000;
  private static final int QUEUES_MAX = 500;
  private static final int RECENT = 10_000;
  private static final int KINDS_MAX = 200;

  private Overviews() {}

  public static Instant now(Snapshot snapshot) throws SQLException {
    return snapshot
        .first("SELECT now() AS now", Map.of(), row -> Snapshot.requiredTime(row, "now"))
        .orElseThrow();
  }

  /** How many jobs there are in each state, up to ten thousand. */
  public static Map<JobState, Long> states(Snapshot snapshot) throws SQLException {
    String sql =
        Stream.of(JobState.values())
            .map(state ->
                """
                SELECT '{state}' AS state, count(*) AS jobs
                FROM (
                  SELECT FROM {schema}.river_job AS job
                  WHERE job.state = '{state}'
                  ORDER BY job.queue, job.priority, job.scheduled_at, job.id
                  LIMIT :most
                ) AS counted
                """
                    .replace("{state}", state.label()))
            .collect(Collectors.joining("UNION ALL\n"));
    var counts = new EnumMap<JobState, Long>(JobState.class);
    snapshot
        .list(
            sql,
            Map.of("most", COUNTED_MAX),
            row -> Map.entry(JobState.ofLabel(row.getString(1)), row.getLong(2)))
        .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
    return counts;
  }

  /**
   * A queue.
   *
   * @param known whether clients have worked it within the last day
   * @param seen how long ago a client has last said that it works it, or somebody has paused,
   *     resumed or changed it; null if it is not known
   * @param jobs by state; none for completed and cancelled jobs
   * @param oldestWaiting for how long the oldest available job has been due
   * @param notMadeAvailable for how long a scheduled or retryable job has been due; zero if none is
   */
  public record Queue(
      String name,
      boolean known,
      @Nullable Instant pausedAt,
      @Nullable String pausedBy,
      @Nullable String pauseReason,
      @Nullable Instant createdAt,
      @Nullable Instant updatedAt,
      @Nullable Duration seen,
      String metadata,
      Map<JobState, Long> jobs,
      @Nullable Duration oldestWaiting,
      Duration notMadeAvailable) {}

  /**
   * All queues.
   *
   * @param countedUpTo as many jobs of a queue and state were counted
   * @param complete whether a queue that has no number for a state has no such jobs; otherwise
   *     there were too many queues to look at all
   * @param more whether there are further queues. Of those with a row, the paused ones come first:
   *     if one that is not paused is here, none of the further ones is
   */
  public record Queues(List<Queue> queues, long countedUpTo, boolean complete, boolean more) {}

  private static final String COUNTED_STATES =
      """
      unnest(ARRAY['available', 'discarded', 'pending', 'retryable', 'running', 'scheduled']
        ::{schema}.river_job_state[]) AS counted (state)\
      """;

  // It jumps from queue to queue in the index of claims.
  private static final String ALL_PLACES =
      """
        SELECT counted.state, first.queue
        FROM %s
        CROSS JOIN LATERAL (
          SELECT job.queue FROM {schema}.river_job AS job
          WHERE job.state = counted.state
          ORDER BY job.queue
          LIMIT 1
        ) AS first
        UNION ALL
        SELECT found.state, following.queue
        FROM found
        CROSS JOIN LATERAL (
          SELECT job.queue FROM {schema}.river_job AS job
          WHERE job.state = found.state AND job.queue > found.queue
          ORDER BY job.queue
          LIMIT 1
        ) AS following
      """
          .formatted(COUNTED_STATES);

  private static final String PLACES_OF_ONE =
      "SELECT counted.state, :queue::text FROM " + COUNTED_STATES;

  // It counts the entries of each queue up to a number that shrinks with the number of queues.
  private static final String COUNTS =
      """
      WITH RECURSIVE found (state, queue) AS (
      %s),
      place AS MATERIALIZED (SELECT state, queue FROM found LIMIT :places_max),
      bound AS MATERIALIZED (
        SELECT least(:jobs_max, :in_all / greatest(count(*), 1)) AS jobs FROM place
      )
      SELECT place.queue, place.state::text AS state, bound.jobs AS bound,
        (
          SELECT count(*)
          FROM (
            SELECT FROM {schema}.river_job AS job
            WHERE job.state = place.state AND job.queue = place.queue
            ORDER BY job.priority
            LIMIT (SELECT jobs FROM bound)
          ) AS counted
        ) AS jobs,
        (
          SELECT (extract(epoch FROM now() - greatest(
            least(min(oldest.scheduled_at), now()), '2000-01-01 00:00:00+00')) * 1000)::bigint
          FROM generate_series(1, 4) AS priority (value)
          CROSS JOIN LATERAL (
            SELECT job.scheduled_at FROM {schema}.river_job AS job
            WHERE job.state = place.state AND job.queue = place.queue
              AND job.priority = priority.value
            ORDER BY job.scheduled_at
            LIMIT 1
          ) AS oldest
          WHERE place.state IN ('available', 'retryable', 'scheduled')
          HAVING count(*) > 0
        ) AS waiting_ms
      FROM place, bound
      """;

  private record Counted(
      String queue, JobState state, long jobs, long bound, @Nullable Duration waiting) {}

  private record Known(
      @Nullable Instant pausedAt,
      @Nullable String pausedBy,
      @Nullable String reason,
      Instant createdAt,
      Instant updatedAt,
      Duration seen,
      String metadata) {}

  /**
   * Who has paused a queue and why. The dashboard leaves a note with the time of the pause; a note
   * of an earlier pause stays if others resume the queue.
   */
  static final String PAUSE_NOTE =
      """
      LEFT JOIN LATERAL (
        SELECT queue.metadata -> 'cairn:paused' AS note
        WHERE queue.metadata #>> '{cairn:paused,at}'
          = to_char(queue.paused_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
      ) AS pause ON true\
      """;

  private static final String KNOWN =
      """
      SELECT queue.name, queue.paused_at, queue.created_at, queue.updated_at,
        left(pause.note ->> 'by', 200) AS paused_by,
        left(pause.note ->> 'reason', 1000) AS reason,
        left(queue.metadata::text, 10000) AS metadata,
        (extract(epoch FROM least(greatest(now() - queue.updated_at, interval '0'),
          interval '1000 days')) * 1000)::bigint AS seen_ms
      FROM {schema}.river_queue AS queue
      """
          + PAUSE_NOTE
          + "\n";

  public static Queues queues(Snapshot snapshot) throws SQLException {
    List<Counted> counted =
        snapshot.list(COUNTS.formatted(ALL_PLACES), bounds(), Overviews::counted);
    var known = new TreeMap<String, Known>();
    List<Map.Entry<String, Known>> rows =
        snapshot.list(
            KNOWN + "ORDER BY (queue.paused_at IS NULL), queue.name\nLIMIT :most",
            Map.of("most", QUEUES_MAX + 1),
            row -> Map.entry(row.getString("name"), known(row)));
    rows.stream().limit(QUEUES_MAX).forEach(entry -> known.put(entry.getKey(), entry.getValue()));
    var names = new TreeMap<String, Boolean>();
    counted.forEach(each -> names.put(each.queue(), true));
    known.keySet().forEach(name -> names.put(name, true));
    return new Queues(
        names.keySet().stream().map(name -> queue(name, known.get(name), counted)).toList(),
        countedUpTo(counted),
        counted.size() < PLACES_MAX,
        rows.size() > QUEUES_MAX);
  }

  /** One queue, however many there are; none if it has no row. */
  public static Queues queue(Snapshot snapshot, String name) throws SQLException {
    var values = new HashMap<>(bounds());
    values.put("queue", name);
    List<Counted> counted =
        snapshot.list(COUNTS.formatted(PLACES_OF_ONE), values, Overviews::counted);
    List<Queue> queue =
        snapshot
            .list(KNOWN + "WHERE queue.name = :name", Map.of("name", name), Overviews::known)
            .stream()
            .map(known -> queue(name, known, counted))
            .toList();
    return new Queues(queue, countedUpTo(counted), true, false);
  }

  private static Map<String, Object> bounds() {
    return Map.of("places_max", PLACES_MAX, "jobs_max", COUNTED_MAX, "in_all", COUNTED_IN_ALL);
  }

  private static long countedUpTo(List<Counted> counted) {
    return counted.stream().mapToLong(Counted::bound).min().orElse(COUNTED_MAX);
  }

  private static Counted counted(ResultSet row) throws SQLException {
    Long waiting = Snapshot.number(row, "waiting_ms");
    return new Counted(
        Snapshot.text(row, "queue"),
        JobSummaries.state(Snapshot.text(row, "state")),
        row.getLong("jobs"),
        row.getLong("bound"),
        waiting == null ? null : Duration.ofMillis(waiting));
  }

  private static Known known(ResultSet row) throws SQLException {
    return new Known(
        Snapshot.time(row, "paused_at"),
        row.getString("paused_by"),
        row.getString("reason"),
        Snapshot.requiredTime(row, "created_at"),
        Snapshot.requiredTime(row, "updated_at"),
        Duration.ofMillis(row.getLong("seen_ms")),
        Snapshot.text(row, "metadata"));
  }

  private static Queue queue(String name, @Nullable Known known, List<Counted> counted) {
    var jobs = new EnumMap<JobState, Long>(JobState.class);
    Duration waiting = null;
    Duration late = Duration.ZERO;
    for (Counted each : counted) {
      if (each.queue().equals(name)) {
        jobs.put(each.state(), each.jobs());
        Duration due = each.waiting();
        if (each.state() == JobState.AVAILABLE) {
          waiting = due;
        } else if (due != null && due.compareTo(late) > 0) {
          late = due;
        }
      }
    }
    return known == null
        ? new Queue(name, false, null, null, null, null, null, null, "{}", jobs, waiting, late)
        : new Queue(
            name,
            true,
            known.pausedAt(),
            known.pausedBy(),
            known.reason(),
            known.createdAt(),
            known.updatedAt(),
            known.seen(),
            known.metadata(),
            jobs,
            waiting,
            late);
  }

  /** How many items are put aside in all, up to ten thousand. */
  public static long quarantined(Snapshot snapshot) throws SQLException {
    return snapshot
        .first(
            """
            SELECT count(*)
            FROM (SELECT FROM {schema}.cairn_quarantine LIMIT :most) AS aside
            """,
            Map.of("most", COUNTED_MAX),
            row -> row.getLong(1))
        .orElse(0L);
  }

  /** The kinds of the ten thousand newest jobs, and at most two hundred of these. */
  public static List<String> kinds(Snapshot snapshot, String prefix) throws SQLException {
    return snapshot.list(
        """
        SELECT DISTINCT recent.kind
        FROM (
          SELECT job.kind FROM {schema}.river_job AS job ORDER BY job.id DESC LIMIT :recent
        ) AS recent
        WHERE starts_with(recent.kind, :prefix)
        ORDER BY recent.kind
        LIMIT :most
        """,
        Map.of("recent", RECENT, "prefix", prefix, "most", KINDS_MAX),
        row -> row.getString(1));
  }

  /** Of as many jobs that completed last the queue is looked at. */
  private static final int COMPLETED_MAX = 5_000;

  // The time between the first and the last of them, or the whole time if they are fewer.
  private static final String COMPLETED =
      """
      SELECT done.queue, count(*) / greatest(max(done.seconds), 0.1) AS rate
      FROM (
        SELECT last.queue, CASE WHEN count(*) OVER () < :most THEN :seconds
          ELSE extract(epoch FROM now() - min(last.finalized_at) OVER ()) END AS seconds
        FROM (
          SELECT job.queue, job.finalized_at
          FROM {schema}.river_job AS job
          WHERE job.state = 'completed' AND job.finalized_at > now() - :seconds * interval '1 second'
            AND job.finalized_at <= now()
          ORDER BY job.finalized_at DESC
          LIMIT :most
        ) AS last
      ) AS done
      GROUP BY done.queue
      """;

  private static final int RATE_SECONDS = 10;

  /** How many jobs of each queue have completed a second lately; no entry is none. */
  public static Map<String, Double> completedASecond(Snapshot snapshot) throws SQLException {
    var rates = new HashMap<String, Double>();
    snapshot
        .list(
            COMPLETED,
            Map.of("most", COMPLETED_MAX, "seconds", RATE_SECONDS),
            row -> Map.entry(row.getString("queue"), row.getDouble("rate")))
        .forEach(entry -> rates.put(entry.getKey(), entry.getValue()));
    return rates;
  }

  /** Instead of a client, if the leader cannot be read. */
  public static final String LEADER_UNKNOWN = "unknown on a replica";

  /**
   * The client that leads. River's table of the leader is unlogged, so a replica does not have it.
   */
  public static Optional<String> leader(Snapshot snapshot) throws SQLException {
    boolean replica =
        snapshot
            .first("SELECT pg_is_in_recovery()", Map.of(), row -> row.getBoolean(1))
            .orElse(false);
    if (replica) {
      return Optional.of(LEADER_UNKNOWN);
    }
    return snapshot.first(
        """
        SELECT leader.leader_id
        FROM {schema}.river_leader AS leader
        WHERE leader.expires_at > now()
        """,
        Map.of(),
        row -> row.getString(1));
  }

  /** Of the database itself. */
  public static String version(Snapshot snapshot) throws SQLException {
    return "PostgreSQL "
        + snapshot
            .first(
                "SELECT split_part(current_setting('server_version'), ' ', 1)",
                Map.of(),
                row -> row.getString(1))
            .orElse("");
  }
}
