package dev.cairn.chaos.life;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migrator;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Databases of one server, each a copy of a migrated one. Thread-safe. */
public final class LifeDatabases {
  private static final int CONNECTIONS = 40;
  private static final int CONNECTIONS_OF_JUDGE = 30;

  private final EmbeddedDatabase server;
  private final DataSource admin;
  private final String template;

  private LifeDatabases(EmbeddedDatabase server, FreshDatabase template) {
    this.server = server;
    this.admin = server.database("postgres").dataSource();
    this.template = template.name();
  }

  /** Prepares the databases on the shared server of this JVM. */
  public static LifeDatabases start() throws SQLException {
    EmbeddedDatabase server = EmbeddedDatabase.shared();
    FreshDatabase template = server.newDatabase();
    Migrator.of(template.dataSource()).up();
    execute(
        template.dataSource(),
        "CREATE TABLE effect (job_id bigint NOT NULL, item bigint NOT NULL)",
        "CREATE TABLE marker (key text NOT NULL)");
    return new LifeDatabases(server, template);
  }

  /** Creates the database of one life. */
  LifeDatabase create() throws SQLException {
    String name =
        "life_" + Long.toString(System.nanoTime(), 36) + "_" + Thread.currentThread().threadId();
    execute(admin, "CREATE DATABASE %s TEMPLATE %s".formatted(name, template));
    FreshDatabase database = server.database(name);
    return new LifeDatabase(
        pool(database, "client", CONNECTIONS),
        pool(database, "judge", CONNECTIONS_OF_JUDGE),
        () -> execute(admin, "DROP DATABASE %s WITH (FORCE)".formatted(name)));
  }

  private static HikariDataSource pool(FreshDatabase database, String name, int most) {
    var config = new HikariConfig();
    config.setJdbcUrl(database.jdbcUrl());
    config.setUsername(database.user());
    config.setPassword(database.password());
    config.setMaximumPoolSize(most);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(5_000);
    config.setPoolName(name + "-" + database.name());
    return new HikariDataSource(config);
  }

  private static void execute(DataSource dataSource, String... statements) throws SQLException {
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
