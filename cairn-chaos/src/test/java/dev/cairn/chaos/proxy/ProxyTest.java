package dev.cairn.chaos.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.chaos.proxy.Trouble.Reaction;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Each misbehaviour, as a client and the database see it. */
@SuppressWarnings("NullAway.Init") // set before each test
class ProxyTest {
  /** Where an answer has to come. */
  private static final int PATIENT_SECONDS = 60;

  /** Where no answer may come. */
  private static final int DARK_SECONDS = 2;

  private FreshDatabase database;
  private Proxy proxy;

  @BeforeEach
  void start() throws IOException, SQLException {
    database = EmbeddedDatabase.shared().newDatabase();
    proxy = Proxy.start(() -> new InetSocketAddress(database.host(), database.port()));
    execute(database.dataSource().getConnection(), "CREATE TABLE mark (place text)");
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
  }

  @Test
  void passesStatementsOn() throws SQLException {
    execute(throughProxy(), "INSERT INTO mark VALUES ('here')");

    assertThat(marks()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"CUT_BEFORE, 0", "CUT_AFTER, 1"})
  void cutsAStatement(Reaction reaction, long marks) throws SQLException {
    proxy.meet(sql -> sql.contains("INSERT INTO mark") ? reaction : Reaction.PASS);

    assertThatThrownBy(() -> execute(throughProxy(), "INSERT INTO mark VALUES ('here')"))
        .isInstanceOf(SQLException.class);
    assertThat(marks()).isEqualTo(marks);
  }

  @ParameterizedTest
  @CsvSource({"CUT_BEFORE, 0", "CUT_AFTER, 1"})
  void cutsACommit(Reaction reaction, long marks) throws SQLException {
    proxy.meet(sql -> sql.equals("COMMIT") ? reaction : Reaction.PASS);

    assertThatThrownBy(
            () -> {
              try (Connection connection = throughProxy()) {
                connection.setAutoCommit(false);
                connection.createStatement().execute("INSERT INTO mark VALUES ('here')");
                connection.commit();
              }
            })
        .isInstanceOf(SQLException.class);
    assertThat(marks()).isEqualTo(marks);
  }

  @Test
  void cutsInTheMiddle() {
    proxy.meet(sql -> sql.contains("pg_sleep") ? Reaction.CUT_MIDDLE : Reaction.PASS);

    assertThatThrownBy(() -> execute(throughProxy(), "SELECT pg_sleep(60)"))
        .isInstanceOf(SQLException.class)
        .hasMessageNotContaining("timed out");
  }

  @Test
  void knowsStatementsThatTheServerHasPrepared() throws SQLException {
    try (Connection connection = throughProxy();
        var insert = connection.prepareStatement("INSERT INTO mark VALUES (?)")) {
      for (int time = 0; time < 10; time++) {
        insert.setString(1, "here");
        insert.executeUpdate();
      }
      proxy.meet(sql -> sql.startsWith("INSERT") ? Reaction.CUT_BEFORE : Reaction.PASS);

      assertThatThrownBy(insert::executeUpdate).isInstanceOf(SQLException.class);
    }
    assertThat(marks()).isEqualTo(10);
  }

  @Test
  void aDarkConnectionAnswersNoMore() {
    proxy.meet(sql -> sql.contains("mark") ? Reaction.DARK : Reaction.PASS);

    assertThatThrownBy(
            () -> execute(throughProxy(DARK_SECONDS), "INSERT INTO mark VALUES ('here')"))
        .rootCause()
        .hasMessageContaining("timed out");
  }

  @Test
  void aConnectionThatListenedBeforeGoesDark() throws SQLException {
    try (Connection listening = throughProxy(DARK_SECONDS);
        Connection other = throughProxy();
        Connection unlistened = throughProxy()) {
      listening.createStatement().execute("LISTEN /* anything */ \"news\"");
      unlistened.createStatement().execute("LISTEN news");
      unlistened.createStatement().execute("UNLISTEN *");

      assertThat(proxy.darkenListeners()).isEqualTo(1);
      assertThat(proxy.darkenListeners()).as("it is dark already").isZero();

      assertThatThrownBy(() -> listening.createStatement().execute("SELECT 1"))
          .rootCause()
          .hasMessageContaining("timed out");
      other.createStatement().execute("SELECT 1");
      unlistened.createStatement().execute("SELECT 1");
    }
  }

  @Test
  void inTheDarkNobodyConnectsUntilItIsCalm() throws SQLException {
    proxy.darken();
    assertThatThrownBy(() -> throughProxy(DARK_SECONDS)).isInstanceOf(SQLException.class);

    proxy.lighten();
    execute(throughProxy(), "INSERT INTO mark VALUES ('here')");

    assertThat(marks()).isEqualTo(1);
  }

  @Test
  void aTroubleThatEndsLeavesTheOthers() {
    Trouble cuts = sql -> sql.contains("mark") ? Reaction.CUT_BEFORE : Reaction.PASS;
    Trouble counts = sql -> Reaction.PASS;
    proxy.meet(cuts);
    proxy.meet(counts);
    proxy.calmDown(counts);

    assertThatThrownBy(() -> execute(throughProxy(), "INSERT INTO mark VALUES ('here')"))
        .isInstanceOf(SQLException.class);

    proxy.calmDown(cuts);
    assertThatCode(() -> execute(throughProxy(), "INSERT INTO mark VALUES ('here')"))
        .doesNotThrowAnyException();
  }

  @Test
  void itIsDarkUntilEverybodyWhoDarkenedItHasEndedThat() throws SQLException {
    proxy.darken();
    proxy.darken();
    proxy.lighten();
    assertThatThrownBy(() -> throughProxy(DARK_SECONDS)).isInstanceOf(SQLException.class);

    proxy.lighten();
    execute(throughProxy(), "INSERT INTO mark VALUES ('here')");

    assertThat(marks()).isEqualTo(1);
  }

  @Test
  void countsTheErrorsOfTheDatabase() {
    assertThatThrownBy(() -> execute(throughProxy(), "SELECT 1/0"))
        .isInstanceOf(SQLException.class);

    assertThat(proxy.errors("22012")).isEqualTo(1);
    assertThat(proxy.errors("40001")).isZero();
  }

  @Test
  void aDarkSessionEndsOnlyAfterItsClientHasHungUp() throws SQLException {
    Connection connection = throughProxy();
    proxy.darken();
    proxy.bury();
    assertThat(sessions()).isEqualTo(1);

    connection.close();

    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> {
          proxy.bury();
          assertThat(sessions()).isZero();
        });
  }

  /** The sessions of this database through the proxy. */
  private long sessions() throws SQLException {
    return number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND application_name = 'through-proxy'");
  }

  private Connection throughProxy() throws SQLException {
    return throughProxy(PATIENT_SECONDS);
  }

  /**
   * A connection through the proxy.
   *
   * @param seconds how long to wait for it, and for each answer
   */
  private Connection throughProxy(int seconds) throws SQLException {
    var source = new PGSimpleDataSource();
    source.setUrl(
        "jdbc:postgresql://127.0.0.1:%1$d/%2$s?sslmode=disable&gssEncMode=disable&socketTimeout=%3$d&loginTimeout=%3$d&ApplicationName=through-proxy"
            .formatted(proxy.port(), database.name(), seconds));
    source.setUser(database.user());
    source.setPassword(database.password());
    return source.getConnection();
  }

  private long marks() throws SQLException {
    return number("SELECT count(*) FROM mark");
  }

  private long number(String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        var rows = connection.createStatement().executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (connection;
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
