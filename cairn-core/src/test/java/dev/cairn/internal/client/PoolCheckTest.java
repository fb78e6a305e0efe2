package dev.cairn.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterceptedCalls;
import dev.cairn.TestDatabase;
import dev.cairn.TestLogs;
import dev.cairn.internal.postgres.PostgresStores;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;

class PoolCheckTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private static final String SHARED = "A pooler shares the connections between transactions";

  @BeforeEach
  void forget() {
    TestLogs.forget();
  }

  /** As PgBouncer in transaction mode gives its sessions out, whoever asks next. */
  private static DataSource shared(Connection session) {
    return InterceptedCalls.of(
        DataSource.class,
        database.dataSource(),
        (method, call) ->
            method.equals("getConnection")
                ? InterceptedCalls.of(
                    Connection.class,
                    session,
                    (name, inner) -> name.equals("close") ? null : inner.proceed())
                : call.proceed());
  }

  private static void look(DataSource source, boolean pollOnly) {
    new PoolCheck(PostgresStores.of(source, database.schema()).connections(), pollOnly)
        .lookAtConnections();
  }

  @Test
  void e10_saysWhatToSetBehindAPoolerInTransactionMode() throws SQLException {
    try (Connection session = database.dataSource().getConnection()) {
      session.unwrap(PGConnection.class).setPrepareThreshold(5);
      look(shared(session), false);

      assertThat(TestLogs.warnings(SHARED))
          .singleElement()
          .asString()
          .contains("prepareThreshold=0")
          .contains("pollOnly()");
    }
  }

  @Test
  void e10_saysNothingWhereItIsSet() throws SQLException {
    try (Connection session = database.dataSource().getConnection()) {
      session.unwrap(PGConnection.class).setPrepareThreshold(0);

      look(shared(session), true);
      assertThat(TestLogs.warnings(SHARED)).isEmpty();

      look(shared(session), false);
      assertThat(TestLogs.warnings(SHARED)).hasSize(1);
    }
  }

  @Test
  void e10_norWithoutAPooler() {
    look(database.dataSource(), false);

    assertThat(TestLogs.warnings(SHARED)).isEmpty();
  }

  private static DataSource isolating(int level) {
    return InterceptedCalls.of(
        DataSource.class,
        database.dataSource(),
        (method, call) -> {
          Object result = call.proceed();
          if (result instanceof Connection connection) {
            connection.setTransactionIsolation(level);
          }
          return result;
        });
  }

  @Test
  void claimsThatWouldFailAgainstEachOtherAreWarnedOf() {
    String stricter = "stricter isolation level than READ COMMITTED";

    look(isolating(Connection.TRANSACTION_READ_COMMITTED), false);
    assertThat(TestLogs.warnings(stricter)).isEmpty();

    look(isolating(Connection.TRANSACTION_REPEATABLE_READ), false);
    assertThat(TestLogs.warnings(stricter)).singleElement().asString().contains("[CAIRN-615]");
  }
}
