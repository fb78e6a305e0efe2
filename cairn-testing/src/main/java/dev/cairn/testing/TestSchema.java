package dev.cairn.testing;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.EmbeddedDatabaseException;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migrator;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

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
    FreshDatabase database = EmbeddedDatabase.shared().copyOf(Template.database());
    HikariConfig config = new HikariConfig();
    config.setDataSource(database.dataSource());
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(0);
    config.setSchema(Template.SCHEMA);
    config.setPoolName(Template.SCHEMA);
    HikariDataSource pool = new HikariDataSource(config);
    return new TestSchema(
        pool,
        Template.SCHEMA,
        client(pool, Template.SCHEMA),
        () -> {
          pool.close();
          drop(database);
        });
  }

  /** So that the disk of a suite with many classes does not fill up. */
  private static void drop(FreshDatabase database) {
    try {
      EmbeddedDatabase.shared().drop(database);
    } catch (EmbeddedDatabaseException e) {
      // The tests have ended and do not fail because of this. The database stays until the server
      // ends.
    }
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
    try {
      migrate(dataSource, name);
      return new TestSchema(dataSource, name, client(dataSource, name), afterwards);
    } catch (RuntimeException | Error e) {
      dropOfFailure(dataSource, name, e);
      throw e;
    }
  }

  /** Drops the schema after a failure, because no other code knows its name. */
  private static void dropOfFailure(DataSource dataSource, String name, Throwable failure) {
    try {
      execute(dataSource, "DROP SCHEMA IF EXISTS " + name + " CASCADE");
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private static void migrate(DataSource dataSource, String name) {
    execute(dataSource, "CREATE SCHEMA " + name);
    Migrator.of(dataSource).inSchema(name).up();
  }

  private static Cairn client(DataSource dataSource, String name) {
    return Cairn.builder(dataSource).schema(name).build();
  }

  /** The database that the others of this JVM are copied from: that is faster than to migrate. */
  private static final class Template {
    static final String SCHEMA = freshName();
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static @Nullable FreshDatabase database;

    /** A failed attempt to make it is repeated by the next caller. */
    static FreshDatabase database() {
      LOCK.lock();
      try {
        FreshDatabase template = database;
        if (template == null) {
          template = EmbeddedDatabase.shared().newDatabase();
          migrate(template.dataSource(), SCHEMA);
          database = template;
        }
        return template;
      } finally {
        LOCK.unlock();
      }
    }
  }

  private static String freshName() {
    return "cairn_" + UUID.randomUUID().toString().replace("-", "").substring(0, 16);
  }

  private static void execute(DataSource dataSource, String sql) {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
      if (!connection.getAutoCommit()) {
        // As with a pool for Hibernate, which rolls back what is given back uncommitted.
        connection.commit();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(
          "Could not run '%s': %s [CAIRN-608]".formatted(sql, e.getMessage()), e);
    }
  }
}
