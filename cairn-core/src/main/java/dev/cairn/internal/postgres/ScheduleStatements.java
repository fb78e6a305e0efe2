package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.RejectedDataException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/*
 * The unique key of a job may not count while the job waits for a retry. Such a job takes its key
 * back when it becomes available. The update then waits for every open transaction that inserts a
 * job with the same key, for an unlimited time. So these jobs are scheduled separately, in
 * statements that give up after a short wait. A batch that fails is split in half and tried again,
 * down to single jobs. The next turn tries the rest.
 */

/** Makes due jobs available. */
final class ScheduleStatements {
  private static final Log log = Log.of(ScheduleStatements.class);

  /**
   * The timeout of a statement of the leader, as in River. A statement that takes longer changes
   * nothing, and the next turn tries again.
   */
  private static final Duration STATEMENT_MAX = Duration.ofSeconds(30);

  /**
   * How long a statement waits for a unique key: enough for a transaction that is about to commit,
   * even while many transactions notify.
   */
  private static final Duration KEY_WAIT = Duration.ofMillis(50);

  /** The maximum number of failed statements in one turn. Their waits take a second in total. */
  private static final int REFUSALS_MAX = 20;

  private final Database database;

  ScheduleStatements(Database database) {
    this.database = database;
  }

  /** Returns the number of jobs that changed. */
  int schedule(int limit) {
    return scheduleFree(limit) + scheduleWithKeys(limit);
  }

  // No index of River is in the order of scheduled_at alone. So the index of claims is read queue
  // by queue and priority by priority, each only as far as jobs are due. Jobs that are scheduled
  // for later are never read, however many there are.
  //
  // The planner must have no reason to read the whole table. The states are literals, so that it
  // knows how rare they are. The condition is a CASE, whose result it cannot estimate: if it knew
  // that no job has a unique key, it would not expect to find one in the order of the index.
  private static String due(String which) {
    return Template.of(
            """
            WITH RECURSIVE {retryable_lane},
            {scheduled_lane},
            first AS (
              SELECT job.id, job.priority, job.scheduled_at, job.unique_key
              FROM (
            {due_retryable}
                UNION ALL
            {due_scheduled}
              ) AS job
              ORDER BY job.priority, job.scheduled_at, job.id
              LIMIT :limit
            )\
            """)
        .with("retryable_lane", lane("retryable"))
        .with("scheduled_lane", lane("scheduled"))
        .with("due_retryable", dueIn("retryable", which).indent(4).stripTrailing())
        .with("due_scheduled", dueIn("scheduled", which).indent(4).stripTrailing())
        .sql();
  }

  /** The queues that have jobs in a state. */
  private static String lane(String state) {
    return Template.of(
            """
            {state}_lane (queue) AS (
              (
                SELECT job.queue FROM {schema}.river_job AS job
                WHERE job.state = '{state}'
                ORDER BY job.queue
                LIMIT 1
              )
              UNION ALL
              SELECT (
                SELECT job.queue FROM {schema}.river_job AS job
                WHERE job.state = '{state}' AND job.queue > lane.queue
                ORDER BY job.queue
                LIMIT 1
              )
              FROM {state}_lane AS lane
              WHERE lane.queue IS NOT NULL
            )\
            """)
        .with("state", state)
        .sql();
  }

  private static String dueIn(String state, String which) {
    return Template.of(
            """
            SELECT job.id, job.priority, job.scheduled_at, job.unique_key
            FROM {state}_lane AS lane
            CROSS JOIN unnest('{1,2,3,4}'::smallint[]) AS level (priority)
            CROSS JOIN LATERAL (
              SELECT job.id, job.priority, job.scheduled_at, job.unique_key
              FROM {schema}.river_job AS job
              WHERE job.state = '{state}' AND job.queue = lane.queue
                AND job.priority = level.priority AND job.scheduled_at <= now()
                AND CASE WHEN {which} THEN true ELSE false END
              ORDER BY job.scheduled_at, job.id
              LIMIT :limit
            ) AS job
            """)
        .with("state", state)
        .with("which", which)
        .sql();
  }

  private static final String TOLD =
      """
      told AS (
        SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
        FROM (SELECT DISTINCT queue FROM changed WHERE state = 'available') AS due
      )
      SELECT (SELECT count(*) FROM changed), told.* FROM told
      """;

  // These jobs have no unique key, or have held it all the time.
  private static final Sql SCHEDULE =
      Sql.of(
              "schedule due jobs",
              due("NOT " + Fragments.TAKES_KEY)
                  + """
                  ,
                  due AS MATERIALIZED (
                    SELECT job.place
                    FROM first
                    CROSS JOIN LATERAL (
                      SELECT job.ctid AS place
                      FROM {schema}.river_job AS job
                      WHERE job.id = first.id AND job.state IN ('retryable', 'scheduled')
                        AND job.scheduled_at <= now()
                      FOR NO KEY UPDATE SKIP LOCKED
                    ) AS job
                  ),
                  changed AS (
                    UPDATE {schema}.river_job AS job
                    SET state = 'available', finalized_at = NULL
                    WHERE job.ctid = ANY (ARRAY(SELECT place FROM due))
                    RETURNING job.queue, job.state
                  ),
                  """
                  + TOLD)
          .within(STATEMENT_MAX);

  private int scheduleFree(int limit) {
    return database
        .list(
            SCHEDULE,
            Map.of("limit", limit, "channel", database.schema().channel("river_insert")),
            row -> row.getInt(1))
        .getFirst();
  }

  private static final Sql DUE_WITH_KEYS =
      Sql.of(
              "look for due jobs with unique keys to take back",
              due(Fragments.TAKES_KEY)
                  + """

                  SELECT id, encode(unique_key, 'hex') FROM first
                  ORDER BY priority, scheduled_at, id
                  """)
          .within(STATEMENT_MAX);

  private record Due(long id, String key) {}

  /**
   * The jobs in random order, so that jobs that are not blocked come first sooner or later. Jobs
   * with the same key stay together, with the most urgent one first.
   */
  private List<Long> dueWithKeys(int limit) {
    var byKey = new LinkedHashMap<String, List<Long>>();
    database
        .list(
            DUE_WITH_KEYS, Map.of("limit", limit), row -> new Due(row.getLong(1), row.getString(2)))
        .forEach(due -> byKey.computeIfAbsent(due.key(), key -> new ArrayList<>()).add(due.id()));
    var groups = new ArrayList<>(byKey.values());
    Collections.shuffle(groups);
    return groups.stream().flatMap(List::stream).toList();
  }

  private int scheduleWithKeys(int limit) {
    var refused = new LinkedHashMap<Long, CairnException>();
    int changed =
        Halving.run(
            dueWithKeys(limit),
            REFUSALS_MAX,
            this::takeKeys,
            (id, reason) -> {
              log.debug("Job {} cannot take its unique key back now", id, reason);
              if (!mayPass(reason)) {
                refused.put(id, reason);
              }
            });
    if (!refused.isEmpty()) {
      log.warn(
          "Could not schedule {} jobs, for example job {}: the database refuses to change their "
              + "rows. Look for a trigger or a constraint on river_job [CAIRN-526]",
          refused.size(),
          refused.firstEntry().getKey(),
          refused.firstEntry().getValue());
    }
    return changed;
  }

  /** Whether the next try may succeed: another session has a lock, or has just taken the key. */
  private static boolean mayPass(CairnException reason) {
    return reason instanceof ContendedException
        || (reason instanceof RejectedDataException rejected && rejected.isDuplicate());
  }

  // A job can conflict with a job that now holds its key, or with another job of the batch, of
  // which the most urgent one wins. If the key of a duplicate counts while it is discarded, the
  // duplicate loses its key, because otherwise it could not be discarded.
  private static final Sql TAKE_KEYS =
      Sql.of(
              "schedule due jobs with unique keys to take back",
              Template.of(
                          """
                          WITH setting AS MATERIALIZED (
                            SELECT set_config('lock_timeout', :wait_ms::text, true)
                          ),
                          due AS MATERIALIZED (
                            SELECT job.id, job.unique_key, job.priority, job.scheduled_at
                            FROM setting, {schema}.river_job AS job
                            WHERE job.id = ANY (:ids) AND job.state::text IN ('retryable', 'scheduled')
                              AND job.scheduled_at <= now() AND {takes_key}
                            ORDER BY job.id
                            FOR NO KEY UPDATE OF job SKIP LOCKED
                          ),
                          judged AS (
                            SELECT due.id,
                              row_number() OVER (
                                PARTITION BY due.unique_key
                                ORDER BY due.priority, due.scheduled_at, due.id) > 1
                              OR {key_is_held} AS is_duplicate
                            FROM due
                          ),
                          changed AS (
                            UPDATE {schema}.river_job AS job
                            SET state = CASE WHEN judged.is_duplicate THEN 'discarded' ELSE 'available'
                                  END::{schema}.river_job_state,
                                finalized_at = CASE WHEN judged.is_duplicate THEN now() END,
                                unique_key = CASE WHEN judged.is_duplicate
                                    AND {schema}.river_job_state_in_bitmask(job.unique_states, 'discarded')
                                  THEN NULL ELSE job.unique_key END,
                                metadata = CASE WHEN judged.is_duplicate
                                  THEN ({metadata}) || '{"{unique_key_conflict_key}": "scheduler_discarded"}'
                                  ELSE job.metadata END
                            FROM judged
                            WHERE job.id = judged.id AND job.id = ANY (ARRAY(SELECT id FROM due))
                            RETURNING job.queue, job.state
                          ),
                          """)
                      .with("takes_key", Fragments.TAKES_KEY)
                      .with("key_is_held", Fragments.keyIsHeld("due"))
                      .with("metadata", Fragments.METADATA)
                      .sql()
                  + TOLD)
          .within(STATEMENT_MAX);

  private int takeKeys(List<Long> ids) {
    return database
        .list(
            TAKE_KEYS,
            Map.of(
                "ids", SqlArray.longs(ids, id -> id),
                "wait_ms", KEY_WAIT.toMillis(),
                "channel", database.schema().channel("river_insert")),
            row -> row.getInt(1))
        .getFirst();
  }
}
