package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the page of one job shows beside its summary and its progress. */
public final class JobDetails {
  private static final int ERRORS_MAX = 50;
  private static final int WAITS_MAX = 200;
  private static final int AHEAD_MAX = 1_000;
  private static final int TEXT_MAX = 10_000;
  private static final int TRACE_MAX = 50_000;
  private static final int ITEMS_MAX = 100;
  static final int QUARANTINED_MAX = 10_000;

  private JobDetails() {}

  /**
   * An entry of the list of errors; its texts may be cut.
   *
   * @param at when its attempt began, as it is stored
   */
  public record Failure(@Nullable String at, int attempt, String error, String trace) {}

  /**
   * What a step waits for.
   *
   * @param awaitedState of the awaited job; null if there is no such job
   */
  public record Wait(
      String step,
      @Nullable String signal,
      @Nullable Long awaitedJob,
      @Nullable String awaitedState,
      @Nullable String awaitedKind) {}

  /** An item that was put aside; its texts may be cut. */
  public record Item(
      long jobId,
      String kind,
      String step,
      String item,
      String position,
      String error,
      int crashes,
      boolean redrive,
      Instant at) {}

  /**
   * The queue of the job, as clients and operators have left it.
   *
   * @param seen since when no client has said that it works the queue; null if nobody ever has
   */
  public record Queue(
      @Nullable Instant pausedAt,
      @Nullable String pausedBy,
      @Nullable String pauseReason,
      @Nullable Duration seen) {}

  /** The rest of a job. */
  public record More(
      Instant now,
      List<String> attemptedBy,
      int errorsInAll,
      long metadataBytes,
      long argsBytes,
      long outputBytes,
      boolean cancelRequested) {}

  // Sizes are those of the texts, without reading them where they are stored apart.
  private static final String MORE =
      """
      SELECT now() AS now, job.attempted_by,
        coalesce(array_length(job.errors, 1), 0) AS errors,
        octet_length(job.metadata::text) AS metadata_bytes,
        octet_length(job.args::text) AS args_bytes,
        coalesce(octet_length((job.metadata -> 'output')::text), 0) AS output_bytes,
        job.metadata ? 'cancel_attempted_at' AS cancel_requested
      FROM {schema}.river_job AS job
      WHERE job.id = :id
      """;

  public static Optional<More> more(Snapshot snapshot, long id) throws SQLException {
    return snapshot.first(
        MORE.replace("metadata ? '", "metadata ?? '"),
        Map.of("id", id),
        row ->
            new More(
                Snapshot.requiredTime(row, "now"),
                texts(row, "attempted_by"),
                row.getInt("errors"),
                row.getLong("metadata_bytes"),
                row.getLong("args_bytes"),
                row.getLong("output_bytes"),
                row.getBoolean("cancel_requested")));
  }

  /** The state of a job, which nobody else changes until the transaction ends. */
  public static Optional<JobState> locked(Snapshot transaction, long id) throws SQLException {
    return transaction.first(
        "SELECT job.state::text FROM {schema}.river_job AS job WHERE job.id = :id FOR UPDATE",
        Map.of("id", id),
        row -> JobSummaries.state(row.getString(1)));
  }

  private static List<String> texts(ResultSet row, String column) throws SQLException {
    var array = row.getArray(column);
    return array == null ? List.of() : flat(array.getArray());
  }

  private static List<String> flat(@Nullable Object element) {
    return switch (element) {
      case null -> List.of();
      case Object[] nested ->
          java.util.Arrays.stream(nested).flatMap(each -> flat(each).stream()).limit(100).toList();
      case Object text -> List.of(text.toString());
    };
  }

  /** The last fifty errors, oldest first. */
  public static List<Failure> failures(Snapshot snapshot, long id) throws SQLException {
    return snapshot
        .list(
            """
            SELECT left(error ->> 'at', 100) AS at,
              CASE WHEN error ->> 'attempt' ~ '^[0-9]{1,9}$'
                THEN (error ->> 'attempt')::integer ELSE 0 END AS attempt,
              left(coalesce(error ->> 'error', error::text), %d) AS error,
              left(coalesce(error ->> 'trace', ''), %d) AS trace
            FROM {schema}.river_job AS job
            CROSS JOIN LATERAL unnest(job.errors) WITH ORDINALITY AS entry (error, place)
            WHERE job.id = :id AND entry.error IS NOT NULL
            ORDER BY entry.place DESC
            LIMIT :most
            """
                .formatted(TEXT_MAX, TRACE_MAX),
            Map.of("id", id, "most", ERRORS_MAX),
            row ->
                new Failure(
                    row.getString("at"),
                    row.getInt("attempt"),
                    Snapshot.text(row, "error"),
                    Snapshot.text(row, "trace")))
        .reversed();
  }

  public static List<Wait> waits(Snapshot snapshot, long id) throws SQLException {
    return snapshot.list(
        """
        SELECT wait.step, wait.signal, wait.awaited_job, awaited.state::text AS awaited_state,
          awaited.kind AS awaited_kind
        FROM {schema}.cairn_wait AS wait
        LEFT JOIN {schema}.river_job AS awaited ON awaited.id = wait.awaited_job
        WHERE wait.job_id = :id
        ORDER BY wait.step
        LIMIT :most
        """,
        Map.of("id", id, "most", WAITS_MAX),
        row ->
            new Wait(
                Snapshot.text(row, "step"),
                row.getString("signal"),
                Snapshot.number(row, "awaited_job"),
                row.getString("awaited_state"),
                row.getString("awaited_kind")));
  }

  /** Empty if no client has ever worked the queue. */
  public static Optional<Queue> queue(Snapshot snapshot, String name) throws SQLException {
    return snapshot.first(
        """
        SELECT queue.paused_at, left(pause.note ->> 'by', 200) AS paused_by,
          left(pause.note ->> 'reason', 1000) AS reason,
          (extract(epoch FROM least(greatest(now() - queue.updated_at, interval '0'),
            interval '1000 days')) * 1000)::bigint AS seen_ms
        FROM {schema}.river_queue AS queue
        %s
        WHERE queue.name = :name
        """
            .formatted(Overviews.PAUSE_NOTE),
        Map.of("name", name),
        row ->
            new Queue(
                Snapshot.time(row, "paused_at"),
                row.getString("paused_by"),
                row.getString("reason"),
                Duration.ofMillis(row.getLong("seen_ms"))));
  }

  /** A queue, which nobody else changes until the transaction ends. */
  public static Optional<Queue> lockedQueue(Snapshot transaction, String name) throws SQLException {
    transaction.first(
        "SELECT FROM {schema}.river_queue AS queue WHERE queue.name = :name FOR NO KEY UPDATE",
        Map.of("name", name),
        row -> true);
    return queue(transaction, name);
  }

  /** How many due jobs of the queue are to be claimed before a job, up to a thousand. */
  public static int ahead(Snapshot snapshot, JobSummaries.Summary job) throws SQLException {
    if (job.state() != JobState.AVAILABLE) {
      return 0;
    }
    return snapshot
        .first(
            """
            SELECT count(*)
            FROM (
              SELECT
              FROM {schema}.river_job AS job
              WHERE job.state = 'available' AND job.queue = :queue
                AND (job.priority, job.scheduled_at, job.id)
                  < (:priority, :scheduled_at::timestamptz, :id)
              ORDER BY job.priority, job.scheduled_at, job.id
              LIMIT :most
            ) AS ahead
            """,
            Map.of(
                "queue", job.queue(),
                "priority", job.priority(),
                "scheduled_at", job.scheduledAt(),
                "id", job.id(),
                "most", AHEAD_MAX),
            row -> row.getInt(1))
        .orElse(0);
  }

  /** How many items a job has put aside, up to ten thousand. */
  public static int quarantined(Snapshot snapshot, long id) throws SQLException {
    return snapshot
        .first(
            """
            SELECT count(*)
            FROM (
              SELECT FROM {schema}.cairn_quarantine AS item WHERE item.job_id = :id LIMIT :most
            ) AS items
            """,
            Map.of("id", id, "most", QUARANTINED_MAX),
            row -> row.getInt(1))
        .orElse(0);
  }

  private static final String ITEM =
      """
      SELECT item.job_id, coalesce(job.kind, '') AS kind, item.step, item.item,
        left(item.position::text, {text_max}) AS position, left(item.error, {text_max}) AS error,
        item.crashes, item.redrive, item.quarantined_at
      FROM {schema}.cairn_quarantine AS item
      LEFT JOIN {schema}.river_job AS job ON job.id = item.job_id
      """
          .replace("{text_max}", Integer.toString(TEXT_MAX));

  /** The first hundred items that a job has put aside. */
  public static List<Item> items(Snapshot snapshot, long id) throws SQLException {
    return snapshot.list(
        ITEM + "WHERE item.job_id = :id\nORDER BY item.step, item.item\nLIMIT :most",
        Map.of("id", id, "most", ITEMS_MAX),
        JobDetails::item);
  }

  /** Items of all jobs, those of the newest jobs first, behind an item. */
  public static List<Item> items(Snapshot snapshot, @Nullable ItemPlace after, int most)
      throws SQLException {
    String order = "ORDER BY item.job_id DESC, item.step DESC, item.item DESC\nLIMIT :most";
    if (after == null) {
      return snapshot.list(ITEM + order, Map.of("most", most), JobDetails::item);
    }
    if (after.item() != null) {
      return snapshot.list(
          ITEM + "WHERE (item.job_id, item.step, item.item) < (:id, :step, :item)\n" + order,
          Map.of("id", after.jobId(), "step", after.step(), "item", after.item(), "most", most),
          JobDetails::item);
    }
    return snapshot.list(
        ITEM + "WHERE (item.job_id, item.step) <= (:id, :step)\n" + order + " OFFSET :passed",
        Map.of("id", after.jobId(), "step", after.step(), "passed", after.passed(), "most", most),
        JobDetails::item);
  }

  /**
   * A place in the list of items.
   *
   * @param item the item before the place; null if another process has sealed it
   * @param passed how many items of the step come before the place, for those who do not know the
   *     item
   */
  public record ItemPlace(long jobId, String step, @Nullable String item, int passed) {
    /** As many items of one step can be passed without the item. */
    public static final int PASSED_MAX = 1_000_000;

    /** The place behind the last of these items, which began at a place or at the beginning. */
    public static ItemPlace behind(@Nullable ItemPlace begin, List<Item> items) {
      Item last = items.getLast();
      int passed =
          (int)
              items.stream()
                  .filter(item -> item.jobId() == last.jobId() && item.step().equals(last.step()))
                  .count();
      int before =
          begin != null && begin.jobId() == last.jobId() && begin.step().equals(last.step())
              ? begin.passed()
              : 0;
      return new ItemPlace(
          last.jobId(), last.step(), last.item(), Math.min(before + passed, PASSED_MAX));
    }
  }

  private static Item item(ResultSet row) throws SQLException {
    return new Item(
        row.getLong("job_id"),
        Snapshot.text(row, "kind"),
        Snapshot.text(row, "step"),
        Snapshot.text(row, "item"),
        Snapshot.text(row, "position"),
        Snapshot.text(row, "error"),
        row.getInt("crashes"),
        row.getBoolean("redrive"),
        Snapshot.requiredTime(row, "quarantined_at"));
  }
}
