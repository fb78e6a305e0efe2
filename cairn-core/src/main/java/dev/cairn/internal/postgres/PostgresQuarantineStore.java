package dev.cairn.internal.postgres;

import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.QuarantineStore;
import dev.cairn.spi.Quarantine.Item;
import java.sql.Connection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Items that were put aside, in Cairn's own table. */
final class PostgresQuarantineStore implements QuarantineStore {
  private final Database database;

  PostgresQuarantineStore(Database database) {
    this.database = database;
  }

  private static final Sql PUT =
      Sql.of(
          "put an item aside",
          Template.of(
                  """
                  WITH held AS (
                    SELECT job.id
                    FROM {schema}.river_job AS job
                    WHERE job.id = :id AND {held} AND {follows}
                    FOR SHARE
                  )
                  INSERT INTO {schema}.cairn_quarantine (job_id, step, item, position, before, error, crashes)
                  SELECT held.id, :step, md5(:position::jsonb::text), :position::jsonb, :before::jsonb,
                    :error, :crashes
                  FROM held
                  ON CONFLICT (job_id, step, item) DO UPDATE
                  SET error = excluded.error, crashes = excluded.crashes, redrive = false,
                      quarantined_at = now()
                  RETURNING item
                  """)
              .with("held", Fence.held(":attempted_at"))
              .with("follows", Fence.follows(":attempted_at", ":follows::jsonb"))
              .sql());

  @Override
  public Optional<String> put(FencedClaim fenced, String step, Item item) {
    Map<String, @Nullable Object> values = Fence.of(fenced);
    values.put("step", step);
    values.put("position", item.position());
    values.put("before", item.before());
    values.put("error", database.encoding().text(database, item.error()));
    values.put("crashes", item.crashes());
    return database.list(PUT, values, row -> row.getString(1)).stream().findFirst();
  }

  private static final Sql STEPS =
      Sql.of(
          "look for steps with items put aside",
          """
          SELECT step, bool_or(redrive)
          FROM {schema}.cairn_quarantine
          WHERE job_id = :id
          GROUP BY step
          """);

  @Override
  public Map<String, Boolean> steps(long jobId) {
    var steps = new HashMap<String, Boolean>();
    database.list(
        STEPS, Map.of("id", jobId), row -> steps.put(row.getString(1), row.getBoolean(2)));
    return steps;
  }

  private static final Sql POSITIONS =
      Sql.of(
          "read the positions of items put aside",
          "SELECT position FROM {schema}.cairn_quarantine WHERE job_id = :id AND step = :step");

  @Override
  public List<String> positions(long jobId, String step) {
    return database.list(POSITIONS, Map.of("id", jobId, "step", step), row -> row.getString(1));
  }

  private static final Sql IS_ASIDE =
      Sql.of(
          "check whether an item is put aside",
          """
          SELECT EXISTS (
            SELECT FROM {schema}.cairn_quarantine
            WHERE job_id = :id AND step = :step AND item = md5(:position::jsonb::text)
          )
          """);

  @Override
  public boolean isAside(long jobId, String step, String position) {
    return database
        .list(
            IS_ASIDE,
            Map.of("id", jobId, "step", step, "position", position),
            row -> row.getBoolean(1))
        .getFirst();
  }

  private static final Sql TO_REDRIVE =
      Sql.of(
          "look for items to process again",
          """
          SELECT position, before, crashes
          FROM {schema}.cairn_quarantine
          WHERE job_id = :id AND step = :step AND redrive
          ORDER BY quarantined_at, item
          LIMIT 1000
          """);

  @Override
  public List<Item> toRedrive(long jobId, String step) {
    return database.list(
        TO_REDRIVE,
        Map.of("id", jobId, "step", step),
        row -> new Item(row.getString(1), row.getString(2), "", row.getInt(3)));
  }

  /**
   * The row of the job if the claim holds. No other client can claim the job before the statement
   * has ended.
   *
   * @param further further conditions, each beginning with AND
   */
  private static String held(String further, String lock) {
    return Template.of(
            """
            held AS MATERIALIZED (
              SELECT job.id
              FROM {schema}.river_job AS job
              WHERE job.id = :id AND {held}{further}
              {lock}
            )\
            """)
        .with("held", Fence.held(":attempted_at"))
        .with("further", further)
        .with("lock", lock)
        .sql();
  }

  private static final String HELD = held("", "FOR SHARE");

  private static final Sql RELEASE =
      Sql.of(
          "release an item",
          Template.of(
                  """
                  WITH {held},
                  released AS (
                    DELETE FROM {schema}.cairn_quarantine AS item
                    USING held
                    WHERE item.job_id = held.id AND item.step = :step
                      AND item.item = md5(:position::jsonb::text)
                  )
                  SELECT md5(:position::jsonb::text) FROM held
                  """)
              .with("held", HELD)
              .sql());

  @Override
  public Optional<String> release(Claim claim, String step, String position) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("step", step);
    values.put("position", position);
    return database.list(RELEASE, values, row -> row.getString(1)).stream().findFirst();
  }

  // The statement deletes the item first, so that this transaction waits for another transaction
  // that may have deleted the item before.
  private static Sql releaseTx(String lock) {
    String follows = " AND " + Fence.follows(":attempted_at", ":follows::jsonb");
    return Sql.of(
        "release an item in the worker's transaction",
        Template.of(
                """
                WITH {held},
                released AS (
                  DELETE FROM {schema}.cairn_quarantine AS item
                  USING held
                  WHERE item.job_id = held.id AND item.step = :step
                    AND item.item = md5(:position::jsonb::text)
                  RETURNING item.item
                )
                SELECT (SELECT item FROM released) FROM held
                """)
            .with("held", held(follows, lock))
            .sql());
  }

  private static final Sql RELEASE_TX = releaseTx("FOR SHARE");

  // Uses a lock that is not upgraded later, because otherwise two transactions of one job could
  // deadlock.
  private static final Sql RELEASE_TX_ALONE = releaseTx("FOR NO KEY UPDATE");

  @Override
  public Released releaseTx(
      Connection connection, FencedClaim fenced, String step, String position, boolean alone) {
    Map<String, @Nullable Object> values = Fence.of(fenced);
    values.put("step", step);
    values.put("position", position);
    return database
        .list(
            connection,
            alone ? RELEASE_TX_ALONE : RELEASE_TX,
            values,
            row -> new Released(Standing.HELD, row.getString(1)))
        .stream()
        .findFirst()
        .orElseGet(() -> new Released(Fence.broken(database, connection, fenced.claim()), null));
  }

  private static final Sql RENAME =
      Sql.of(
          "rename a step that has put items aside",
          Template.of(
                  """
                  WITH {held},
                  renamed AS (
                    UPDATE {schema}.cairn_quarantine AS item
                    SET step = :to::text || substr(item.step, char_length(:from::text) + 1)
                    FROM held
                    WHERE item.job_id = held.id
                      AND (item.step = :from::text OR starts_with(item.step, :from::text || '/'))
                  )
                  SELECT id FROM held
                  """)
              .with("held", HELD)
              .sql());

  @Override
  public boolean rename(Claim claim, String from, String to) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("from", from);
    values.put("to", to);
    return !database.list(RENAME, values, row -> true).isEmpty();
  }

  private static final Sql FORGET =
      Sql.of(
          "forget the items that a step has put aside",
          Template.of(
                  """
                  WITH {held},
                  forgotten AS (
                    DELETE FROM {schema}.cairn_quarantine AS item
                    USING held
                    WHERE item.job_id = held.id
                      AND (:step::text IS NULL OR item.step = :step::text
                        OR starts_with(item.step, :step::text || '/'))
                  )
                  SELECT id FROM held
                  """)
              .with("held", HELD)
              .sql());

  @Override
  public boolean forget(Claim claim, @Nullable String step) {
    Map<String, @Nullable Object> values = Fence.of(claim);
    values.put("step", step);
    return !database.list(FORGET, values, row -> true).isEmpty();
  }
}
