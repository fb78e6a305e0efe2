package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.spring.SpringTransactions;
import dev.cairn.spring.boot.TransactionsTest.Purchase;
import dev.cairn.testing.CairnExtension;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.hibernate.jpa.HibernatePersistenceProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.ConnectionHandle;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaDialect;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.vendor.HibernateJpaDialect;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;

/** Managers whose transactions insertions could not join. With JPA, the JpaDialect decides. */
class RefusedManagersTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  /** Of an application. */
  static final class DialectOfItsOwn extends HibernateJpaDialect {
    private static final long serialVersionUID = 1L;
  }

  /** Shows the connection by code of its own. */
  static final class ShowingDialect extends HibernateJpaDialect {
    private static final long serialVersionUID = 1L;

    @Override
    public ConnectionHandle getJdbcConnection(EntityManager entities, boolean readOnly)
        throws SQLException {
      return super.getJdbcConnection(entities, readOnly);
    }
  }

  /** Lets nobody begin a transaction, as if the database was not there. */
  private static void withoutTransactions(JpaTransactionManager manager) {
    manager.setTransactionExecutionListeners(
        List.of(
            new TransactionExecutionListener() {
              @Override
              public void beforeBegin(TransactionExecution transaction) {
                throw new CannotCreateTransactionException("planned");
              }
            }));
  }

  @Configuration(proxyBeanMethods = false)
  static class WithoutVendorAdapter {
    @Bean
    HikariDataSource pool() {
      return Applications.pool(cairn);
    }

    @Bean
    LocalContainerEntityManagerFactoryBean entities(DataSource pool) {
      return entitiesOf(pool);
    }

    @Bean
    JpaTransactionManager transactionManager(EntityManagerFactory entities) {
      return new JpaTransactionManager(entities);
    }
  }

  private static LocalContainerEntityManagerFactoryBean entitiesOf(DataSource pool) {
    var entities = new LocalContainerEntityManagerFactoryBean();
    entities.setDataSource(pool);
    entities.setPackagesToScan(Purchase.class.getPackageName());
    entities.setPersistenceProviderClass(HibernatePersistenceProvider.class);
    return entities;
  }

  @Test
  void aManagerThatDoesNotShowItsConnectionIsRefusedAndTheTextSaysWhatToSet() {
    Applications.withoutPool()
        .withUserConfiguration(WithoutVendorAdapter.class)
        .run(context ->
            assertThat(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure())))
                .contains("does not show its JDBC connection", "JpaVendorAdapter", "[CAIRN-709]"));
  }

  private static void withManager(
      @Nullable JpaDialect dialect, Consumer<JpaTransactionManager> code) {
    LocalContainerEntityManagerFactoryBean entities = entitiesOf(cairn.dataSource());
    entities.afterPropertiesSet();
    try {
      var manager = new JpaTransactionManager(Objects.requireNonNull(entities.getObject()));
      if (dialect != null) {
        manager.setJpaDialect(dialect);
      }
      manager.afterPropertiesSet();
      code.accept(manager);
    } finally {
      entities.destroy();
    }
  }

  @Test
  void aFurtherManagerThatDoesNotShowItIsRefusedToo() {
    withManager(
        null,
        manager ->
            assertThatIllegalArgumentException()
                .isThrownBy(() ->
                    new SpringTransactions(
                        new JdbcTransactionManager(cairn.dataSource()),
                        cairn.dataSource(),
                        manager))
                .withMessageContaining("does not show its JDBC connection")
                .withMessageContaining("[CAIRN-709]"));
  }

  @Test
  void aDialectOfTheApplicationThatShowsItIsTriedAndTaken() {
    withManager(
        new ShowingDialect(),
        manager ->
            assertThatNoException()
                .isThrownBy(() -> new SpringTransactions(manager, cairn.dataSource()).close()));
  }

  /** So an application starts, or is trained for a cache, without a database. */
  @Test
  void aDialectThatShowsItByTheCodeOfHibernatesIsTakenWithoutATransaction() {
    withManager(
        new DialectOfItsOwn(),
        manager -> {
          withoutTransactions(manager);
          assertThatNoException()
              .isThrownBy(() -> new SpringTransactions(manager, cairn.dataSource()).close());
        });
  }

  @Test
  void theDefaultDialectIsRefusedWithoutATransaction() {
    withManager(
        null,
        manager -> {
          withoutTransactions(manager);
          assertThatIllegalArgumentException()
              .isThrownBy(() -> new SpringTransactions(manager, cairn.dataSource()))
              .withMessageContaining("does not show its JDBC connection");
        });
  }

  @Test
  void aTrialThatFailsSaysWhatItWasFor() {
    withManager(
        new ShowingDialect(),
        manager -> {
          withoutTransactions(manager);
          assertThatIllegalStateException()
              .isThrownBy(() -> new SpringTransactions(manager, cairn.dataSource()))
              .withMessageContaining("planned")
              .withMessageContaining("[CAIRN-709]")
              .withCauseInstanceOf(CannotCreateTransactionException.class);
        });
  }

  /** They may be of a parent context, which lives on. */
  @Test
  void ofOneThatIsRefusedNothingIsLeftAtTheOthers() {
    var known = new JdbcTransactionManager(cairn.dataSource());
    var secret =
        new TransactionManagersTest.Wrapper(new JdbcTransactionManager(cairn.dataSource()));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SpringTransactions(known, cairn.dataSource(), secret))
        .withMessageContaining("delegates to a transaction manager that is not a bean");
    assertThat(known.getTransactionExecutionListeners()).isEmpty();
  }
}
