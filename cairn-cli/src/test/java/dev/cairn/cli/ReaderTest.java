package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Behind a pooler in transaction mode, a session goes on for somebody else. */
class ReaderTest {
  private static final FreshDatabase database = MigratedDatabase.fresh();

  @SuppressWarnings("NullAway.Init") // set before each test
  private Connection session;

  @BeforeEach
  void connect() throws SQLException {
    session = database.dataSource().getConnection();
  }

  @AfterEach
  void disconnect() throws SQLException {
    session.close();
  }

  /** Keeps the one session to the server, whoever closes what it has got. */
  private DataSource pooler() {
    var lent =
        (Connection)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                  try {
                    return method.getName().equals("close")
                        ? null
                        : method.invoke(session, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return (DataSource)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> lent);
  }

  private Map<String, String> settings() throws SQLException {
    session.setAutoCommit(true);
    session.setReadOnly(false);
    var settings = new TreeMap<String, String>();
    try (var statement = session.createStatement();
        var rows = statement.executeQuery("SELECT name, setting FROM pg_settings")) {
      while (rows.next()) {
        settings.put(rows.getString(1), rows.getString(2));
      }
    }
    return settings;
  }

  @Test
  void itsSettingsHoldForItsStatementsAndForNobodyElse() throws SQLException {
    Map<String, String> before = settings();
    try (Reader reader = Reader.open(pooler(), "pg_catalog", Duration.ofSeconds(7))) {
      assertThat(reader.setting("statement_timeout")).contains("7s");
      assertThat(reader.setting("lock_timeout")).contains("7s");
      assertThat(reader.setting("enable_seqscan")).contains("off");
      assertThat(reader.setting("search_path")).contains("pg_catalog");
      assertThat(reader.setting("transaction_read_only")).contains("on");
      assertThatThrownBy(() -> reader.row("SELECT 1 / 0", row -> row.getInt(1)))
          .hasMessageContaining("division by zero");
      assertThat(reader.setting("statement_timeout")).contains("7s");
    }

    assertThat(settings()).isEqualTo(before);
  }

  @Test
  void aSchemaIsTakenAsItIsWritten() throws SQLException {
    try (Reader reader = Reader.open(pooler(), "a\"b, public", Duration.ofSeconds(7))) {
      assertThat(reader.setting("search_path")).contains("\"a\"\"b, public\"");
    }
    try (Reader reader = Reader.open(pooler(), null, Duration.ofSeconds(7))) {
      String schema = reader.row("SELECT current_schema()", row -> row.getString(1));
      assertThat(schema).isEqualTo("public");
    }
  }

  @Test
  void itPreparesNothingThatAPoolerWouldKeep() throws SQLException {
    Duration timeout = Duration.ofSeconds(7);
    DataSource source =
        DatabaseUrl.parse(Address.of(EmbeddedDatabase.shared().newDatabase())).dataSource(timeout);
    try (Reader reader = Reader.open(source, null, timeout)) {
      for (int i = 0; i < 10; i++) {
        assertThat(reader.<Integer>row("SELECT 1", row -> row.getInt(1))).isOne();
      }
      assertThat(
              reader.<Long>row(
                  "SELECT count(*) FROM pg_prepared_statements", row -> row.getLong(1)))
          .isZero();
    }
  }
}
