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

/** How a statement names the claim it belongs to, and what it follows (R5). */
final class Fence {
  private static final Log log = Log.of(Fence.class);
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private Fence() {}

  /** A new map with {@code id}, {@code attempted_at} and {@code client_id}, to add to. */
  static Map<String, @Nullable Object> of(Claim claim) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("id", claim.jobId());
    values.put("attempted_at", claim.attemptedAt());
    values.put("client_id", claim.clientId());
    return values;
  }

  /** The same with {@code follows}. */
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

  /** As {@link Fragments#follows} reads it; null if nothing was written before. */
  private static @Nullable String json(List<Follow> follows) {
    return follows.isEmpty() ? null : MAPPER.writeValueAsString(follows);
  }

  private static final Sql STANDING =
      Sql.of(
          "see how a claim stands",
          Template.of(
                  """
                  SELECT job.state::text, current_setting('transaction_isolation')
                  FROM {schema}.river_job AS job
                  WHERE job.id = :id AND {claimed_last}
                  """)
              .with("claimed_last", Fragments.claimedLast(":attempted_at"))
              .sql());

  /**
   * How a claim stands in the caller's transaction under which a statement has written nothing.
   * Unless the job was completed under it, perhaps by this very transaction, the transaction is
   * aborted, so that it cannot be committed by a caller that swallows the exception. If the claim
   * holds, what the write follows is not there.
   *
   * @throws ContendedException if it may be there: a transaction that sees the database as it was
   *     at its beginning does not see what was written since. As with any serialization failure, it
   *     has to be run again
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
