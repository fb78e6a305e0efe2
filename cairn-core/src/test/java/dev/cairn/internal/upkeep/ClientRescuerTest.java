package dev.cairn.internal.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.CairnException;
import dev.cairn.StandIn;
import dev.cairn.TestDatabase;
import dev.cairn.TestLogs;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ClientStore.Pulse;
import dev.cairn.internal.store.ClientStore.Rescue;
import dev.cairn.internal.store.ClientStore.Rescuer;
import dev.cairn.internal.store.ClientStore.Written;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.Rescuers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientRescuerTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private final ClientStore clients =
      PostgresStores.of(database.dataSource(), database.schema()).clients();
  private final Lease lease = new Lease(Duration.ofMinutes(10));
  private final Discards discards = new Discards();
  private final ClientRescuer rescuer = rescuer(INTERVAL);

  private ClientRescuer rescuer(Duration interval) {
    return new ClientRescuer("me", clients, lease, interval, discards);
  }

  @AfterEach
  void empty() {
    database.execute("DELETE FROM river_job");
    database.execute("DELETE FROM cairn_client");
  }

  /** The heartbeat that renews the lease is seen in the database, too. */
  private void hold(Duration time) {
    database.execute(
        """
        INSERT INTO cairn_client (id, timeout) VALUES ('me', '1 day')
        ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()
        """);
    renew(time);
  }

  private void renew(Duration time) {
    Instant heartbeatAt = clients.lastSign("me").orElseThrow().at();
    lease.renew(System.nanoTime() - time.toNanos(), heartbeatAt, heartbeatAt);
  }

  private static void client(String id, int timeoutSeconds, int silentSeconds) {
    database.execute(
        """
        INSERT INTO cairn_client (id, timeout, heartbeat_at)
        VALUES (?, ? * interval '1 second', now() - ? * interval '1 second')
        ON CONFLICT (id) DO UPDATE
        SET timeout = excluded.timeout, heartbeat_at = excluded.heartbeat_at
        """,
        id,
        timeoutSeconds,
        silentSeconds);
  }

  private static void jobsOf(String client, int count) {
    database.execute(
        """
        INSERT INTO river_job (kind, args, state, attempt, max_attempts, attempted_at, attempted_by)
        SELECT 'any', '{}', 'running', 1, 25, now(), ARRAY[?] FROM generate_series(1, ?)
        """,
        client,
        count);
  }

  private static long inState(String state) {
    return database.number("SELECT count(*) FROM river_job WHERE state::text = ?", state);
  }

  @Test
  void freesTheJobsOfADeadClient() {
    hold(Duration.ofMinutes(1));
    client("dead", 10, 11);
    client("alive", 10, 1);
    jobsOf("dead", 3);
    jobsOf("alive", 2);

    rescuer.turn();

    assertThat(inState("available")).isEqualTo(3);
    assertThat(inState("running")).isEqualTo(2);
    assertThat(TestLogs.warnings("Client dead died: 3 of its jobs are available now")).isNotEmpty();
  }

  @Test
  void rescuesNobodyBeforeItsOwnLeaseHasHeldForTheTimeoutOfTheOther() {
    client("dead", 100, 1_000);
    jobsOf("dead", 1);
    hold(Duration.ofSeconds(20));

    Duration next = rescuer.turn();
    assertThat(inState("running")).isEqualTo(1);
    assertThat(next).as("it looks again soon enough").isLessThanOrEqualTo(INTERVAL.plusMillis(2));
    hold(Duration.ofSeconds(1));
    rescuer.turn();
    assertThat(inState("running")).as("renewing is no break").isEqualTo(1);

    renew(Duration.ofHours(1));
    hold(Duration.ofSeconds(101));
    rescuer.turn();

    assertThat(inState("available")).isEqualTo(1);
  }

  /** Seen before: it was not rescued until that time had come. */
  @ParameterizedTest
  @ValueSource(strings = {"1 day", "100 years", "infinity"})
  void aHeartbeatThatLiesAheadDelaysNoRescue(String ahead) {
    hold(Duration.ofMinutes(1));
    client("dead", 1, 0);
    database.execute(
        """
        UPDATE cairn_client
        SET heartbeat_at = CASE WHEN ? = 'infinity' THEN 'infinity' ELSE now() + ?::interval END
        WHERE id = 'dead'
        """,
        ahead,
        ahead.equals("infinity") ? "0" : ahead);
    jobsOf("dead", 1);

    rescuer.turn();
    assertThat(inState("running")).as("it may live, and has its timeout from now on").isEqualTo(1);

    await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> {
          hold(Duration.ofMinutes(1));
          rescuer.turn();
          return inState("available") == 1;
        });
  }

  /** The heartbeat of a client that has just stood still together with the server. */
  private static void stoodStill(Duration time) {
    database.execute(
        "UPDATE cairn_client SET heartbeat_at = heartbeat_at - ? * interval '1 second'",
        time.toSeconds());
  }

  private Instant heartbeatOf(String client) {
    return clients.lastSign(client).orElseThrow().at();
  }

  /**
   * The server stands still with all that it was sent, and continues in any order: my heartbeat, my
   * rescue, which was sent before, and only then the heartbeat of the other client.
   */
  @Test
  void aRescueThatWasHeldUpTakesNothingFromALivingClientWhoseHeartbeatComesAfterIt() {
    try (Pulse mine = clients.pulse("me", Duration.ofSeconds(30), null);
        Pulse other = clients.pulse("other", Duration.ofSeconds(30), null)) {
      mine.beat();
      other.beat();
      jobsOf("other", 2);
      stoodStill(Duration.ofSeconds(40));
      var sentBefore = Rescuers.of("me", heartbeatOf("me"), Duration.ofHours(1));

      assertThat(mine.beat()).isPresent();
      Rescue rescue = clients.rescueFromDeadClients(sentBefore, 10, false);
      assertThat(other.beat()).isPresent();

      assertThat(rescue.jobs()).isEmpty();
      assertThat(rescue.isRefused()).isTrue();
      assertThat(inState("running")).isEqualTo(2);
    }
  }

  @Test
  void norDoesOneThatRunsBeforeBothHeartbeats() {
    try (Pulse mine = clients.pulse("me", Duration.ofSeconds(30), null);
        Pulse other = clients.pulse("other", Duration.ofSeconds(30), null)) {
      mine.beat();
      other.beat();
      jobsOf("other", 2);
      stoodStill(Duration.ofSeconds(23));
      database.execute(
          "UPDATE cairn_client SET heartbeat_at = heartbeat_at - interval '8 seconds' WHERE id = 'other'");
      var sentBefore = Rescuers.of("me", heartbeatOf("me"), Duration.ofHours(1));

      assertThat(clients.rescueFromDeadClients(sentBefore, 10, false).jobs()).isEmpty();

      assertThat(inState("running")).isEqualTo(2);
    }
  }

  /**
   * After a stall of 40 seconds, my own timeout of a minute says nothing about the other client.
   */
  @Test
  void norDoesTheRescueOfAClientWithALongerTimeout() {
    try (Pulse mine = clients.pulse("me", Duration.ofMinutes(1), null);
        Pulse other = clients.pulse("other", Duration.ofSeconds(30), null)) {
      mine.beat();
      other.beat();
      jobsOf("other", 2);
      stoodStill(Duration.ofSeconds(40));
      var sentBefore = Rescuers.of("me", heartbeatOf("me"), Duration.ofHours(1));

      Rescue rescue = clients.rescueFromDeadClients(sentBefore, 10, false);
      assertThat(rescue.jobs()).isEmpty();
      assertThat(rescue.isRefused()).isTrue();
      database.execute("UPDATE cairn_client SET timeout = '0' WHERE id = 'other'");

      assertThat(clients.rescueFromDeadClients(sentBefore, 10, false).jobs())
          .as("it has signed off")
          .hasSize(2);
    }
  }

  /**
   * The clock has gone back by eight seconds. So all heartbeats of these seconds have the same name
   * in the row, and none of them looks old.
   */
  @Test
  void norDoesOneThatWasHeldUpAfterTheClockWentBackALittle() {
    try (Pulse mine = clients.pulse("me", Duration.ofSeconds(4), null);
        Pulse other = clients.pulse("other", Duration.ofSeconds(4), null)) {
      mine.beat();
      other.beat();
      jobsOf("other", 2);
      stoodStill(Duration.ofSeconds(5));
      Instant written = heartbeatOf("me");
      database.execute(
          "UPDATE cairn_client SET heartbeat_at = now() + interval '8 seconds' WHERE id = 'me'");
      Instant named = heartbeatOf("me");
      var sentBefore = new Rescuer("me", new Written(written, named), Duration.ofHours(1));
      var ofTheClockAhead = new Rescuer("me", new Written(named, named), Duration.ofHours(1));

      assertThat(mine.beat().orElseThrow().heartbeatAt()).isEqualTo(named);
      assertThat(clients.rescueFromDeadClients(sentBefore, 10, false).isRefused()).isTrue();
      assertThat(clients.rescueFromDeadClients(ofTheClockAhead, 10, false).isRefused()).isTrue();
      assertThat(inState("running")).isEqualTo(2);

      Written last = mine.beat().orElseThrow();
      assertThat(
              clients
                  .rescueFromDeadClients(new Rescuer("me", last, Duration.ofHours(1)), 10, false)
                  .jobs())
          .hasSize(2);
    }
  }

  /** As after a failover to a server whose clock is ahead: all clients look dead at once. */
  @Test
  void aRescueThatWasSentBeforeTheClockWentForwardTakesNothing() {
    hold(Duration.ofMinutes(1));
    client("other", 30, 5);
    jobsOf("other", 2);
    stoodStill(Duration.ofMinutes(2));
    Instant old = heartbeatOf("me");
    database.execute("UPDATE cairn_client SET heartbeat_at = now() WHERE id = 'me'");
    lease.renew(System.nanoTime(), old, old);
    var asked = new AtomicInteger();
    lease.renewedBy(asked::incrementAndGet);

    assertThat(rescuer.turn())
        .as("it looks again soon, with a new heartbeat")
        .isLessThanOrEqualTo(Duration.ofMillis(100));

    assertThat(asked).hasValue(1);
    assertThat(inState("running")).isEqualTo(2);
    renew(Duration.ofMinutes(1));
    rescuer.turn();
    assertThat(inState("available")).isEqualTo(2);
  }

  /** As when the database is far away: the lease learns late what its row has. */
  @Test
  void theHeartbeatThatARefusedRescueAsksForDoesNotMakeItsNextTryOutdated() {
    hold(Duration.ofMinutes(1));
    client("dead", 10, 11);
    jobsOf("dead", 2);
    var asked = new AtomicInteger();
    lease.renewedBy(() -> {
      asked.incrementAndGet();
      nextHeartbeat();
    });
    nextHeartbeat();

    for (int turn = 0; turn < 3; turn++) {
      assertThat(rescuer.turn()).isPositive().isLessThanOrEqualTo(Duration.ofMillis(100));
    }

    assertThat(asked).as("once, because its answer is under way").hasValue(1);
    assertThat(inState("running")).isEqualTo(2);
    renew(Duration.ofMinutes(1));
    rescuer.turn();
    assertThat(inState("available")).isEqualTo(2);
  }

  @Test
  void aRescueThatWasRefusedBecauseOfAHeartbeatThatIsKnownByNowIsTriedAgainAtOnce() {
    hold(Duration.ofMinutes(1));
    client("dead", 10, 11);
    jobsOf("dead", 2);
    StandIn<ClientStore> slow = StandIn.before(ClientStore.class, clients);
    slow.on(
        "rescueFromDeadClients",
        call -> {
          hold(Duration.ofMinutes(1));
          slow.pass("rescueFromDeadClients");
          return clients.rescueFromDeadClients(
              call.argument(0, Rescuer.class),
              call.argument(1, Integer.class),
              call.argument(2, Boolean.class));
        });
    lease.renewedBy(() -> {
      throw new AssertionError("it has a new heartbeat");
    });
    var hurried = new ClientRescuer("me", slow.object(), lease, INTERVAL, discards);

    assertThat(hurried.turn()).isZero();
    hurried.turn();

    assertThat(inState("available")).isEqualTo(2);
  }

  private static void nextHeartbeat() {
    database.execute(
        """
        UPDATE cairn_client SET heartbeat_at = heartbeat_at + interval '1 microsecond'
        WHERE id = 'me'
        """);
  }

  @Test
  void rescuesNobodyWithoutALease() {
    client("dead", 1, 1_000);
    jobsOf("dead", 1);

    assertThat(rescuer.turn()).isEqualTo(Duration.ofSeconds(1));
    assertThat(rescuer(Duration.ofMillis(50)).turn()).isEqualTo(Duration.ofMillis(50));

    assertThat(inState("running")).isEqualTo(1);
  }

  @Test
  void neverRescuesItself() {
    hold(Duration.ofMinutes(1));
    client("me", 1, 1_000);
    jobsOf("me", 1);

    rescuer.turn();

    assertThat(inState("running")).isEqualTo(1);
  }

  @Test
  void looksAgainWhenTheNextClientWouldCountAsDead() {
    hold(Duration.ofMinutes(1));
    client("late", 10, 5);

    assertThat(rescuer.turn()).isBetween(Duration.ofMillis(1), Duration.ofMillis(5_002));
    client("early", 10, 9);
    assertThat(rescuer.turn()).isLessThanOrEqualTo(Duration.ofMillis(1_002));
  }

  @Test
  void aDeadClientWithoutJobsCausesNoRush() {
    hold(Duration.ofMinutes(1));
    client("dead", 1, 1_000);

    assertThat(rescuer.turn()).isEqualTo(INTERVAL.plusMillis(2));
  }

  @Test
  void goesOnAtOnceWhereThereAreMoreThanOneBatch() {
    hold(Duration.ofMinutes(1));
    client("dead", 50, 1_000);
    jobsOf("dead", 1_001);

    assertThat(rescuer.turn()).isZero();
    assertThat(rescuer.turn()).isPositive();

    assertThat(inState("running")).isZero();
  }

  @Test
  void batchesGrowWhileThereIsMore() {
    hold(Duration.ofMinutes(1));
    client("dead", 50, 1_000);
    jobsOf("dead", 3_001);

    assertThat(rescuer.turn()).isZero();
    assertThat(inState("available")).isEqualTo(1_000);
    assertThat(rescuer.turn()).isZero();
    assertThat(inState("available")).isEqualTo(3_000);
    assertThat(rescuer.turn()).isPositive();

    assertThat(inState("running")).isZero();
  }

  /** As a trigger of an application refuses a row: its SQLSTATE says nothing about values. */
  @Test
  void norDoesAJobThatATriggerRefuses() {
    hold(Duration.ofMinutes(1));
    client("dead", 50, 51);
    jobsOf("dead", 5);
    database.execute(
        "UPDATE river_job SET kind = 'odd' WHERE id = (SELECT min(id) FROM river_job)");
    database.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no'; END $$
        """);
    database.execute(
        """
        CREATE TRIGGER refuse BEFORE UPDATE ON river_job
        FOR EACH ROW WHEN (OLD.kind = 'odd') EXECUTE FUNCTION refuse()
        """);
    try {
      for (int turn = 0; turn < 60 && inState("available") < 4; turn++) {
        try {
          rescuer.turn();
        } catch (CairnException e) {
          assertThat(e).hasMessageContaining("rescue");
        }
      }

      assertThat(inState("available")).isEqualTo(4);
    } finally {
      database.execute("DROP TRIGGER refuse ON river_job");
      database.execute("DROP FUNCTION refuse");
    }
  }

  /** Whoever takes the key of one has not committed: the others are rescued, some at a time. */
  @Tag("thorough")
  @Test
  void aUniqueKeyThatIsJustBeingTakenHoldsUpNoOtherJob() throws SQLException {
    hold(Duration.ofMinutes(1));
    client("dead", 50, 51);
    jobsOf("dead", 5);
    database.execute(
        """
        UPDATE river_job SET unique_key = 'k', unique_states = B'00000001'
        WHERE id = (SELECT min(id) FROM river_job)
        """);
    try (Connection open = database.dataSource().getConnection()) {
      open.setAutoCommit(false);
      try (var statement = open.createStatement()) {
        statement.execute(
            """
            INSERT INTO river_job (kind, args, max_attempts, state, unique_key, unique_states)
            VALUES ('any', '{}', 25, 'available', 'k', B'00000001')
            """);
      }
      for (int turn = 0; turn < 60 && inState("available") < 4; turn++) {
        try {
          rescuer.turn();
        } catch (ContendedException e) {
          assertThat(e).hasMessageContaining("rescue");
        }
      }

      assertThat(inState("available")).isEqualTo(4);
      open.rollback();
    }
  }
}
