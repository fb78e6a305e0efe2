package dev.cairn.spring.test;

import dev.cairn.Cairn;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.EmbeddedDatabaseException;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.spring.CairnBuilderCustomizer;
import dev.cairn.spring.boot.CairnAutoConfiguration;
import dev.cairn.spring.boot.ClientDescription;
import dev.cairn.spring.boot.OnDataSource;
import dev.cairn.testing.TestClock;
import java.util.Objects;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/** What {@link AutoConfigureCairn} adds to an application. */
@AutoConfiguration(
    before = {DataSourceAutoConfiguration.class, CairnAutoConfiguration.class},
    afterName =
        "org.springframework.boot.testcontainers.service.connection.ServiceConnectionAutoConfiguration")
final class CairnTestAutoConfiguration {
  @Bean
  @ConditionalOnMissingBean
  TestClock cairnTestClock() {
    return TestClock.startingNow();
  }

  @Bean
  CairnBuilderCustomizer cairnTestClockCustomizer(TestClock clock) {
    return client -> client.clock(clock).middleware(clock.delays());
  }

  @Bean
  @ConditionalOnMissingBean
  CairnTester cairnTester(Cairn client, ClientDescription description, TestClock clock) {
    return new CairnTester(client, description, clock);
  }

  /** A database for tests that name none. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingBean({DataSource.class, JdbcConnectionDetails.class})
  @Conditional(OnDataSource.NoneMarked.class)
  @ConditionalOnProperty(
      name = "spring.datasource.url",
      matchIfMissing = true,
      havingValue = "none")
  static class EmbeddedConfiguration {
    @Bean
    JdbcConnectionDetails cairnEmbeddedDatabase() {
      return new Details(EmbeddedDatabase.shared().newDatabase());
    }
  }

  /** How to reach a database of the embedded server. Its context closes it after its pools. */
  private record Details(FreshDatabase database) implements JdbcConnectionDetails, AutoCloseable {
    /** So that the disk does not fill up in a suite with many contexts. */
    @Override
    public void close() {
      try {
        EmbeddedDatabase.shared().drop(database);
      } catch (EmbeddedDatabaseException e) {
        // The tests have ended and do not fail because of this. The database stays until the server
        // ends.
      }
    }

    @Override
    public String getJdbcUrl() {
      return database.jdbcUrl();
    }

    @Override
    public String getUsername() {
      return variable("PGUSER");
    }

    @Override
    public String getPassword() {
      return variable("PGPASSWORD");
    }

    private String variable(String name) {
      return Objects.requireNonNull(database.environment().get(name), name);
    }
  }
}
