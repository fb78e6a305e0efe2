package dev.cairn.testing.internal;

import static dev.cairn.testing.internal.DatabaseCall.at;
import static dev.cairn.testing.internal.DatabaseCall.named;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.embedded.EmbeddedDatabase;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

@Timeout(180)
class MisbehavingDataSourceTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String INSERT =
      "INSERT /* cairn: add a row (plan 3) */ INTO rows VALUES (1)";
  private static final String ADD = "add a row";

  private static final HikariDataSource pool = pool();

  private final MisbehavingDataSource source = new MisbehavingDataSource(pool);

  private static HikariDataSource pool() {
    var config = new HikariConfig();
    config.setDataSource(EmbeddedDatabase.shared().newDatabase().dataSource());
    config.setMaximumPoolSize(5);
    return new HikariDataSource(config);
  }

  @BeforeAll
  static void createTable() throws SQLException {
    try (var connection = pool.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE rows (id bigint)");
    }
  }

  @AfterAll
  static void closePool() {
    pool.close();
  }

  @BeforeEach
  void emptyTable() throws SQLException {
    try (var connection = pool.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("TRUNCATE rows");
    }
  }

  @Test
  void countsCallsByTheirAddress() throws SQLException {
    try (var connection = source.getConnection()) {
      execute(connection, INSERT);
      connection.setAutoCommit(false);
      execute(connection, INSERT);
      execute(connection, "SELECT 1");
      connection.commit();
      connection.setAutoCommit(true);
      execute(connection, "LISTEN somewhere");
      execute(connection, "UNLISTEN *");
    }

    assertThat(source.counts())
        .containsOnlyKeys(
            "connect",
            "add a row",
            "setAutoCommit(false)",
            "add a row [in a transaction]",
            "select [in a transaction]",
            "commit after add a row",
            "setAutoCommit(true)",
            "listen",
            "unlisten");
  }

  @Test
  void disturbsSoManyCallsOfThatAddressOnly() throws SQLException {
    var disturbance = source.once(at(ADD), new Misbehaviour.Fails("40001"));
    try (var connection = source.getConnection()) {
      connection.setAutoCommit(false);
      execute(connection, INSERT);
      connection.commit();
      connection.setAutoCommit(true);

      assertThat(stateOf(() -> execute(connection, INSERT))).isEqualTo("40001");
      execute(connection, INSERT);
    }

    assertThat(rows()).isEqualTo(2);
    assertThat(disturbance.disturbed()).extracting(DatabaseCall::name).containsExactly(ADD);
  }

  @Test
  void sparesSoManyCallsBefore() throws SQLException {
    source.disturb(named(ADD), new Misbehaviour.Fails("40001"), 2, 1, LONG);
    try (var connection = source.getConnection()) {
      execute(connection, INSERT);
      execute(connection, INSERT);
      assertThat(stateOf(() -> execute(connection, INSERT))).isEqualTo("40001");
      execute(connection, INSERT);
    }

    assertThat(rows()).isEqualTo(3);
  }

  @Test
  void disturbsForATimeFromTheFirstCallOn() throws SQLException {
    var disturbance =
        source.during(Duration.ofMillis(200), named(ADD), new Misbehaviour.Fails("40001"));
    try (var connection = source.getConnection()) {
      assertThat(disturbance.isOver()).isFalse();
      assertThat(stateOf(() -> execute(connection, INSERT))).isEqualTo("40001");
      await().atMost(PATIENCE).until(disturbance::isOver);

      execute(connection, INSERT);
    }

    assertThat(rows()).isEqualTo(1);
  }

  @Test
  void aLostAnswerLeavesTheRowAndABrokenConnection() throws SQLException {
    source.once(named(ADD), new Misbehaviour.LosesAnswer());
    Connection connection = source.getConnection();

    assertThat(stateOf(() -> execute(connection, INSERT))).isEqualTo("08006");
    assertThat(rows()).isEqualTo(1);
    assertBroken(connection);
  }

  @Test
  void aLostStatementLeavesNothing() throws SQLException {
    source.once(named(ADD), new Misbehaviour.LosesStatement());
    Connection connection = source.getConnection();

    assertThat(stateOf(() -> execute(connection, INSERT))).isEqualTo("08006");
    assertThat(rows()).isZero();
    assertBroken(connection);
  }

  @Test
  void aLostAnswerToACommitLeavesWhatWasCommitted() throws SQLException {
    source.once(named("commit after add a row"), new Misbehaviour.LosesAnswer());
    Connection connection = source.getConnection();
    connection.setAutoCommit(false);
    execute(connection, INSERT);

    assertThat(stateOf(connection::commit)).isEqualTo("08006");
    assertThat(rows()).isEqualTo(1);
    assertBroken(connection);
  }

  @Test
  void aCommitThatFailsIsRolledBack() throws SQLException {
    source.once(named("commit after add a row"), new Misbehaviour.Fails("40001"));
    try (var connection = source.getConnection()) {
      connection.setAutoCommit(false);
      execute(connection, INSERT);

      assertThat(stateOf(connection::commit)).isEqualTo("40001");
      connection.setAutoCommit(true);
    }
    assertThat(rows()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"40001", "40P01", "57014", "55P03", "25006", "XX000", "22P05"})
  void aStateOfTheServerAbortsTheTransaction(String state) throws SQLException {
    source.once(named(ADD), new Misbehaviour.Fails(state));
    try (var connection = source.getConnection()) {
      connection.setAutoCommit(false);

      assertThat(stateOf(() -> execute(connection, INSERT))).isEqualTo(state);
      assertThat(stateOf(() -> execute(connection, "SELECT 1"))).isEqualTo("25P02");
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  @Test
  void aStateOfALostConnectionBreaksIt() throws SQLException {
    source.once(named(ADD), new Misbehaviour.Fails("57P01"));
    Connection connection = source.getConnection();

    assertThat(stateOf(() -> execute(connection, INSERT))).isEqualTo("57P01");
    assertBroken(connection);
  }

  @Test
  void aCutIsNoticedByTheNextCall() throws SQLException {
    source.once(named(ADD), new Misbehaviour.Cuts());
    Connection connection = source.getConnection();
    connection.setAutoCommit(false);
    execute(connection, INSERT);

    assertThat(stateOf(connection::commit)).startsWith("08");
    assertBroken(connection);
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(rows()).isZero());
  }

  @Test
  void anErrorComesAfterTheExecutionOrInsteadOfIt() throws SQLException {
    source.once(named(ADD), new Misbehaviour.Throws(OutOfMemoryError::new, true));
    source.once(named(ADD), new Misbehaviour.Throws(NoClassDefFoundError::new, false));
    try (var connection = source.getConnection()) {
      assertThatThrownBy(() -> execute(connection, INSERT)).isInstanceOf(OutOfMemoryError.class);
      assertThatThrownBy(() -> execute(connection, INSERT))
          .isInstanceOf(NoClassDefFoundError.class);
    }

    assertThat(rows()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCallHangsUntilItIsReleased(boolean executed) throws Exception {
    var disturbance = source.once(named(ADD), new Misbehaviour.Hangs(executed));
    Connection connection = source.getConnection();
    var call = inBackground(() -> execute(connection, INSERT));
    await().atMost(PATIENCE).until(() -> !disturbance.disturbed().isEmpty());
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(rows()).isEqualTo(executed ? 1 : 0));
    assertThat(call).isNotDone();

    disturbance.close();

    assertThat(call.get()).isEqualTo("08006");
    assertBroken(connection);
  }

  @Test
  void aCallHangsUntilItsConnectionIsAborted() throws Exception {
    source.once(named(ADD), new Misbehaviour.Hangs(false));
    Connection connection = source.getConnection();
    var call = inBackground(() -> execute(connection, INSERT));
    await().atMost(PATIENCE).until(() -> source.counts().containsKey(ADD));
    var closing = inBackground(connection::close);
    awaitDisturbedAndWaiting(call, closing);

    connection.abort(Runnable::run);

    assertThat(call.get()).isEqualTo("08006");
    assertThat(closing.get()).as("closing waits for the call, as in a pool").isNull();
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
  }

  @Test
  void aCallHangsUntilTheNetworkTimeout() throws Exception {
    source.once(named(ADD), new Misbehaviour.Hangs(false));
    Connection connection = source.getConnection();
    connection.setNetworkTimeout(Runnable::run, 200);
    long start = System.nanoTime();

    assertThat(stateOf(() -> execute(connection, INSERT))).isEqualTo("08006");
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(200), PATIENCE);
    assertBroken(connection);
  }

  @Test
  void aLateAnswerComesUnlessTheNetworkTimeoutIsShorter() throws SQLException {
    source.disturb(named(ADD), new Misbehaviour.AnswersLate(Duration.ofMillis(300)), 0, 2, LONG);
    try (var connection = source.getConnection()) {
      long start = System.nanoTime();
      execute(connection, INSERT);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThanOrEqualTo(Duration.ofMillis(300));

      connection.setNetworkTimeout(Runnable::run, 50);
      assertThat(stateOf(() -> execute(connection, INSERT))).isEqualTo("08006");
    }

    assertThat(rows()).isEqualTo(2);
  }

  @Test
  void anInterruptBreaksTheConnectionOfAVirtualThread() throws Exception {
    var disturbance = source.once(named(ADD), new Misbehaviour.Hangs(false));
    Connection connection = source.getConnection();
    var state = new CompletableFuture<@Nullable String>();
    Thread thread =
        Thread.startVirtualThread(() -> state.complete(stateOf(() -> execute(connection, INSERT))));
    await().atMost(PATIENCE).until(() -> !disturbance.disturbed().isEmpty());

    thread.interrupt();

    assertThat(state.get(60, TimeUnit.SECONDS)).isEqualTo("08006");
    connection.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"53300", "08006"})
  void noConnectionIsHadWhileConnectingFails(String state) throws SQLException {
    try (var refused = source.always(named("connect"), new Misbehaviour.Fails(state))) {
      assertThat(stateOf(source::getConnection)).isEqualTo(state);
      assertThat(refused.disturbed()).hasSize(1);
    }

    source.getConnection().close();
  }

  @Test
  void aPoolsTimeoutHasNoState() {
    source.once(named("connect"), new Misbehaviour.Fails(null));

    assertThatThrownBy(source::getConnection)
        .isInstanceOfSatisfying(
            SQLException.class, failure -> assertThat(failure.getSQLState()).isNull());
  }

  @Test
  void connectingHangsUntilItIsReleased() throws Exception {
    var disturbance = source.once(named("connect"), new Misbehaviour.Hangs(false));
    var call = inBackground(() -> source.getConnection().close());
    await().atMost(PATIENCE).until(() -> !disturbance.disturbed().isEmpty());
    assertThat(call).isNotDone();

    source.calmDown();

    assertThat(call.get()).isEqualTo("08006");
  }

  @Test
  void aSilencedConnectionHearsNothingAndItsNextStatementHangs() throws Exception {
    Connection connection = source.getConnection();
    execute(connection, "LISTEN news");
    PGConnection listening = connection.unwrap(PGConnection.class);
    tellNews();
    assertThat((Object[]) listening.getNotifications(60_000)).hasSize(1);

    var disturbance = source.once(named("notifications"), new Misbehaviour.Hangs(false));
    tellNews();
    assertThat((Object[]) listening.getNotifications(200)).isNull();
    assertThat((Object[]) listening.getNotifications(1)).as("silent for good").isNull();
    var ping = inBackground(() -> execute(connection, "SELECT 1"));
    await().atMost(PATIENCE).until(() -> source.counts().containsKey("select"));
    assertThat(ping).isNotDone();

    disturbance.close();
    assertThat(ping.get()).isEqualTo("08006");
    assertBroken(connection);
  }

  @Test
  void copyIsACallAsAnyOther() throws Exception {
    source.once(named("copy"), new Misbehaviour.LosesAnswer());
    Connection connection = source.getConnection();
    connection.setNetworkTimeout(Runnable::run, 60_000);

    assertThat(stateOf(() -> copy(connection))).isEqualTo("08006");
    assertBroken(connection);
    try (var other = source.getConnection()) {
      assertThat(copy(other)).isEqualTo(2);
    }

    assertThat(rows()).isEqualTo(4);
  }

  private static long copy(Connection connection) throws Exception {
    return connection
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyIn("COPY rows FROM STDIN", new StringReader("1\n2\n"));
  }

  private static void tellNews() throws SQLException {
    try (var connection = pool.getConnection()) {
      execute(connection, "NOTIFY news");
    }
  }

  private static void assertBroken(Connection connection) throws SQLException {
    assertThat(stateOf(() -> execute(connection, "SELECT 1"))).isEqualTo("08003");
    assertThat(stateOf(connection::commit)).isEqualTo("08003");
    assertThat(stateOf(() -> connection.setAutoCommit(true))).isEqualTo("08003");
    assertThat(connection.isValid(1)).isFalse();
    assertThat(connection.isClosed()).isTrue();
    connection.close();
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
  }

  private void awaitDisturbedAndWaiting(CompletableFuture<?> call, CompletableFuture<?> closing) {
    await().atMost(PATIENCE).until(() -> source.counts().containsKey(ADD));
    assertThat(call).isNotDone();
    assertThat(closing).isNotDone();
  }

  /** Ends with the state of the failure; null if there was none. */
  private static CompletableFuture<@Nullable String> inBackground(ThrowingCallable call) {
    var state = new CompletableFuture<@Nullable String>();
    Thread.ofPlatform().daemon().start(() -> state.complete(stateOf(call)));
    return state;
  }

  private static @Nullable String stateOf(ThrowingCallable call) {
    SQLException failure = catchThrowableOfType(SQLException.class, call);
    return failure == null ? null : failure.getSQLState();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }

  private static long rows() throws SQLException {
    try (var connection = pool.getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT count(*) FROM rows")) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
