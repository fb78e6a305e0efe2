package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.InsertResult;
import dev.cairn.InterruptionReason;
import dev.cairn.JobState;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimStatus;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.QueueLook;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Jobs in River's tables. Inserting, claiming and finishing have classes of their own. */
final class PostgresJobStore implements JobStore {
  private final Database database;
  private final InsertStatements inserts = new InsertStatements();
  private final InsertNotices notices;
  private final CopyStatements copies;
  private final ClaimStatements claims;
  private final CompleteStatements completions;
  private final FinishStatements finishes;

  PostgresJobStore(Database database) {
    this.database = database;
    this.notices = new InsertNotices(database);
    this.copies = new CopyStatements(database, inserts, notices);
    this.claims = new ClaimStatements(database);
    this.completions = new CompleteStatements(database);
    this.finishes = new FinishStatements(database, completions);
  }

  @Override
  public List<InsertResult> insert(List<NewJob> jobs) {
    boolean tells = notices.insertionTells();
    return owing(tells, Repetition.run(() -> inserts.insert(database, jobs, tells)));
  }

  @Override
  public List<InsertResult> tryInsert(List<NewJob> jobs) {
    if (jobs.stream().noneMatch(NewJob::isUnique)) {
      return insert(jobs);
    }
    boolean tells = notices.insertionTells();
    Insertion insertion =
        Repetition.run(() ->
            database.inTransaction(
                "insert unique jobs",
                session -> {
                  LockWaits.brief(session);
                  Insertion inserted = inserts.insert(session, jobs, tells);
                  LockWaits.untilCommit(session);
                  return inserted;
                }));
    return owing(tells, insertion);
  }

  /**
   * Returns the results of a committed insertion, whose notifications may still have to be sent.
   */
  private List<InsertResult> owing(boolean tells, Insertion insertion) {
    if (!tells) {
      notices.owe(insertion.dueQueues());
    }
    return insertion.results();
  }

  @Override
  public List<InsertResult> insert(Connection connection, List<NewJob> jobs) {
    boolean tells = notices.insertionTells();
    Insertion insertion = explaining(() -> inserts.insert(database.in(connection), jobs, tells));
    if (!tells && insertion.transaction() != null) {
      notices.oweAfter(insertion.transaction(), insertion.dueQueues());
    }
    return insertion.results();
  }

  @Override
  public long insertFast(List<NewJob> jobs) {
    return Repetition.run(() -> copies.insert(jobs));
  }

  @Override
  public long insertFast(Connection connection, List<NewJob> jobs) {
    return explaining(() -> copies.insert(connection, jobs));
  }

  /**
   * Adds to the message of a serialization failure what the caller can do, because only the caller
   * can run its own transaction again.
   */
  private static <T> T explaining(Supplier<T> insertion) {
    try {
      return insertion.get();
    } catch (ContendedException e) {
      if (!Repetition.isSerializationFailure(e)) {
        throw e;
      }
      throw new ContendedException(
          e.getMessage()
              + ". Another transaction has changed or inserted the same job since yours began: run yours again, or begin it with READ COMMITTED [CAIRN-606]",
          e);
    }
  }

  @Override
  public List<ClaimedJob> claim(ClaimScope scope, ClaimRange range, int limit) {
    return claims.claim(scope, range, limit);
  }

  @Override
  public Optional<ClaimedJob> claim(long id, ClaimScope scope) {
    return claimOne(id, () -> claims.claim(id, scope));
  }

  @Override
  public Optional<ClaimedJob> claimNow(long id, String clientId, Runnable gate) {
    return claimOne(id, () -> claims.claimNow(id, clientId, gate));
  }

  private Optional<ClaimedJob> claimOne(long id, Supplier<Optional<ClaimedJob>> claim) {
    try {
      return claim.get();
    } catch (CairnException e) {
      throw UniqueTwins.explained(e, database, id, JobState.RUNNING);
    }
  }

  @Override
  public List<Long> due(ClaimScope scope, ClaimRange range, int limit) {
    return claims.due(scope, range, limit);
  }

  @Override
  public Map<Integer, Duration> untilDue(List<QueueLook> looks, Set<String> kinds) {
    return claims.untilDue(looks, kinds);
  }

  @Override
  public boolean setApart(long id, String reason) {
    return finishes.setApart(id, reason);
  }

  @Override
  public boolean setApart(Claim claim, String reason) {
    return finishes.setApart(claim, reason);
  }

  @Override
  public Collection<Claim> finish(String clientId, List<FinishedAttempt> attempts) {
    return finishes.finish(clientId, attempts);
  }

  @Override
  public Set<Claim> handBack(String clientId, List<Claim> handedBack) {
    return finishes.handBack(clientId, handedBack);
  }

  @Override
  public Standing completeTx(Connection connection, FencedClaim claim, @Nullable String metadata) {
    return completions.completeTx(connection, claim, metadata);
  }

  @Override
  public boolean addMetadata(Claim claim, String metadata) {
    return completions.addMetadata(claim, metadata);
  }

  // A locked job is skipped: its session is about to write to it, and the next turn tries again.
  private static final Sql RENEW =
      Sql.of(
          "renew the claims of long-running jobs",
          Template.of(
                  """
                  WITH held AS MATERIALIZED (
                    SELECT claim.ordinal, job.id, claim.attempted_at AS claimed_at,
                      greatest(now(), job.attempted_at + interval '1 microsecond') AS renewed_at
                    FROM unnest(:ids::bigint[], :attempted_at::timestamptz[])
                      WITH ORDINALITY AS claim (id, attempted_at, ordinal)
                    CROSS JOIN LATERAL (
                      SELECT job.id, job.attempted_at
                      FROM {schema}.river_job AS job
                      WHERE job.id = claim.id AND {held}
                        AND job.attempted_at <= now() - :age_ms * interval '1 millisecond'
                      FOR NO KEY UPDATE SKIP LOCKED
                    ) AS job
                    WHERE {alive}
                  )
                  UPDATE {schema}.river_job AS job
                  SET attempted_at = held.renewed_at,
                      metadata = ({metadata})
                        || jsonb_build_object('{renewed_key}', jsonb_build_array({claimed_micros}, {renewed_micros}))
                  FROM held
                  WHERE job.id = held.id
                  RETURNING held.ordinal
                  """)
              .with("held", Fence.held("claim.attempted_at"))
              .with("claimed_micros", Fragments.micros("held.claimed_at"))
              .with("renewed_micros", Fragments.micros("held.renewed_at"))
              .with("metadata", Fragments.METADATA)
              .with("alive", DeadClients.ALIVE)
              .sql());

  @Override
  public Set<Claim> renew(String clientId, List<Claim> renewed, Duration age) {
    Map<String, @Nullable Object> values = Fence.ofClaims(clientId, renewed, claim -> claim);
    values.put("age_ms", age.toMillis());
    return Set.copyOf(database.list(RENEW, values, row -> renewed.get(row.getInt(1) - 1)));
  }

  private static final Sql CLAIMS_OF =
      Sql.of(
          "look for orphaned claims",
          Template.of(
                  """
                  SELECT job.id, {claimed_at}
                  FROM {schema}.river_job AS job
                  WHERE job.state = 'running' AND {last_client} = :client_id AND job.attempted_at IS NOT NULL
                  """)
              .with("last_client", Fragments.LAST_CLIENT)
              .with("claimed_at", Fragments.CLAIMED_AT)
              .sql());

  @Override
  public Set<Claim> claimsOf(String clientId) {
    return Set.copyOf(
        database.list(
            CLAIMS_OF,
            Map.of("client_id", clientId),
            row -> new Claim(row.getLong(1), Rows.instant(row, 2), clientId)));
  }

  // The concatenation reads large metadata once, and not for each mention; OFFSET 0 keeps it apart.
  private static final Sql INSPECT =
      Sql.of(
          "check the running jobs",
          Template.of(
                  """
                  SELECT claim.ordinal,
                    CASE
                      WHEN job.id IS NULL THEN 'LOST'
                      WHEN job.state = 'completed' THEN 'COMPLETED'
                      WHEN job.state <> 'running' THEN 'ENDED'
                      WHEN {follows} THEN 'HELD'
                      ELSE 'REWOUND'
                    END,
                    CASE
                      WHEN {cancel_requested} THEN 'CANCELLED'
                      WHEN {request} = 'pause' THEN 'PAUSED'
                      WHEN {request} = 'interrupt' AND job.metadata #> '{{request_key},claim}'
                        = to_jsonb({attempted_micros}) THEN 'REQUESTED'
                    END
                  FROM unnest(:ids::bigint[], :attempted_at::timestamptz[], :follows::jsonb[])
                    WITH ORDINALITY AS claim (id, attempted_at, follows, ordinal)
                  LEFT JOIN LATERAL (
                    SELECT own.id, own.state, own.attempted_at, own.attempted_by,
                      own.metadata || '{}'::jsonb AS metadata
                    FROM {schema}.river_job AS own
                    WHERE own.id = claim.id
                    OFFSET 0
                  ) AS job ON {claimed_last}
                  ORDER BY claim.ordinal
                  """)
              .with("claimed_last", Fence.claimedLast("claim.attempted_at"))
              .with("request", Fragments.REQUEST)
              .with("attempted_micros", Fragments.micros("claim.attempted_at"))
              .with("cancel_requested", Fragments.CANCEL_REQUESTED)
              .with("follows", Fence.follows("claim.attempted_at", "claim.follows"))
              .sql());

  @Override
  public List<ClaimStatus> inspect(String clientId, List<FencedClaim> inspected) {
    return database.list(
        INSPECT,
        Fence.of(clientId, inspected, claim -> claim),
        row ->
            new ClaimStatus(
                inspected.get(row.getInt(1) - 1).claim(),
                Standing.valueOf(row.getString(2)),
                requested(row.getString(3))));
  }

  private static @Nullable InterruptionReason requested(@Nullable String reason) {
    return reason == null ? null : InterruptionReason.valueOf(reason);
  }

  @Override
  public void awaitNotices(Duration most) {
    notices.awaitTold(most);
  }
}
