package dev.cairn.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.spring.test.CairnTest;
import dev.cairn.spring.test.CairnTester;
import dev.cairn.spring.test.shop.Shop.Thank;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;

/** A database that the test brings, as a container with {@code @ServiceConnection} does. */
@CairnTest
class ServiceConnectionTest {
  private static final FreshDatabase DATABASE = EmbeddedDatabase.shared().newDatabase();

  @Autowired private HikariDataSource dataSource;
  @Autowired private CairnTester cairn;

  @TestConfiguration(proxyBeanMethods = false)
  static class Container {
    /** What {@code @ServiceConnection} makes of a container. */
    @Bean
    JdbcConnectionDetails ofContainer() {
      return new Details();
    }
  }

  private record Details() implements JdbcConnectionDetails {
    @Override
    public String getJdbcUrl() {
      return DATABASE.jdbcUrl();
    }

    @Override
    public String getUsername() {
      return Objects.requireNonNull(DATABASE.environment().get("PGUSER"));
    }

    @Override
    public String getPassword() {
      return Objects.requireNonNull(DATABASE.environment().get("PGPASSWORD"));
    }
  }

  @Test
  void theTestUsesThatDatabaseAndNoEmbeddedOne() {
    assertThat(dataSource.getJdbcUrl()).isEqualTo(DATABASE.jdbcUrl());
    cairn.work(new Thank(1)).requireCompleted();
  }
}
