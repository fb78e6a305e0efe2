package dev.cairn.internal.postgres;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FencedClaim.Follow;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The fence: the conditions under which a statement of a claim may write (R5), the values by which
 * the statement names the claim, and the meaning of a statement that has written nothing.
 */
final class Fence {
  private static final Log log = Log.of(Fence.class);
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private Fence() {}

  /**
   * The fence: whether the row is running under the claim that this client made at this time.
   *
   * @param claimedAt an SQL expression for the time of the claim
   */
  static String held(String claimedAt) {
    return "%s AND %s".formatted(Fragments.RUNNING, claimedLast(claimedAt));
  }

  /** Whether a claim may read: it holds, or the job was completed under it. */
  static String readable(String claimedAt) {
    return "job.state::text IN ('running', 'completed') AND %s".formatted(claimedLast(claimedAt));
  }

  /**
   * Whether the last claim of the job is the one that this client made at this time, whatever the
   * job's state. The condition is on the row itself, because a statement that has waited for the
   * row's lock reads only that row again.
   */
  static String claimedLast(String claimedAt) {
    return "%s AND %s = :client_id".formatted(claimedAt(claimedAt), Fragments.LAST_CLIENT);
  }

  /**
   * Whether the row was last claimed at this time, by any client. This also accepts a row whose
   * {@code attempted_at} was renewed under that claim. The pair in the metadata becomes invalid
   * when another {@code attempted_at} is set.
   */
  static String claimedAt(String claimedAt) {
    return Template.of(
            """
            (job.attempted_at = {claimed_at}
              OR job.metadata -> '{renewed_key}' = jsonb_build_array({claimed_micros}, {attempted_micros}))\
            """)
        .with("claimed_at", claimedAt)
        .with("claimed_micros", Fragments.micros(claimedAt))
        .with("attempted_micros", Fragments.micros("job.attempted_at"))
        .sql();
  }

  /**
   * Whether the database has the earlier writes that a write follows: the last writes of the claim
   * that the client knows to be durable. If they are missing, a failover or a restore has lost
   * commits.
   *
   * @param claimedAt an SQL expression for the time of the claim
   * @param follows an SQL expression for a JSON array of {@code FencedClaim.Follow}s; null if there
   *     are none
   */
  static String follows(String claimedAt, String follows) {
    return Template.of(
            """
            ({follows} IS NULL OR NOT EXISTS (
              SELECT FROM jsonb_to_recordset({follows}) AS follow (name text, sequence bigint, item text)
              WHERE NOT EXISTS (
                SELECT FROM {schema}.cairn_checkpoint AS durable
                WHERE follow.item IS NULL AND durable.job_id = job.id AND durable.name = follow.name
                  AND durable.claimed_at = {claimed_at} AND durable.sequence >= follow.sequence
                UNION ALL
                SELECT FROM {schema}.cairn_quarantine AS aside
                WHERE aside.job_id = job.id AND aside.step = follow.name AND aside.item = follow.item
              )
            ))\
            """)
        .with("claimed_at", claimedAt)
        .with("follows", follows)
        .sql();
  }

  /** A new, mutable map with {@code id}, {@code attempted_at} and {@code client_id}. */
  static Map<String, @Nullable Object> of(Claim claim) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("id", claim.jobId());
    values.put("attempted_at", claim.attemptedAt());
    values.put("client_id", claim.clientId());
    return values;
  }

  /** The same map with {@code follows}. */
  static Map<String, @Nullable Object> of(FencedClaim fenced) {
    Map<String, @Nullable Object> values = of(fenced.claim());
    values.put("follows", json(fenced.follows()));
    return values;
  }

  /**
   * The arrays {@code ids}, {@code attempted_at} and {@code follows} of many claims of one client.
   */
  static <T> Map<String, @Nullable Object> of(
      String clientId, List<T> items, Function<T, FencedClaim> fenced) {
    Map<String, @Nullable Object> values =
        ofClaims(clientId, items, item -> fenced.apply(item).claim());
    values.put("follows", SqlArray.texts(items, item -> json(fenced.apply(item).follows())));
    return values;
  }

  /** The arrays {@code ids} and {@code attempted_at} of many claims of one client. */
  static <T> Map<String, @Nullable Object> ofClaims(
      String clientId, List<T> items, Function<T, Claim> claim) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("ids", SqlArray.longs(items, item -> claim.apply(item).jobId()));
    values.put("attempted_at", SqlArray.instants(items, item -> claim.apply(item).attemptedAt()));
    values.put("client_id", clientId);
    return values;
  }

  /** The earlier writes in the form that {@link #follows} reads; null if there are none. */
  private static @Nullable String json(List<Follow> follows) {
    return follows.isEmpty() ? null : MAPPER.writeValueAsString(follows);
  }

  private static final Sql STANDING =
      Sql.of(
          "check the state of a claim",
          Template.of(
                  """
                  SELECT job.state::text, current_setting('transaction_isolation')
                  FROM {schema}.river_job AS job
                  WHERE job.id = :id AND {claimed_last}
                  """)
              .with("claimed_last", claimedLast(":attempted_at"))
              .sql());

  /**
   * Finds out why a statement in the caller's transaction has written nothing for its claim. Unless
   * the job was completed under the claim, possibly by this transaction, the transaction is
   * aborted, so that a caller that swallows the exception cannot commit it. If the claim still
   * holds, the database lacks writes that the statement follows, or a write whose commit was in
   * doubt was committed after all. In both cases, the attempt has to start again from the state of
   * the database.
   *
   * @throws ContendedException if these writes may exist: a transaction that sees the database as
   *     of its beginning does not see later writes. As with any serialization failure, the
   *     transaction has to be run again
   */
  static Standing broken(Database database, Connection connection, Claim claim) {
    List<Seen> seen =
        database.list(
            connection, STANDING, of(claim), row -> new Seen(row.getString(1), row.getString(2)));
    if (seen.stream().anyMatch(each -> each.state().equals("completed"))) {
      return Standing.COMPLETED;
    }
    abort(connection);
    if (seen.stream().noneMatch(each -> each.state().equals("running"))) {
      return Standing.LOST;
    }
    if (seen.stream().allMatch(each -> each.isolation().equals("read committed"))) {
      return Standing.REWOUND;
    }
    String why =
        "the transaction of job %d does not see the checkpoint that its write follows"
            .formatted(claim.jobId());
    throw new ContendedException(why, new SQLException(why, "40001"));
  }

  private record Seen(String state, String isolation) {}

  private static void abort(Connection connection) {
    try (var statement = connection.createStatement()) {
      statement.execute("DO $$BEGIN RAISE EXCEPTION 'the job is no longer this attempt''s'; END$$");
    } catch (SQLException e) {
      log.debug("Aborted the transaction of an attempt that lost its job", e);
    }
  }
}
