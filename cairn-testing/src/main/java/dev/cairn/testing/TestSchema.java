package dev.cairn.testing;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.migrate.Migrator;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * A schema with Cairn's tables, for one test class.
 *
 * @param client inserts into it and works nothing
 * @param afterwards gives back what the schema stands on
 */
record TestSchema(DataSource dataSource, String name, Cairn client, Runnable afterwards)
    implements AutoCloseable {
  private static final int CONNECTIONS = 20;

  /** In a fresh database of the shared embedded server. */
  static TestSchema embedded() {
    String name = freshName();
    HikariConfig config = new HikariConfig();
    config.setDataSource(EmbeddedDatabase.shared().newDatabase().dataSource());
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(0);
    config.setSchema(name);
    config.setPoolName(name);
    HikariDataSource pool = new HikariDataSource(config);
    return create(pool, name, pool::close);
  }

  /** In a database that outlives the schema. */
  static TestSchema on(DataSource dataSource) {
    String name = freshName();
    return create(dataSource, name, () -> execute(dataSource, "DROP SCHEMA " + name + " CASCADE"));
  }

  @Override
  public void close() {
    client.close();
    afterwards.run();
  }

  private static TestSchema create(DataSource dataSource, String name, Runnable afterwards) {
    execute(dataSource, "CREATE SCHEMA " + name);
    Migrator.of(dataSource).inSchema(name).up();
    Cairn client = Cairn.builder(dataSource).schema(name).build();
    return new TestSchema(dataSource, name, client, afterwards);
  }

  private static String freshName() {
    return "cairn_" + UUID.randomUUID().toString().replace("-", "").substring(0, 16);
  }

  private static void execute(DataSource dataSource, String sql) {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(
          "Could not run '%s': %s [CAIRN-608]".formatted(sql, e.getMessage()), e);
    }
  }
}
