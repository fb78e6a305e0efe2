package dev.cairn.benchmarks.measure;

import dev.cairn.benchmarks.measure.Conditions.ServerSettings;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migrator;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** A PostgreSQL of its own, with PostgreSQL's default settings. */
public record Server(EmbeddedDatabase process, Statistics statistics) implements AutoCloseable {
  /**
   * Starts the server whose programs are on the class path.
   *
   * @param statistics the planner's statistics of the tables of jobs in its databases
   */
  static Server start(Statistics statistics) {
    return new Server(EmbeddedDatabase.start(), statistics);
  }

  /**
   * An empty database.
   *
   * @param dataSource returns a new connection each time, so that no prepared statement has a plan
   *     for an old table
   */
  public record Database(FreshDatabase login, DataSource dataSource, Statistics statistics) {
    public String name() {
      return login.name();
    }

    /** A burn-down in this database. */
    public BurnDown burnDown() {
      return new BurnDown(dataSource, login.name(), statistics);
    }

    /** The table of jobs, if the database is migrated. */
    public RiverTable table() {
      return new RiverTable(dataSource);
    }
  }

  /** Creates a database without tables. */
  public Database empty() {
    FreshDatabase fresh = process.newDatabase();
    return new Database(fresh, fresh.dataSource(), Statistics.FULL);
  }

  /** Creates a database with River's tables. */
  public Database migrated() throws SQLException {
    Database database = empty();
    Migrator.of(database.dataSource()).up();
    statistics.prepare(database.table());
    database.table().empty();
    return new Database(database.login(), database.dataSource(), statistics);
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
