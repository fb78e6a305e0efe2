package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static dev.cairn.internal.work.Workshop.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterceptedCalls;
import dev.cairn.TestDatabase;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.ClientStore.Pulse;
import dev.cairn.internal.store.ClientStore.RescuedJob;
import dev.cairn.internal.store.Rescuers;
import dev.cairn.internal.store.Stores;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The heartbeat on a real database. */
class SigningOffTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  /** No test waits until the lease runs out, unless it says so. */
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final Stores stores = PostgresStores.of(database.dataSource(), database.schema());
  private Lease lease = new Lease(TIMEOUT);
  private final List<String> told = new CopyOnWriteArrayList<>();
  private Heartbeat heartbeat = heartbeat(TIMEOUT);

  private void last(Duration timeout) {
    lease = new Lease(timeout);
    heartbeat = heartbeat(timeout);
  }

  private Heartbeat heartbeat(Duration timeout) {
    return heartbeat(timeout, stores);
  }

  private Heartbeat heartbeat(Duration timeout, Stores used) {
    return new Heartbeat(
        settings(timeout),
        used.clients(),
        lease,
        new Heartbeat.Listener() {
          @Override
          public void leaseLapsed() {
            told.add("lapsed");
          }

          @Override
          public void leaseRegained() {
            told.add("regained");
          }
        });
  }

  @AfterEach
  void empty() {
    heartbeat.stop(Deadline.in(PATIENCE), false);
    database.execute("DELETE FROM river_job");
    database.execute("DELETE FROM cairn_client");
  }

  private static long living() {
    return database.number(
        "SELECT count(*) FROM cairn_client WHERE id = 'client' AND heartbeat_at >= now() - timeout");
  }

  private boolean stop() {
    return heartbeat.stop(Deadline.in(PATIENCE), true);
  }

  @Test
  void theClientLivesFromItsFirstSignToItsLast() {
    heartbeat.start(null, () -> {});
    assertThat(living()).isEqualTo(1);

    assertThat(stop()).isTrue();

    assertThat(living()).isZero();
  }

  /** Whatever the client believes: if it only went nobody would ever rescue the job. */
  @Test
  void theClientGoesOnToLiveWhileAJobRunsInItsName() {
    heartbeat.start(null, () -> {});
    database.execute(
        """
        INSERT INTO river_job (kind, args, state, attempt, max_attempts, attempted_at, attempted_by)
        VALUES ('any', '{}', 'running', 1, 25, now(), ARRAY['before', 'client'])
        """);

    assertThat(stop()).isFalse();

    assertThat(living()).isEqualTo(1);
  }

  /** The server executed the claim while its client signed off, and commits it only now. */
  @Test
  void aClaimThatCommitsAfterTheLastSignIsRescuedByTheNextLook() {
    heartbeat.start(null, () -> {});
    assertThat(stop()).isTrue();
    long id =
        database.number(
            """
            INSERT INTO river_job
              (kind, args, state, attempt, max_attempts, attempted_at, attempted_by)
            VALUES ('any', '{}', 'running', 1, 25, now(), ARRAY['client'])
            RETURNING id
            """);
    database.execute("INSERT INTO cairn_client (id, timeout) VALUES ('rescuer', '1 day')");

    assertThat(
            stores
                .clients()
                .rescueFromDeadClients(Rescuers.of(stores, "rescuer", Duration.ZERO), 10, false)
                .jobs())
        .extracting(RescuedJob::id)
        .containsExactly(id);
  }

  @Test
  void aConnectionThatBreaksBehindTheLastSignIsGivenBack() {
    var open = new AtomicInteger();
    DataSource source =
        InterceptedCalls.of(
            DataSource.class,
            database.dataSource(),
            (method, call) -> {
              Object result = call.proceed();
              return result instanceof Connection connection ? breaking(connection, open) : result;
            });
    Pulse pulse =
        PostgresStores.of(source, database.schema()).clients().pulse("client", TIMEOUT, null);
    pulse.beat();
    assertThat(pulse.signOff()).isTrue();

    pulse.close();

    assertThat(open).hasValue(0);
  }

  /** The first time limit is set at the beginning, the second one at the end. */
  private static Connection breaking(Connection connection, AtomicInteger open) {
    open.incrementAndGet();
    var limits = new AtomicInteger();
    return InterceptedCalls.of(
        Connection.class,
        connection,
        (method, call) -> {
          if (method.equals("close")) {
            open.decrementAndGet();
          }
          if (method.equals("setNetworkTimeout") && limits.incrementAndGet() == 2) {
            throw new SQLException("broken", "08006");
          }
          return call.proceed();
        });
  }

  @Test
  void aJobThatSomebodyElseHasClaimedSinceDoesNotCount() {
    heartbeat.start(null, () -> {});
    database.execute(
        """
        INSERT INTO river_job (kind, args, state, attempt, max_attempts, attempted_at, attempted_by)
        VALUES ('any', '{}', 'running', 2, 25, now(), ARRAY['client', 'after'])
        """);

    assertThat(stop()).isTrue();
  }

  @Test
  void aLockOnTheRowCostsTheLeaseAndItsEndBringsItBack() throws SQLException {
    last(Duration.ofMillis(800));
    heartbeat.start(null, () -> {});
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      connection.createStatement().execute("SELECT * FROM cairn_client FOR UPDATE");

      // Not only once: it may have been regained if the lock came late.
      awaitTrue(() -> !told.isEmpty() && told.getLast().equals("lapsed") && !lease.isValid());
      connection.rollback();
    }

    awaitTrue(() -> told.getLast().equals("regained") && lease.isValid());
  }

  @Test
  void aConnectionThatIsCutIsReplacedBeforeTheLeaseRunsOut() {
    last(Duration.ofSeconds(4));
    heartbeat.start(null, () -> {});

    assertThat(cutBeats()).as("connections that were cut").isNotEmpty();
    // One may have been under way.
    for (int i = 0; i < 2; i++) {
      String before = beat();
      awaitTrue(() -> !beat().equals(before));
    }

    assertThat(told).isEmpty();
    assertThat(stop()).isTrue();
  }

  /** Seen before: each wait for the pool that was longer than an interval was in vain. */
  @Test
  void aPoolThatIsSlowerThanAnIntervalDoesNotMakeTheClientLookDead() {
    Duration timeout = Duration.ofSeconds(8);
    Duration wait = Heartbeat.interval(timeout).multipliedBy(12).dividedBy(10);
    var taken = new AtomicInteger();
    var aborted = new CopyOnWriteArrayList<Integer>();
    DataSource slow =
        InterceptedCalls.of(
            DataSource.class,
            database.dataSource(),
            (method, call) -> {
              int number = method.equals("getConnection") ? taken.incrementAndGet() : 0;
              if (number > 1) {
                LockSupport.parkNanos(wait.toNanos());
              }
              Object result = call.proceed();
              return result instanceof Connection connection
                  ? noting(connection, number, aborted)
                  : result;
            });
    lease = new Lease(timeout);
    heartbeat = heartbeat(timeout, PostgresStores.of(slow, database.schema()));
    heartbeat.start(null, () -> {});

    assertThat(cutBeats()).as("connections that were cut").isNotEmpty();
    lease.askForRenewal();
    awaitTrue(() -> taken.get() == 2);
    String before = beat();

    awaitTrue(() -> !beat().equals(before));
    assertThat(told).isEmpty();
    assertThat(aborted).as("only the connection that was cut").containsOnly(1);
  }

  private static Connection noting(Connection connection, int number, List<Integer> aborted) {
    return InterceptedCalls.of(
        Connection.class,
        connection,
        (method, call) -> {
          if (method.equals("abort")) {
            aborted.add(number);
          }
          return call.proceed();
        });
  }

  private static List<?> cutBeats() {
    return database.query(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND query LIKE '%cairn_client%'
        """);
  }

  private static String beat() {
    return String.valueOf(database.text("SELECT heartbeat_at FROM cairn_client"));
  }
}
