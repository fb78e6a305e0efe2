package dev.cairn.internal.postgres;

import dev.cairn.internal.store.ClientStore.Rescue;
import dev.cairn.internal.store.ClientStore.RescuedJob;
import dev.cairn.internal.store.ClientStore.Rescuer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Takes jobs away from dead clients (R6, R18). */
final class RescueStatements {
  private final Database database;

  RescueStatements(Database database) {
    this.database = database;
  }

  /** A job during which this many clients have died is discarded, even if it makes progress. */
  private static final int RESCUES_MAX = 1_000;

  /** Whether the job ends with this rescue. */
  private static final String ENDS =
      "(%s OR %s >= job.max_attempts OR %s >= %d OR %s)"
          .formatted(
              Fragments.CANCEL_REQUESTED,
              Fragments.DEATHS,
              Fragments.RESCUES,
              RESCUES_MAX,
              Fragments.KEY_IS_TAKEN);

  // A crash uses up no attempt but is counted (R18). If as many clients in a row have died while
  // working the job as it has attempts, without progress in between, the job is discarded.
  // Otherwise, it would crash clients forever.
  //
  // Before the jobs of a dead client are locked, its row is locked, and its death is checked again
  // under that lock. From then on, the client cannot come back and claim one of the jobs before
  // this statement has ended. A row that another session has locked is skipped: its client may be
  // unable to send heartbeats only because of that lock. Only clients that have jobs are locked, so
  // that nothing is written for the others.
  //
  // The server may have stood still, and may have delayed this statement and the heartbeats of all
  // clients. When the server continues, this statement may run before some of these heartbeats, and
  // even between the heartbeats of its own client and of other clients. So it contains the
  // heartbeat on which its client relied, and does nothing if that is no longer the last one, or is
  // too old (rule 5 of docs/model). The other clients have sent their heartbeats at most an
  // interval earlier, which is a quarter of their timeout. So they look alive as long as the
  // heartbeat in this statement is younger than the rest of their timeout. A client that has signed
  // off has the timeout zero, and is known to be dead.
  //
  // If the clock has gone back a little, heartbeat_at stays the same for some seconds, so several
  // heartbeats have the same value. Therefore, the time at which the heartbeat was written counts
  // as well. It must be neither too old nor in the future, because its age is then unknown.
  //
  // Everything that is needed of a job is in its row. So the rows are found by their ctid, without
  // a join: a dead client may have had thousands of jobs.
  //
  // A job may have to wait for a transaction that inserts its unique key. The wait is short, and
  // the next try uses another order.
  private static final Template RESCUING =
      Template.of(
              """
              WITH setting AS MATERIALIZED (
                SELECT set_config('lock_timeout', '1s', true)
              ),
              {dead},
              orphan AS MATERIALIZED (
                SELECT job.ctid AS place, job.id
                FROM {schema}.river_job AS job
                JOIN dead ON dead.id = {last_client}
                WHERE job.state = 'running'
                {order}
                LIMIT :limit
                FOR NO KEY UPDATE OF job SKIP LOCKED
              ),
              state AS (
                SELECT checkpoint.job_id, checkpoint.name, checkpoint.position, checkpoint.finished,
                  checkpoint.value
                FROM orphan
                JOIN {schema}.cairn_checkpoint AS checkpoint ON checkpoint.job_id = orphan.id
              ),
              {merged},
              {stand},
              rescued AS (
                UPDATE {schema}.river_job AS job
                SET state = CASE
                      WHEN {cancel_requested} THEN 'cancelled'
                      WHEN {ends} THEN 'discarded'
                      WHEN {request} = 'pause' THEN 'pending'
                      ELSE 'available'
                    END::{schema}.river_job_state,
                    attempt = CASE WHEN {ends} THEN job.attempt ELSE greatest(job.attempt - 1, 0) END,
                    finalized_at = CASE WHEN {ends} THEN now() END,
                    scheduled_at = CASE WHEN {ends} THEN job.scheduled_at
                      ELSE least(job.scheduled_at, now()) END,
                    unique_key = CASE WHEN {cancel_requested} THEN {key_if_cancelled} WHEN {ends} THEN {key_if_discarded}
                      ELSE job.unique_key END,
                    errors = CASE
                      WHEN {ends}
                        THEN array_append({errors}, jsonb_build_object(
                          'at', to_char(job.attempted_at AT TIME ZONE 'UTC',
                            'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                          'attempt', job.attempt,
                          'error', CASE
                            WHEN {cancel_requested} THEN 'JobCancelError: job cancelled remotely'
                            WHEN {key_is_taken}
                              THEN {key_lost}
                            ELSE 'The client ' || {last_client}
                              || ' died while it worked this job. Deaths in a row without progress: '
                              || {deaths}
                              || '. A job is discarded after as many deaths as it has attempts' END,
                          'trace', ''))
                      ELSE job.errors END,
                    metadata = CASE WHEN {ends} THEN ({rescued_metadata}) - {counts_to_discard}
                      ELSE {rescued_metadata} || {noted_death} END
                WHERE job.ctid = ANY (ARRAY(SELECT place FROM orphan))
                RETURNING job.id, job.kind, job.queue, job.state, {last_client} AS client_id
              ),
              told AS (
                SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
                FROM (SELECT DISTINCT queue FROM rescued WHERE state = 'available') AS due
              )
              SELECT rescued.id, rescued.kind, rescued.client_id, rescued.state::text
              FROM rescued, told
              {refused}
              """)
          .with("last_client", Fragments.LAST_CLIENT)
          .with("merged", Fragments.MERGED)
          .with("rescued_metadata", Fragments.RESCUED_METADATA)
          .with("request", Fragments.REQUEST)
          .with("ends", ENDS)
          .with("cancel_requested", Fragments.CANCEL_REQUESTED)
          .with("deaths", Fragments.DEATHS)
          .with("errors", Fragments.ERRORS)
          .with("key_is_taken", Fragments.KEY_IS_TAKEN)
          .with("stand", Fragments.STAND)
          .with("noted_death", Fragments.NOTED_DEATH)
          .with("counts_to_discard", Fragments.COUNTS_TO_DISCARD)
          .with("key_if_cancelled", Fragments.keptKey("'cancelled'"))
          .with("key_lost", Fragments.KEY_LOST)
          .with("key_if_discarded", Fragments.keptKey("'discarded'"));

  private static Sql rescue(String purpose, String dead, String order, String refused) {
    return Sql.of(
        purpose, RESCUING.with("dead", dead).with("order", order).with("refused", refused).sql());
  }

  /**
   * Whether a heartbeat is younger than the timeout minus a heartbeat interval. No client of Cairn
   * has a timeout below a second.
   */
  private static String isFresh(String heartbeat, String timeout) {
    return Template.of("({heartbeat} > now() - greatest({timeout}, interval '1 second') * 0.75)")
        .with("heartbeat", heartbeat)
        .with("timeout", timeout)
        .sql();
  }

  /**
   * An additional row without a job, if a dead client was skipped because of the rescuer's
   * heartbeat.
   */
  private static final String REFUSED =
      """
      UNION ALL
      SELECT NULL, NULL, NULL, NULL
      WHERE EXISTS (SELECT FROM candidate WHERE NOT may)\
      """;

  private static final String DEAD_CLIENTS =
      Template.of(
              """
              candidate AS MATERIALIZED (
                SELECT DISTINCT client.id,
                  EXISTS (
                    SELECT FROM {schema}.cairn_client AS own
                    WHERE own.id = :client_id AND own.heartbeat_at = :heartbeat::timestamptz
                      AND :written_at::timestamptz <= now()
                      AND CASE WHEN extract(epoch FROM own.timeout) BETWEEN 0 AND 1e10
                        THEN {own_is_fresh} ELSE false END
                  ) AND (client.timeout <= '0' OR {is_fresh}) AS may
                FROM setting
                CROSS JOIN {schema}.cairn_client AS client
                JOIN {schema}.river_job AS job ON {last_client} = client.id
                WHERE job.state = 'running' AND client.id <> :client_id AND {dead}
                  AND extract(epoch FROM client.timeout) * 1000 <= :held_ms
              ),
              dead AS MATERIALIZED (
                SELECT client.id
                FROM {schema}.cairn_client AS client
                WHERE client.id = ANY (ARRAY(SELECT id FROM candidate WHERE may)) AND {dead}
                ORDER BY client.id
                FOR NO KEY UPDATE SKIP LOCKED
              )\
              """)
          .with("last_client", Fragments.LAST_CLIENT)
          .with("dead", DeadClients.DEAD)
          .with(
              "own_is_fresh",
              isFresh("least(own.heartbeat_at, :written_at::timestamptz)", "own.timeout"))
          .with(
              "is_fresh",
              isFresh("least(:heartbeat::timestamptz, :written_at::timestamptz)", "client.timeout"))
          .sql();

  private static final Sql RESCUE =
      rescue("rescue the jobs of dead clients", DEAD_CLIENTS, "", REFUSED);
  private static final Sql RESCUE_SOME =
      rescue("rescue the jobs of dead clients", DEAD_CLIENTS, "ORDER BY random()", REFUSED);

  // Until this client has sent its first heartbeat, all jobs that run under its id are those of an
  // earlier client with the same id. If a claim of the earlier client commits later, this client
  // finds it as an orphan and hands it back.
  private static final Sql RESCUE_FORMER_LIFE =
      rescue(
          "rescue the jobs of an earlier client with the same id",
          """
          dead AS MATERIALIZED (
            SELECT client.id
            FROM setting
            CROSS JOIN {schema}.cairn_client AS client
            WHERE client.id = :client_id
            FOR NO KEY UPDATE OF client SKIP LOCKED
          )\
          """,
          "",
          "");

  Rescue ofDeadClients(Rescuer rescuer, int limit, boolean anyOrder) {
    Map<String, Object> values = values(rescuer.clientId(), limit);
    values.put("heartbeat", rescuer.heartbeat().heartbeatAt());
    values.put("written_at", rescuer.heartbeat().at());
    values.put("held_ms", rescuer.heldFor().toMillis());
    List<Optional<RescuedJob>> rows =
        database.list(anyOrder ? RESCUE_SOME : RESCUE, values, RescueStatements::rescued);
    List<RescuedJob> jobs = rows.stream().flatMap(Optional::stream).toList();
    return new Rescue(jobs, jobs.size() < rows.size());
  }

  List<RescuedJob> ofFormerLife(String clientId, int limit) {
    return database
        .list(RESCUE_FORMER_LIFE, values(clientId, limit), RescueStatements::rescued)
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  private Map<String, Object> values(String clientId, int limit) {
    var values = new HashMap<String, Object>();
    values.put("client_id", clientId);
    values.put("limit", limit);
    values.put("channel", database.schema().channel("river_insert"));
    return values;
  }

  private static Optional<RescuedJob> rescued(ResultSet row) throws SQLException {
    return row.getObject(1) == null
        ? Optional.empty()
        : Optional.of(
            new RescuedJob(row.getLong(1), row.getString(2), row.getString(3), row.getString(4)));
  }
}
