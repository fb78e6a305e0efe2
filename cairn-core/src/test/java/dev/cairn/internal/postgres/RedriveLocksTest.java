package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.Stores;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedriveLocksTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private final Stores stores = PostgresStores.of(server.dataSource(), server.schema());

  private Claim claim() {
    server.execute("TRUNCATE river_job, cairn_checkpoint, cairn_quarantine, cairn_client");
    server.execute("INSERT INTO cairn_client (id, timeout) VALUES ('a', '1 day')");
    stores
        .jobs()
        .insert(
            List.of(
                new NewJob("noop", "{}", "{}", 25, 1, "default", null, false, List.of(), null)));
    return stores
        .jobs()
        .claim(new ClaimScope("default", "a", Set.of()), ClaimRange.ALL, 1)
        .getFirst()
        .claim();
  }

  /**
   * Seen before: two parts that met items again shared the row, both wanted it alone for their
   * checkpoints, and one of them was rolled back.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTransactionThatChangesTheRowLaterDoesNotShareIt(boolean alone) throws SQLException {
    Claim claim = claim();
    try (Connection one = server.dataSource().getConnection();
        Connection other = server.dataSource().getConnection()) {
      one.setAutoCommit(false);
      assertThat(
              stores
                  .quarantine()
                  .releaseTx(one, FencedClaim.of(claim), "step", "1", alone)
                  .standing())
          .isEqualTo(Standing.HELD);

      assertThat(isShared(other, claim.jobId())).isEqualTo(!alone);
      one.rollback();
    }
  }

  private static boolean isShared(Connection connection, long id) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "SELECT id FROM river_job WHERE id = ? FOR SHARE SKIP LOCKED")) {
      statement.setLong(1, id);
      return statement.executeQuery().next();
    }
  }

  @Test
  void oneItemIsLookedForByItsPosition() {
    Claim claim = claim();
    server.execute(
        """
        INSERT INTO cairn_quarantine (job_id, step, item, position, error, crashes)
        VALUES (?, 'step', md5('{"b": 2, "a": 1}'::jsonb::text), '{"b": 2, "a": 1}', 'failed', 0)
        """,
        claim.jobId());

    assertThat(stores.quarantine().isAside(claim.jobId(), "step", "{\"a\":1,\"b\":2}")).isTrue();
    assertThat(stores.quarantine().isAside(claim.jobId(), "step", "{\"a\":1,\"b\":3}")).isFalse();
    assertThat(stores.quarantine().isAside(claim.jobId(), "other", "{\"a\":1,\"b\":2}")).isFalse();
  }
}
