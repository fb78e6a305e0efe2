package dev.cairn.benchmarks.measure;

import dev.cairn.benchmarks.measure.Conditions.ServerSettings;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migrator;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** A PostgreSQL of its own, with PostgreSQL's default settings. */
public record Server(EmbeddedDatabase process) implements AutoCloseable {
  static Server start() {
    return new Server(EmbeddedDatabase.start());
  }

  /**
   * An empty database.
   *
   * @param dataSource gives a new connection each time, so that no prepared statement is planned
   *     for an old table
   */
  public record Database(String name, String url, DataSource dataSource) {
    /** Has jobs worked in it. */
    public BurnDown burnDown() {
      return new BurnDown(dataSource, name);
    }

    /** Its jobs, if it is migrated. */
    public RiverTable table() {
      return new RiverTable(dataSource);
    }
  }

  /** A database without tables. */
  public Database empty() {
    FreshDatabase fresh = process.newDatabase();
    var dataSource = new PGSimpleDataSource();
    dataSource.setUrl(fresh.jdbcUrl());
    return new Database(fresh.name(), fresh.jdbcUrl(), dataSource);
  }

  /** A database with River's tables. */
  public Database migrated() {
    Database database = empty();
    Migrator.of(database.dataSource()).up();
    return database;
  }

  ServerSettings settings() throws SQLException {
    try (Connection connection = process.database("postgres").dataSource().getConnection()) {
      return ServerSettings.of(connection);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
