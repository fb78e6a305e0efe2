package dev.cairn.samples.quarkus;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL for the application under test. */
public final class Database implements QuarkusTestResourceLifecycleManager {
  private @Nullable EmbeddedDatabase server;

  @Override
  public Map<String, String> start() {
    server = EmbeddedDatabase.start(ServerOptions.forTests());
    return properties(server.newDatabase());
  }

  /** The properties that connect the application to a database. */
  static Map<String, String> properties(FreshDatabase database) {
    return Map.of(
        "quarkus.datasource.jdbc.url", database.jdbcUrl(),
        "quarkus.datasource.username", database.user(),
        "quarkus.datasource.password", database.password());
  }

  @Override
  public void stop() {
    if (server != null) {
      server.close();
    }
  }
}
