package dev.cairn.examples;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.migrate.Migrator;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** An order and the job that ships it: both are stored, or neither. */
public final class InsertInTransaction {
  private final DataSource database;
  private final Cairn cairn;

  private InsertInTransaction(DataSource database) {
    this.database = database;
    this.cairn = Cairn.builder(database).build(); // without workers: it only inserts
  }

  @JobKind("ship_order")
  record ShipOrder(long order) {}

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedDatabase.start()) {
      DataSource database = server.newDatabase().dataSource();
      Migrator.of(database).up();
      var shop = new InsertInTransaction(database);
      shop.execute("CREATE TABLE purchase (id bigint PRIMARY KEY, item text NOT NULL)");

      System.out.println("job " + shop.buy(1, "a lamp"));
      try {
        shop.buy(1, "another lamp with the same number");
      } catch (SQLException e) {
        System.out.println(
            "refused, and there is a second job: " + shop.cairn.jobs().find(2).isPresent());
      }
    }
  }

  private long buy(long order, String item) throws SQLException {
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      long job = cairn.insert(connection, new ShipOrder(order)).id();
      try (var insert = connection.prepareStatement("INSERT INTO purchase VALUES (?, ?)")) {
        insert.setLong(1, order);
        insert.setString(2, item);
        insert.executeUpdate();
      }
      connection.commit();
      return job;
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
