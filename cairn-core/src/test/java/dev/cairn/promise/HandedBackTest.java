package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.Stores;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;

/**
 * A job whose attempt ends without an outcome may come back the same way again: that costs neither
 * an attempt nor time, so it went round as fast as the database allowed.
 */
class HandedBackTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private final Stores stores = PostgresStores.of(database.dataSource(), database.schema());
  private long id;

  @BeforeEach
  void prepare() {
    database.execute("DELETE FROM river_job");
    database.execute("DELETE FROM cairn_client");
    database.execute(
        "INSERT INTO cairn_client (id, heartbeat_at, timeout) VALUES ('client', now(), '1 day')");
    id =
        database.number(
            "INSERT INTO river_job (kind, args, max_attempts) VALUES ('any', '{}', 25) RETURNING id");
  }

  private Claim claim() {
    return stores.jobs().claimNow(id, "client").orElseThrow().claim();
  }

  private static double seconds(String time) {
    return Double.parseDouble(
        String.valueOf(
            database.text("SELECT extract(epoch FROM %s)::text FROM river_job".formatted(time))));
  }

  /** Asserts how long the job has to wait after something that is done now. */
  private static void assertWaits(double expected, Runnable act) {
    double before = seconds("clock_timestamp()");
    act.run();
    double after = seconds("clock_timestamp()");
    double due = seconds("scheduled_at");
    if (expected == 0) {
      assertThat(due).isLessThanOrEqualTo(after);
    } else {
      assertThat(due).isBetween(before + expected, after + expected);
    }
    assertThat(database.text("SELECT state::text || ' ' || attempt FROM river_job"))
        .isEqualTo("available 0");
  }

  private void handBack() {
    finish(FinishedAttempt.withoutOutcome(claim()));
  }

  private void finish(FinishedAttempt attempt) {
    assertThat(stores.jobs().finish("client", List.of(attempt))).hasSize(1);
  }

  private static void makeDue() {
    database.execute("UPDATE river_job SET scheduled_at = least(scheduled_at, now())");
  }

  private static String metadata(String key) {
    return String.valueOf(database.text("SELECT metadata ->> '" + key + "' FROM river_job"));
  }

  @Test
  void theFirstTimeItContinuesAtOnceAndFromTheSecondInARowOnItWaitsLongerEachTime() {
    List<Double> expected = List.of(0.0, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0);
    for (int time = 1; time <= expected.size(); time++) {
      assertWaits(expected.get(time - 1), this::handBack);
      assertThat(metadata("cairn:handed_back")).isEqualTo(Integer.toString(time));
      makeDue();
    }
    assertThat(metadata("cairn:interruptions"))
        .as("otherwise, the next stop of a client would discard a job that was not to blame")
        .isEqualTo("null");
  }

  /** A client without a job of the queue looks only after its poll interval. */
  @Test
  void itsQueueIsNotifiedEachTimeAlsoWhileItWaits() throws SQLException {
    try (Connection connection = database.dataSource().getConnection()) {
      try (var statement = connection.createStatement()) {
        statement.execute("LISTEN \"%s.river_insert\"".formatted(database.schema()));
      }
      PGConnection listening = connection.unwrap(PGConnection.class);
      for (int time = 1; time <= 3; time++) {
        handBack();
        assertThat(listening.getNotifications(5_000)).hasSize(1);
        makeDue();
      }
    }
  }

  /** It had the oldest job of a backlog wait behind all others. */
  @Test
  void aClientThatStopsOrHasNoThreadOrDoesNotKnowTheJobDelaysNothingAndCountsNothing() {
    database.execute("UPDATE river_job SET scheduled_at = '2026-01-01'");
    for (int time = 1; time <= 5; time++) {
      finish(FinishedAttempt.handedBack(claim()));
      assertThat(stores.jobs().handBack("client", List.of(claim()))).hasSize(1);
    }

    assertThat(database.text("SELECT scheduled_at::date::text FROM river_job"))
        .as("its place")
        .isEqualTo("2026-01-01");
    assertThat(database.text("SELECT metadata::text FROM river_job")).isEqualTo("{}");
    assertWaits(0, this::handBack);
  }

  @Test
  void anOutcomeInBetweenEndsTheRow() {
    for (int time = 1; time <= 4; time++) {
      handBack();
      makeDue();
    }
    stores
        .jobs()
        .finish(
            "client",
            List.of(
                new FinishedAttempt(
                    FencedClaim.of(claim()),
                    1,
                    new Outcome.Snoozed(Duration.ZERO),
                    "{}",
                    false,
                    List.of(),
                    new AttemptTimes(Duration.ZERO, Duration.ZERO, System.nanoTime()))));

    assertWaits(0, this::handBack);
  }

  @Test
  void whatIsNoNumberCountsAsZero() {
    database.execute(
        """
        UPDATE river_job SET metadata = '{"cairn:handed_back": "x"}'
        """);

    assertWaits(0, this::handBack);
    assertThat(metadata("cairn:handed_back")).isEqualTo("1");
  }
}
