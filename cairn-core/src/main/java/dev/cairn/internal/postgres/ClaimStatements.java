package dev.cairn.internal.postgres;

import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimMark;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.QueueLook;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Sets jobs to running. */
final class ClaimStatements {
  /**
   * A job is late if its insertion commits this long after the transaction began: in the order of
   * claims, it may come before a job that was already claimed.
   */
  private static final Duration LATE_COMMIT = Duration.ofMillis(200);

  private static final Comparator<ClaimedJob> MOST_URGENT_FIRST =
      Comparator.comparingInt(ClaimedJob::priority)
          .thenComparing(ClaimedJob::scheduledAt)
          .thenComparingLong(job -> job.claim().jobId());

  /** All priorities, as a constraint of River's table ensures. */
  private static final List<Integer> PRIORITIES = List.of(1, 2, 3, 4);

  private final Session session;

  ClaimStatements(Session session) {
    this.session = session;
  }

  // The commit of a claim does not wait for the disk: see docs/decisions/010.
  //
  // The rows are locked, so their ctid cannot change, and the update needs no index to find them.
  // The ctids are passed as an array instead of a join, because the server expects more rows than
  // there are, and may read the whole table for a join.
  //
  // attempted_at grows with every claim of a job even if the clock goes back, so that it identifies
  // the claim. attempted_by keeps its last 100 entries, as in River. Values that no client writes
  // must not make the claims of other jobs fail.
  //
  // If the metadata of a claimable job contain a request to cancel, the job was retried after that
  // request, perhaps by a version of River that keeps it. The request must not apply to this
  // attempt.
  //
  // A client that counts as dead claims nothing, even if its statement arrives late. So no claim is
  // newer than the death of its client, and a rescue finds all jobs of that client.
  private static Sql claim(String claimable) {
    return Sql.of(
        "claim jobs",
        Template.of(
                """
                WITH setting AS MATERIALIZED (
                  SELECT set_config('synchronous_commit', 'off', true), {sizes}
                ),
                claimable AS (
                {claimable})
                UPDATE {schema}.river_job AS job
                SET state = 'running',
                    attempt = least(job.attempt::integer + 1, 32767),
                    attempted_at = CASE
                      WHEN job.attempted_at >= now() AND job.attempted_at < '200000-01-01 00:00:00+00'
                        THEN job.attempted_at + interval '1 microsecond' ELSE now() END,
                    attempted_by = array_append(
                      CASE WHEN cardinality(job.attempted_by) >= 100 OR array_ndims(job.attempted_by) > 1
                          OR array_lower(job.attempted_by, 1) <> 1
                        THEN (ARRAY(SELECT unnest(job.attempted_by)))
                          [greatest(cardinality(job.attempted_by) - 98, 1):]
                        ELSE job.attempted_by END,
                      :client_id::text),
                    metadata = CASE
                      WHEN job.metadata ?? '{cancel_attempted_at_key}' AND jsonb_typeof(job.metadata) = 'object'
                        THEN job.metadata - '{cancel_attempted_at_key}' ELSE job.metadata END
                WHERE job.ctid = ANY (ARRAY(SELECT ctid FROM claimable)) AND {alive}
                RETURNING job.id, job.attempted_at, job.kind, job.args, job.attempt, job.max_attempts,
                  coalesce(cardinality(job.errors), 0), cardinality(job.attempted_by), job.priority,
                  job.queue, nullif(job.tags, '{}'), job.metadata, job.created_at, job.scheduled_at,
                  (SELECT job_bytes FROM setting), (SELECT checkpoint_bytes FROM setting)
                """)
            .with("claimable", claimable.indent(2))
            .with("sizes", Fragments.SIZES)
            .with("alive", DeadClients.ALIVE)
            .sql());
  }

  /**
   * The condition for the due jobs after the mark of one priority. It includes jobs before the mark
   * that may have been committed late. The end of the range is the earlier of two times, in one
   * condition: with a second condition on the same column, the server would not stop at the mark in
   * the index.
   *
   * @param queue an SQL expression for the queue
   * @param until an SQL expression for the latest {@code scheduled_at} of the jobs
   */
  private static String dueAtMark(String queue, String until) {
    return Template.of(
            """
            job.state = 'available' AND job.queue = {queue} AND job.priority = mark.priority
                AND (job.scheduled_at, job.id) > (
                  least(coalesce(mark.scheduled_at, '-infinity'), now() - :late_ms * interval '1 millisecond'),
                  CASE WHEN mark.scheduled_at <= now() - :late_ms * interval '1 millisecond'
                    THEN mark.id ELSE 0 END
                )
                AND (job.scheduled_at, job.id) <= (
                  least(mark.to_scheduled_at, {until}),
                  CASE WHEN mark.to_scheduled_at <= {until} THEN mark.to_id ELSE {id_max} END
                )\
            """)
        .with("queue", queue)
        .with("until", until)
        .with("id_max", Long.MAX_VALUE)
        .sql();
  }

  private static String unpaused(String queue) {
    return Template.of(
            """
            NOT EXISTS (
              SELECT FROM {schema}.river_queue AS queue
              WHERE queue.name = {queue} AND queue.paused_at IS NOT NULL
            )\
            """)
        .with("queue", queue)
        .sql();
  }

  // The priorities are read one by one, each in the order of the index. The outer LIMIT ends the
  // nested loop as soon as there are enough jobs.
  private static String mostUrgent(String column, String kinds, String lock) {
    return Template.of(
            """
            SELECT job.{column}
            FROM unnest(:priorities::smallint[], :from_scheduled_at::timestamptz[], :from_ids::bigint[],
              :to_scheduled_at::timestamptz[], :to_ids::bigint[])
              AS mark (priority, scheduled_at, id, to_scheduled_at, to_id)
            CROSS JOIN setting
            CROSS JOIN LATERAL (
              SELECT job.ctid, job.id
              FROM {schema}.river_job AS job
              WHERE {due_at_mark}{kinds}
              ORDER BY job.scheduled_at, job.id
              LIMIT :limit
              {lock}
            ) AS job
            WHERE {unpaused}
            LIMIT :limit
            """)
        .with("column", column)
        .with("due_at_mark", dueAtMark(":queue", "now()"))
        .with("kinds", kinds)
        .with("lock", lock)
        .with("unpaused", unpaused(":queue"))
        .sql();
  }

  private static final String LOCK = "FOR NO KEY UPDATE SKIP LOCKED";
  private static final String OF_KINDS = " AND job.kind = ANY (:kinds)";
  private static final Sql CLAIM = claim(mostUrgent("ctid", "", LOCK));
  private static final Sql CLAIM_KINDS = claim(mostUrgent("ctid", OF_KINDS, LOCK));

  private static Sql due(String kinds) {
    return Sql.of("look for due jobs", "WITH setting AS (SELECT) " + mostUrgent("id", kinds, ""));
  }

  private static final Sql DUE = due("");
  private static final Sql DUE_OF_KINDS = due(OF_KINDS);

  List<Long> due(ClaimScope scope, ClaimRange range, int limit) {
    return session.list(
        scope.kinds().isEmpty() ? DUE : DUE_OF_KINDS,
        values(scope, range, limit),
        row -> row.getLong(1));
  }

  List<ClaimedJob> claim(ClaimScope scope, ClaimRange range, int limit) {
    List<ClaimedJob> jobs =
        session.list(
            scope.kinds().isEmpty() ? CLAIM : CLAIM_KINDS,
            values(scope, range, limit),
            row -> claimedJob(row, scope.clientId()),
            scope.gate());
    jobs.sort(MOST_URGENT_FIRST);
    return jobs;
  }

  // Jobs that snooze for a few seconds, or are retried that soon, are available before they are
  // due, and no notification is sent when they become due.
  private static Sql untilDue(String kinds) {
    return Sql.of(
        "find out when the next jobs of queues are due",
        Template.of(
                """
                SELECT mark.place,
                  round(extract(epoch FROM greatest(min(next.scheduled_at), now()) - now()) * 1000000)::bigint
                FROM unnest(:places::integer[], :queues::text[], :priorities::smallint[],
                  :from_scheduled_at::timestamptz[], :from_ids::bigint[],
                  :to_scheduled_at::timestamptz[], :to_ids::bigint[])
                  AS mark (place, queue, priority, scheduled_at, id, to_scheduled_at, to_id)
                CROSS JOIN LATERAL (
                  SELECT job.scheduled_at
                  FROM {schema}.river_job AS job
                  WHERE {due_at_mark}{kinds}
                  ORDER BY job.scheduled_at, job.id
                  LIMIT 1
                ) AS next
                WHERE {unpaused}
                GROUP BY mark.place
                """)
            .with("due_at_mark", dueAtMark("mark.queue", "now() + interval '1 hour'"))
            .with("kinds", kinds)
            .with("unpaused", unpaused("mark.queue"))
            .sql());
  }

  private static final Sql UNTIL_DUE = untilDue("");
  private static final Sql UNTIL_DUE_OF_KINDS = untilDue(OF_KINDS);

  /** The next due job of a place. */
  private record NextDue(int place, Duration in) {
    static NextDue of(ResultSet row) throws SQLException {
      return new NextDue(row.getInt(1), Duration.of(row.getLong(2), ChronoUnit.MICROS));
    }
  }

  Map<Integer, Duration> untilDue(List<QueueLook> looks, Set<String> kinds) {
    var places = new ArrayList<Integer>();
    for (int place = 0; place < looks.size(); place++) {
      places.addAll(Collections.nCopies(PRIORITIES.size(), place));
    }
    Map<String, Object> values = values(looks.stream().map(QueueLook::range).toList(), kinds);
    values.put("places", SqlArray.integers(places, place -> place));
    values.put("queues", SqlArray.texts(places, place -> looks.get(place).queue()));
    return session
        .list(kinds.isEmpty() ? UNTIL_DUE : UNTIL_DUE_OF_KINDS, values, NextDue::of)
        .stream()
        .collect(Collectors.toMap(NextDue::place, NextDue::in));
  }

  private static Map<String, Object> values(ClaimScope scope, ClaimRange range, int limit) {
    Map<String, Object> values = values(List.of(range), scope.kinds());
    values.put("queue", scope.queue());
    values.put("client_id", scope.clientId());
    values.put("limit", limit);
    return values;
  }

  /** The values for these ranges, with one array element per range and priority. */
  private static Map<String, Object> values(List<ClaimRange> ranges, Set<String> kinds) {
    var priorities = new ArrayList<Integer>();
    var from = new ArrayList<@Nullable ClaimMark>();
    var to = new ArrayList<@Nullable ClaimMark>();
    var end = new ArrayList<String>();
    for (ClaimRange range : ranges) {
      for (int priority : PRIORITIES) {
        ClaimMark last = of(priority, range.to());
        priorities.add(priority);
        from.add(of(priority, range.from()));
        to.add(last);
        end.add(
            last != null
                ? Times.text(last.scheduledAt())
                : range.isBack() ? "-infinity" : "infinity");
      }
    }
    Map<String, Object> values = new HashMap<>();
    values.put("priorities", SqlArray.integers(priorities, priority -> priority));
    values.put(
        "from_scheduled_at",
        SqlArray.instants(from, mark -> mark == null ? null : mark.scheduledAt()));
    values.put("from_ids", SqlArray.longs(from, mark -> mark == null ? null : mark.jobId()));
    values.put("to_scheduled_at", SqlArray.texts(end, time -> time));
    values.put("to_ids", SqlArray.longs(to, mark -> mark == null ? 0 : mark.jobId()));
    values.put("late_ms", LATE_COMMIT.toMillis());
    values.put("kinds", SqlArray.texts(List.copyOf(kinds), kind -> kind));
    return values;
  }

  private static @Nullable ClaimMark of(int priority, List<ClaimMark> marks) {
    for (ClaimMark mark : marks) {
      if (mark.priority() == priority) {
        return mark;
      }
    }
    return null;
  }

  // The job was due when its id was read. Since then, it may have been claimed and have failed, and
  // may be waiting for its next attempt, or somebody may have moved it to another queue.
  private static final Sql CLAIM_ONE =
      claim(
          Template.of(
                  """
                  SELECT job.ctid
                  FROM setting, {schema}.river_job AS job
                  WHERE job.id = :id AND job.state::text = 'available' AND job.queue = :queue
                    AND job.scheduled_at <= now() AND {unpaused}
                  FOR NO KEY UPDATE OF job SKIP LOCKED
                  """)
              .with("unpaused", unpaused("job.queue"))
              .sql());

  private static final Sql CLAIM_ONE_NOW =
      claim(
          """
          SELECT job.ctid
          FROM setting, {schema}.river_job AS job
          WHERE job.id = :id AND job.state IN ('available', 'retryable', 'scheduled')
          FOR NO KEY UPDATE OF job SKIP LOCKED
          """);

  Optional<ClaimedJob> claim(long id, ClaimScope scope) {
    String clientId = scope.clientId();
    return claimOne(
        CLAIM_ONE,
        clientId,
        Map.of("id", id, "client_id", clientId, "queue", scope.queue()),
        scope.gate());
  }

  Optional<ClaimedJob> claimNow(long id, String clientId, Runnable gate) {
    return claimOne(CLAIM_ONE_NOW, clientId, Map.of("id", id, "client_id", clientId), gate);
  }

  private Optional<ClaimedJob> claimOne(
      Sql claim, String clientId, Map<String, Object> values, Runnable gate) {
    return session.list(claim, values, row -> claimedJob(row, clientId), gate).stream().findFirst();
  }

  /**
   * The claimed job of a row. A row that cannot be read is also claimed, and its attempt fails with
   * the reason.
   */
  private ClaimedJob claimedJob(ResultSet row, String clientId) throws SQLException {
    session.sizes(row.getLong(15), row.getLong(16));
    var claim = new Claim(row.getLong(1), Rows.instant(row, 2), clientId);
    try {
      return readable(row, claim);
    } catch (Exception e) {
      return ClaimedJob.odd(
          claim,
          row.getString(10),
          "job %d: its row cannot be read: %s"
              .formatted(claim.jobId(), new ForeignFailure(e).message()));
    }
  }

  private static ClaimedJob readable(ResultSet row, Claim claim) throws SQLException {
    return new ClaimedJob(
        claim,
        row.getString(3),
        row.getString(4),
        row.getInt(5),
        row.getInt(6),
        row.getInt(7),
        row.getInt(8),
        row.getInt(9),
        row.getString(10),
        Rows.strings(row, 11),
        row.getString(12),
        Rows.instant(row, 13),
        Rows.instant(row, 14),
        null);
  }
}
