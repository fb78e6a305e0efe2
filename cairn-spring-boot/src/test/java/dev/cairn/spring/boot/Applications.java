package dev.cairn.spring.boot;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.testing.CairnExtension;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.jooq.autoconfigure.JooqAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;

/** Applications for tests, on the schema of a test class. */
final class Applications {
  private Applications() {}

  /** With JDBC. */
  static ApplicationContextRunner jdbc(CairnExtension cairn) {
    return withoutPool().withBean(HikariDataSource.class, () -> pool(cairn));
  }

  /** Without a data source. */
  static ApplicationContextRunner withoutPool() {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                DataSourceAutoConfiguration.class,
                DataSourceTransactionManagerAutoConfiguration.class,
                TransactionAutoConfiguration.class,
                JdbcTemplateAutoConfiguration.class,
                JdbcClientAutoConfiguration.class,
                CairnAutoConfiguration.class))
        .withPropertyValues("cairn.poll-interval=50ms", "cairn.flush-interval=50ms");
  }

  /** With JPA as well. */
  static ApplicationContextRunner jpa(CairnExtension cairn) {
    return jdbc(cairn)
        .withConfiguration(AutoConfigurations.of(HibernateJpaAutoConfiguration.class))
        .withPropertyValues("spring.jpa.hibernate.ddl-auto=none", "spring.jpa.open-in-view=false");
  }

  /** With jOOQ as well. */
  static ApplicationContextRunner jooq(CairnExtension cairn) {
    return jdbc(cairn).withConfiguration(AutoConfigurations.of(JooqAutoConfiguration.class));
  }

  /** A pool of its own, closed with the application. */
  static HikariDataSource pool(CairnExtension cairn) {
    return pool(cairn, true);
  }

  /** As above, with the auto-commit that its connections have. */
  static HikariDataSource pool(CairnExtension cairn, boolean autoCommit) {
    return pool(cairn.dataSource(), autoCommit);
  }

  /** A pool on another database. */
  static HikariDataSource pool(DataSource database) {
    return pool(database, true);
  }

  private static HikariDataSource pool(DataSource database, boolean autoCommit) {
    var config = new HikariConfig();
    config.setDataSource(database);
    config.setMaximumPoolSize(10);
    config.setMinimumIdle(0);
    config.setAutoCommit(autoCommit);
    return new HikariDataSource(config);
  }
}
