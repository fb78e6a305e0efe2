package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.spring.CairnDataSource;
import dev.cairn.spring.boot.TransactionsTest.Purchase;
import dev.cairn.spring.boot.TransactionsTest.Purchases;
import dev.cairn.spring.boot.TransactionsTest.Settle;
import dev.cairn.testing.CairnExtension;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Insertions in the transactions of an application with two databases: one with its jobs, and the
 * shop's, which is the primary one.
 */
@ExtendWith(OutputCaptureExtension.class)
class TwoDatabasesTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final FreshDatabase shop = EmbeddedDatabase.shared().newDatabase();

  private final JdbcClient jdbc = JdbcClient.create(cairn.dataSource());
  private final JdbcClient shopJdbc = JdbcClient.create(shop.dataSource());

  @BeforeEach
  void clear() {
    for (JdbcClient database : List.of(jdbc, shopJdbc)) {
      database.sql("CREATE TABLE IF NOT EXISTS purchase (id bigint)").update();
      database.sql("DELETE FROM purchase").update();
    }
    jdbc.sql("DELETE FROM river_job").update();
  }

  private long jobs() {
    return jdbc.sql("SELECT count(*) FROM river_job").query(Long.class).single();
  }

  private static List<@Nullable Long> purchases(JdbcClient database) {
    return database.sql("SELECT id FROM purchase ORDER BY id").query(Long.class).list();
  }

  private static void rolledBack(TransactionTemplate transaction, Runnable code) {
    transaction.executeWithoutResult(status -> {
      code.run();
      status.setRollbackOnly();
    });
  }

  @Configuration(proxyBeanMethods = false)
  static class TwoDatabases {
    @Bean
    @CairnDataSource
    HikariDataSource jobsPool() {
      // As some do; nobody commits what is done beside a transaction.
      return Applications.pool(cairn, false);
    }

    @Bean
    @Primary
    HikariDataSource shopPool() {
      return Applications.pool(shop.dataSource());
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class JdbcOfShop {
    @Bean
    @Primary
    PlatformTransactionManager shopTransactions(HikariDataSource shopPool) {
      return new JdbcTransactionManager(shopPool);
    }

    @Bean
    Purchases shopPurchases(HikariDataSource shopPool) {
      return rowsOf(shopPool);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class JdbcOfJobs {
    @Bean
    PlatformTransactionManager jobsTransactions(@CairnDataSource HikariDataSource jobsPool) {
      return new JdbcTransactionManager(jobsPool);
    }

    @Bean
    Purchases jobsPurchases(@CairnDataSource HikariDataSource jobsPool) {
      return rowsOf(jobsPool);
    }
  }

  private static Purchases rowsOf(DataSource pool) {
    JdbcClient client = JdbcClient.create(pool);
    return id -> client.sql("INSERT INTO purchase VALUES (?)").param(id).update();
  }

  @Configuration(proxyBeanMethods = false)
  static class JpaOfShop {
    @Bean
    @Primary
    LocalContainerEntityManagerFactoryBean shopEntities(HikariDataSource shopPool) {
      return entitiesOf(shopPool);
    }

    @Bean
    @Primary
    PlatformTransactionManager shopTransactions(EntityManagerFactory shopEntities) {
      return new JpaTransactionManager(shopEntities);
    }

    @Bean
    Purchases shopPurchases(EntityManagerFactory shopEntities) {
      return persistedBy(shopEntities);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class JpaOfJobs {
    @Bean
    LocalContainerEntityManagerFactoryBean jobsEntities(
        @CairnDataSource HikariDataSource jobsPool) {
      return entitiesOf(jobsPool);
    }

    @Bean
    PlatformTransactionManager jobsTransactions(
        @Qualifier("jobsEntities") EntityManagerFactory jobsEntities) {
      return new JpaTransactionManager(jobsEntities);
    }

    @Bean
    Purchases jobsPurchases(@Qualifier("jobsEntities") EntityManagerFactory jobsEntities) {
      return persistedBy(jobsEntities);
    }
  }

  private static LocalContainerEntityManagerFactoryBean entitiesOf(DataSource pool) {
    var entities = new LocalContainerEntityManagerFactoryBean();
    entities.setDataSource(pool);
    entities.setPackagesToScan(Purchase.class.getPackageName());
    entities.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
    return entities;
  }

  private static Purchases persistedBy(EntityManagerFactory factory) {
    EntityManager entities = SharedEntityManagerCreator.createSharedEntityManager(factory);
    return id -> entities.persist(new Purchase(id));
  }

  static Stream<Arguments> pairs() {
    return Stream.of(
        Arguments.of("shop JDBC, jobs JDBC", JdbcOfShop.class, JdbcOfJobs.class),
        Arguments.of("shop JPA, jobs JDBC", JpaOfShop.class, JdbcOfJobs.class),
        Arguments.of("shop JDBC, jobs JPA", JdbcOfShop.class, JpaOfJobs.class),
        Arguments.of("shop JPA, jobs JPA", JpaOfShop.class, JpaOfJobs.class));
  }

  private static void withTransactions(
      Class<?> ofShop, Class<?> ofJobs, String which, Consumer<Both> code) {
    Applications.withoutPool()
        .withUserConfiguration(TwoDatabases.class, ofShop, ofJobs)
        .run(context ->
            code.accept(
                new Both(
                    context.getBean(Cairn.class),
                    new TransactionTemplate(
                        context.getBean(which + "Transactions", PlatformTransactionManager.class)),
                    context.getBean(which + "Purchases", Purchases.class),
                    JdbcClient.create(context.getBean("jobsPool", DataSource.class)))));
  }

  /**
   * @param rows those of the database of the transaction
   */
  record Both(
      Cairn client, TransactionTemplate transaction, Purchases rows, JdbcClient jobsDatabase) {}

  @ParameterizedTest(name = "{0}")
  @MethodSource("pairs")
  void withTwoDatabasesAJobJoinsTheTransactionOfItsOwn(
      String technologies, Class<?> ofShop, Class<?> ofJobs) {
    withTransactions(
        ofShop,
        ofJobs,
        "jobs",
        both -> {
          rolledBack(
              both.transaction(),
              () -> {
                both.rows().save(1);
                both.client().insert(new Settle(1));
              });
          assertThat(jobs()).isZero();
          assertThat(purchases(jdbc)).isEmpty();

          both.transaction()
              .executeWithoutResult(status -> {
                both.rows().save(2);
                both.client().insert(new Settle(2));
                assertThat(jobs()).isZero();
              });
          assertThat(jobs()).isOne();
          assertThat(purchases(jdbc)).containsExactly(2L);
        });
  }

  @Tag("thorough")
  @ParameterizedTest(name = "{0}")
  @MethodSource("pairs")
  void aJobBesideATransactionThatItCannotJoinIsKeptAndSaidOnce(
      String technologies, Class<?> ofShop, Class<?> ofJobs, CapturedOutput output) {
    withTransactions(
        ofShop,
        ofJobs,
        "shop",
        both -> {
          both.transaction().setName("Shop.buy");
          rolledBack(
              both.transaction(),
              () -> {
                both.rows().save(1);
                // Binds a connection of the jobs' data source that nobody is going to commit.
                both.jobsDatabase().sql("SELECT 1").query(Integer.class).single();
                both.client().insert(new Settle(1));
                both.client().insert(new Settle(2));
              });
        });
    assertThat(jobs()).isEqualTo(2);
    assertThat(purchases(shopJdbc)).isEmpty();
    assertThat(output.getAll()).containsOnlyOnce("[CAIRN-703]").contains("'Shop.buy'");
  }

  @Test
  void aChangeBesideATransactionThatItCannotJoinStaysAndIsSaidOnce(CapturedOutput output) {
    withTransactions(
        JdbcOfShop.class,
        JdbcOfJobs.class,
        "shop",
        both -> {
          long id = both.client().insert(new Settle(1)).id();
          rolledBack(
              both.transaction(),
              () -> {
                assertThat(both.client().jobs().find(id)).isPresent();
                assertThat(output.getAll()).doesNotContain("[CAIRN-703]");
                assertThat(both.client().jobs().cancel(id)).isPresent();
                both.client().queues().pauseAll();
              });
        });
    assertThat(jdbc.sql("SELECT state FROM river_job").query(String.class).single())
        .isEqualTo("cancelled");
    assertThat(output.getAll()).containsOnlyOnce("[CAIRN-703]");
  }

  @Test
  void whatNeedsATransactionThatItDoesNotFindFailsWithoutTheWarning(CapturedOutput output) {
    withTransactions(
        JdbcOfShop.class,
        JdbcOfJobs.class,
        "shop",
        both -> {
          rolledBack(
              both.transaction(),
              () ->
                  assertThatExceptionOfType(IllegalStateException.class)
                      .isThrownBy(() -> both.client().inCurrentTransaction(connection -> true))
                      .withMessageContaining("[CAIRN-331]"));
          assertThat(output.getAll()).doesNotContain("[CAIRN-703]");
          rolledBack(both.transaction(), () -> both.client().insert(new Settle(1)));
        });
    assertThat(jobs()).isEqualTo(1);
    assertThat(output.getAll()).containsOnlyOnce("[CAIRN-703]");
  }
}
