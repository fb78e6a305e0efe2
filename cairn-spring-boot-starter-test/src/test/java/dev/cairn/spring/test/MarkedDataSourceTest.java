package dev.cairn.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.spring.CairnDataSource;
import dev.cairn.spring.boot.CairnAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application, such as one with R2DBC, whose only data source is for its jobs. */
class MarkedDataSourceTest {
  private static final FreshDatabase DATABASE = EmbeddedDatabase.shared().newDatabase();

  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(CairnAutoConfiguration.class, CairnTestAutoConfiguration.class))
          .withPropertyValues("cairn.migrate=up", "cairn.work=false");

  @Configuration(proxyBeanMethods = false)
  static class ForJobs {
    @Bean(defaultCandidate = false)
    @CairnDataSource
    HikariDataSource jobs() {
      var pool = new HikariDataSource();
      pool.setDataSource(DATABASE.dataSource());
      pool.setMaximumPoolSize(5);
      return pool;
    }
  }

  /** Boot's own conditions overlook it, because it is no default candidate. */
  @Test
  void getsNoEmbeddedDatabaseBesideIt() {
    application
        .withUserConfiguration(ForJobs.class)
        .run(context -> {
          assertThat(context).hasSingleBean(Cairn.class);
          assertThat(context).doesNotHaveBean(JdbcConnectionDetails.class);
        });
  }

  @Test
  void anApplicationWithoutOneGetsAnEmbeddedDatabase() {
    application
        .withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
        .run(context -> {
          assertThat(context).hasSingleBean(Cairn.class);
          assertThat(context).hasSingleBean(JdbcConnectionDetails.class);
        });
  }
}
