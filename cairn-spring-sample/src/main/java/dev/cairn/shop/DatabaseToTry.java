package dev.cairn.shop;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * A PostgreSQL to try the shop with, unless {@code spring.datasource.url} names one. Its data is in
 * a folder, so that it survives a restart. Leave this file out of your own application.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "spring.datasource.url", havingValue = "none", matchIfMissing = true)
class DatabaseToTry {
  @Bean
  EmbeddedDatabase server(@Value("${shop.folder}") Path folder) {
    return EmbeddedDatabase.start(
        ServerOptions.defaults().withDataDirectory(folder.resolve("database")));
  }

  @Bean
  JdbcConnectionDetails database(EmbeddedDatabase server) {
    return new Details(server.database("shop"));
  }

  private record Details(FreshDatabase database) implements JdbcConnectionDetails {
    @Override
    public String getJdbcUrl() {
      return database.jdbcUrl();
    }

    @Override
    public String getUsername() {
      return database.user();
    }

    @Override
    public String getPassword() {
      return database.password();
    }
  }
}
