package dev.cairn.shop;

import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * Holds an import at a product, in the middle of its transaction: a trigger in the database waits
 * there until the gate is opened.
 */
final class Gate implements AutoCloseable {
  private static final int LOCK = 4711;

  private final ShopDatabase database;
  private final Connection key;

  private Gate(ShopDatabase database, Connection key) {
    this.database = database;
    this.key = key;
  }

  /** Creates a gate at the product with this name. The shop's tables must exist. */
  static Gate at(ShopDatabase database, String product) throws SQLException {
    Connection key = database.database().dataSource().getConnection();
    try (Statement statement = key.createStatement()) {
      statement.execute("SELECT pg_advisory_lock(%d)".formatted(LOCK));
      statement.execute(
          """
          CREATE OR REPLACE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_advisory_xact_lock_shared(%d); RETURN NEW; END'
          """
              .formatted(LOCK));
      statement.execute(
          """
          CREATE TRIGGER gate BEFORE INSERT ON product FOR EACH ROW
          WHEN (NEW.name = '%s') EXECUTE FUNCTION gate()
          """
              .formatted(product));
    }
    return new Gate(database, key);
  }

  void awaitWaiting() {
    await("an import at the gate")
        .atMost(Duration.ofMinutes(10))
        .until(() -> database.count("pg_locks WHERE locktype = 'advisory' AND NOT granted") > 0);
  }

  /** Opens the gate. Later imports do not wait. */
  void open() throws SQLException {
    key.close();
  }

  @Override
  public void close() throws SQLException {
    open();
  }
}
