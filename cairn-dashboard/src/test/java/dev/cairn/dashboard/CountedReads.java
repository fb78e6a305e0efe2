package dev.cairn.dashboard;

import static org.awaitility.Awaitility.await;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migrator;
import java.sql.SQLException;
import java.time.Duration;

/** A dashboard on a database of its own that counts what the requests read. */
final class CountedReads implements AutoCloseable {
  /** Each connection is a new one, so that the server counts what it has done when it ends. */
  private final FreshDatabase database = EmbeddedDatabase.shared().newDatabase();

  private final Dashboard dashboard =
      Dashboard.builder(database.dataSource())
          .schema("public")
          .access(request -> Grant.operator("ada"))
          .build();

  private final String counter;

  /**
   * @param counter a statement that reads how much was read so far
   */
  CountedReads(String counter) {
    this.counter = counter;
  }

  /** Creates the tables and fills them. */
  void fill(String... statements) throws SQLException {
    Migrator.of(database.dataSource()).up();
    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
      statement.execute("VACUUM ANALYZE");
    }
  }

  TestPage page() {
    return new TestPage(dashboard);
  }

  /** How much a request has read, which succeeds. It must read something. */
  long of(String address) throws Exception {
    long before = read();
    page().get(address).ok();
    await().atMost(Duration.ofMinutes(1)).until(() -> read() > before);
    return read() - before;
  }

  private long read() throws SQLException {
    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement();
        var row = statement.executeQuery(counter)) {
      row.next();
      return row.getLong(1);
    }
  }

  @Override
  public void close() {
    dashboard.close();
  }
}
