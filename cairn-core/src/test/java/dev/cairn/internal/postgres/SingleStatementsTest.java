package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cairn.CairnException;
import dev.cairn.InterceptedCalls;
import dev.cairn.TestDatabase;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.Stores;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A single statement is a transaction of its own, with no message between it and its commit. */
class SingleStatementsTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  @BeforeEach
  void empty() {
    server.execute("TRUNCATE river_job, river_leader, cairn_client");
  }

  private final AtomicInteger commits = new AtomicInteger();
  private final Set<Boolean> returned = ConcurrentHashMap.newKeySet();
  private final Stores stores = PostgresStores.of(withoutAutoCommit(), server.schema());

  /** As pools are often set for Hibernate. */
  private DataSource withoutAutoCommit() {
    return InterceptedCalls.of(
        DataSource.class,
        server.dataSource(),
        (method, call) -> {
          Object result = call.proceed();
          return result instanceof Connection connection ? counting(connection) : result;
        });
  }

  private Connection counting(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    return InterceptedCalls.of(
        Connection.class,
        connection,
        (method, call) -> {
          if (method.equals("commit")) {
            commits.incrementAndGet();
          }
          if (method.equals("close") && !connection.isClosed()) {
            returned.add(connection.getAutoCommit());
          }
          return call.proceed();
        });
  }

  /**
   * Seen before: a process that was frozen between a statement and its commit kept its jobs locked
   * until the server closed its session.
   */
  @Test
  void claimsAndOutcomesDoNotWaitForACommitThatIsSentApart() {
    server.execute("INSERT INTO cairn_client (id, timeout) VALUES ('a', '1 day')");
    stores
        .jobs()
        .insert(
            List.of(
                new NewJob("noop", "{}", "{}", 25, 1, "default", null, false, List.of(), null)));
    commits.set(0);

    Claim claim =
        stores.jobs().claim(new ClaimScope("default", "a", Set.of()), ClaimRange.ALL, 1).stream()
            .map(ClaimedJob::claim)
            .findFirst()
            .orElseThrow();
    assertThat(stores.jobs().finish("a", List.of(FinishedAttempt.handedBack(claim)))).isNotEmpty();
    assertThat(stores.leader().elect("a", Duration.ofMinutes(1))).isPresent();

    assertThat(commits).hasValue(0);
    assertThat(server.number("SELECT count(*) FROM river_job WHERE state = 'available'"))
        .isEqualTo(1);
    assertThat(returned).containsExactly(false);
  }

  @Test
  void aStatementThatFailsLeavesTheSettingOfThePool() {
    assertThatExceptionOfType(CairnException.class)
        .isThrownBy(() -> stores.leader().elect("x".repeat(1_000), Duration.ofMinutes(1)));

    assertThat(returned).containsExactly(false);
  }

  /** Seen before: the clients waited for the row, and nobody led. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void noElectionWaitsForASessionThatHoldsTheRow() throws SQLException {
    Instant elected = stores.leader().elect("a", Duration.ofMinutes(1)).orElseThrow();
    try (Connection holder = server.dataSource().getConnection();
        var statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("SELECT FROM river_leader FOR UPDATE");

      assertThatExceptionOfType(ContendedException.class)
          .isThrownBy(() -> stores.leader().reelect("a", elected, Duration.ofMinutes(1)));
      holder.rollback();
      assertThat(stores.leader().reelect("a", elected, Duration.ofMinutes(1))).isTrue();
      server.execute("UPDATE river_leader SET expires_at = now() - interval '1 s'");
      statement.execute("SELECT FROM river_leader FOR UPDATE");

      assertThatExceptionOfType(ContendedException.class)
          .isThrownBy(() -> stores.leader().elect("b", Duration.ofMinutes(1)))
          .matches(ContendedException::isLocked);
      holder.rollback();
    }
    assertThat(stores.leader().elect("b", Duration.ofMinutes(1))).isPresent();
  }

  /** Otherwise each client of a large fleet would keep the leader from prolonging its term. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void whoCannotBeElectedNeedsNoLock() throws SQLException {
    Instant elected = stores.leader().elect("a", Duration.ofMinutes(1)).orElseThrow();
    try (Connection holder = server.dataSource().getConnection();
        var statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("SELECT FROM river_leader FOR UPDATE");

      assertThat(stores.leader().elect("b", Duration.ofMinutes(1))).isEmpty();
      holder.rollback();
    }
    assertThat(stores.leader().reelect("a", elected, Duration.ofMinutes(1))).isTrue();
  }

  /** A stop waits for it, and the term ends by itself. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void noResignationWaitsForLongForASessionThatHoldsTheRow() throws SQLException {
    Instant elected = stores.leader().elect("a", Duration.ofMinutes(1)).orElseThrow();
    try (Connection holder = server.dataSource().getConnection();
        var statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("SELECT FROM river_leader FOR UPDATE");

      long begin = System.nanoTime();
      assertThatExceptionOfType(ContendedException.class)
          .isThrownBy(() -> stores.leader().resign("a", elected))
          .matches(ContendedException::isLocked);
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .as("long enough for a commit of another session")
          .isGreaterThan(Duration.ofSeconds(4));
      holder.rollback();
    }
    stores.leader().resign("a", elected);
    assertThat(stores.leader().current()).isEmpty();
  }
}
