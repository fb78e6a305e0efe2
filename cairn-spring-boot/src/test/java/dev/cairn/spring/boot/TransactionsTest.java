package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.RetryPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.event.TransactionalEventListener;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Insertions and steps in Spring's transactions: what is there in the end. */
@ExtendWith(OutputCaptureExtension.class)
class TransactionsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final JdbcClient jdbc = JdbcClient.create(cairn.dataSource());

  @JobKind("settle")
  record Settle(long id) {}

  /** A row of an application. */
  @Entity
  @jakarta.persistence.EntityListeners(ShipsWhatIsPersisted.class)
  @Table(name = "purchase")
  public static class Purchase {
    @Id private long id;

    protected Purchase() {}

    Purchase(long id) {
      this.id = id;
    }

    /** The key. */
    public long getId() {
      return id;
    }
  }

  /** Saves rows, each technology in its own way. */
  @FunctionalInterface
  interface Purchases {
    void save(long id);
  }

  @Configuration(proxyBeanMethods = false)
  @EntityScan(basePackageClasses = Purchase.class)
  static class JpaApplication {
    @Bean
    Purchases purchases(EntityManager entities) {
      return id -> entities.persist(new Purchase(id));
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class JdbcApplication {
    @Bean
    Purchases purchases(JdbcClient jdbc) {
      return id -> jdbc.sql("INSERT INTO purchase VALUES (?)").param(id).update();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class JooqApplication {
    @Bean
    Purchases purchases(DSLContext jooq) {
      return id -> jooq.insertInto(DSL.table("purchase")).values(id).execute();
    }
  }

  static Stream<Arguments> technologies() {
    return Stream.of(
        Arguments.of("JDBC", Applications.jdbc(cairn).withUserConfiguration(JdbcApplication.class)),
        Arguments.of("JPA", Applications.jpa(cairn).withUserConfiguration(JpaApplication.class)),
        Arguments.of("jOOQ", Applications.jooq(cairn).withUserConfiguration(JooqApplication.class)),
        Arguments.of(
            "JDBC, connections fetched late",
            Applications.jdbc(cairn)
                .withUserConfiguration(JdbcApplication.class, LateConnections.class)),
        Arguments.of(
            "JPA, a proxy that joins",
            Applications.jpa(cairn)
                .withUserConfiguration(JpaApplication.class, JoiningProxy.class)));
  }

  @Configuration(proxyBeanMethods = false)
  static class LateConnections {
    @Bean
    @Primary
    DataSource late(HikariDataSource pool) {
      return new LazyConnectionDataSourceProxy(pool);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class JoiningProxy {
    @Bean
    @Primary
    DataSource joining(HikariDataSource pool) {
      return new TransactionAwareDataSourceProxy(pool);
    }
  }

  @BeforeEach
  void clear() {
    jdbc.sql("CREATE TABLE IF NOT EXISTS purchase (id bigint)").update();
    jdbc.sql("DELETE FROM purchase").update();
    jdbc.sql("DELETE FROM river_job").update();
  }

  private List<@Nullable Long> purchases() {
    return jdbc.sql("SELECT id FROM purchase ORDER BY id").query(Long.class).list();
  }

  private long jobs() {
    return jdbc.sql("SELECT count(*) FROM river_job").query(Long.class).single();
  }

  private static TransactionTemplate transaction(ApplicationContext application) {
    return new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
  }

  private static void rolledBack(TransactionTemplate transaction, Runnable code) {
    transaction.executeWithoutResult(status -> {
      code.run();
      status.setRollbackOnly();
    });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("technologies")
  void aJobSharesTheFateOfTheTransactionItIsInsertedIn(
      String technology, ApplicationContextRunner application) {
    application.run(context -> {
      Cairn client = context.getBean(Cairn.class);
      Purchases rows = context.getBean(Purchases.class);

      rolledBack(
          transaction(context),
          () -> {
            rows.save(1);
            client.insert(new Settle(1));
          });
      assertThat(jobs()).isZero();
      assertThat(purchases()).isEmpty();

      transaction(context)
          .executeWithoutResult(status -> {
            rows.save(2);
            client.insert(new Settle(2));
            assertThat(jobs()).isZero();
          });
      assertThat(jobs()).isOne();
      assertThat(purchases()).containsExactly(2L);
    });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("technologies")
  void aJobInANewTransactionWithinAnotherSharesTheFateOfTheInnerOne(
      String technology, ApplicationContextRunner application) {
    application.run(context -> {
      Cairn client = context.getBean(Cairn.class);
      TransactionTemplate inner = transaction(context);
      inner.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);

      rolledBack(
          transaction(context),
          () -> {
            client.insert(new Settle(1));
            inner.executeWithoutResult(status -> client.insert(new Settle(2)));
            client.outside().insert(new Settle(3));
          });

      assertThat(
              jdbc.sql("SELECT args ->> 'id' FROM river_job ORDER BY id")
                  .query(String.class)
                  .list())
          .containsExactly("2", "3");
    });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("technologies")
  void aJobInANestedTransactionGoesBackToItsSavepoint(
      String technology, ApplicationContextRunner application) {
    assumeFalse(technology.startsWith("JPA"), "JPA has no nested transactions");
    application.run(context -> {
      Cairn client = context.getBean(Cairn.class);
      TransactionTemplate nested = transaction(context);
      nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);

      transaction(context)
          .executeWithoutResult(status -> {
            client.insert(new Settle(1));
            rolledBack(nested, () -> client.insert(new Settle(2)));
            nested.executeWithoutResult(it -> client.insert(new Settle(3)));
          });

      assertThat(
              jdbc.sql("SELECT args ->> 'id' FROM river_job ORDER BY id")
                  .query(String.class)
                  .list())
          .containsExactly("1", "3");
    });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("technologies")
  void aJobThatIsInsertedAfterTheEndOfATransactionIsKept(
      String technology, ApplicationContextRunner application, CapturedOutput output) {
    application.run(context -> {
      Cairn client = context.getBean(Cairn.class);
      Purchases rows = context.getBean(Purchases.class);
      TransactionTemplate transaction = transaction(context);

      transaction.executeWithoutResult(status -> {
        rows.save(1);
        after(() -> client.insert(new Settle(1)), () -> client.insert(new Settle(2)));
      });
      rolledBack(
          transaction,
          () -> {
            rows.save(2);
            after(() -> client.insert(new Settle(3)), () -> client.insert(new Settle(4)));
          });
      transaction.executeWithoutResult(status ->
          after(
              () -> {
                rolledBack(newTransaction(context), () -> client.insert(new Settle(5)));
                client.insert(new Settle(7));
              },
              () -> {}));
      rolledBack(transaction, () -> client.insert(new Settle(6)));
    });

    assertThat(
            jdbc.sql("SELECT args ->> 'id' FROM river_job ORDER BY id").query(String.class).list())
        .containsExactly("1", "2", "4", "7");
    assertThat(output.getAll()).doesNotContain("[CAIRN-703]");
  }

  /** As of a listener {@code AFTER_ROLLBACK} that calls a {@code @Transactional} service. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("technologies")
  void aJobThatAServiceInsertsAfterTheEndOfATransactionIsKept(
      String technology, ApplicationContextRunner application) {
    application.run(context -> {
      Cairn client = context.getBean(Cairn.class);
      Purchases rows = context.getBean(Purchases.class);
      TransactionTemplate service = transaction(context);

      rolledBack(
          transaction(context),
          () -> {
            rows.save(1);
            after(
                () -> {},
                () -> {
                  service.executeWithoutResult(status -> client.insert(new Settle(1)));
                  client.insert(new Settle(2));
                });
          });
      transaction(context)
          .executeWithoutResult(status ->
              after(
                  () -> service.executeWithoutResult(it -> client.insert(new Settle(3))),
                  () -> service.executeWithoutResult(it -> client.insert(new Settle(4)))));
      rolledBack(transaction(context), () -> client.insert(new Settle(5)));
    });

    assertThat(
            jdbc.sql("SELECT args ->> 'id' FROM river_job ORDER BY id").query(String.class).list())
        .containsExactly("1", "2", "3", "4");
  }

  /** Inserts a job while Hibernate writes its row, which may be as late as in the commit. */
  static class ShipsWhatIsPersisted {
    static @Nullable Cairn client;

    @jakarta.persistence.PostPersist
    void persisted(Object purchase) {
      Cairn known = client;
      if (known != null) {
        known.insert(new Settle(100));
      }
    }
  }

  @Test
  void aJobThatIsInsertedWhileTheCommitWritesRowsBelongsToTheTransaction() {
    jdbc.sql("ALTER TABLE purchase ADD CONSTRAINT small CHECK (id < 1000)").update();
    try {
      Applications.jpa(cairn)
          .withUserConfiguration(JpaApplication.class)
          .run(context -> {
            Cairn client = context.getBean(Cairn.class);
            Purchases rows = context.getBean(Purchases.class);
            ShipsWhatIsPersisted.client = client;
            TransactionTemplate transaction = transaction(context);

            transaction.executeWithoutResult(status -> rows.save(1));
            assertThat(jobs()).isOne();
            assertThatExceptionOfType(RuntimeException.class)
                .isThrownBy(() ->
                    transaction.executeWithoutResult(status -> {
                      rows.save(2);
                      rows.save(2_000); // refused when it is written, in the commit
                    }));
            assertThat(jobs()).isOne();
          });
    } finally {
      ShipsWhatIsPersisted.client = null;
      jdbc.sql("ALTER TABLE purchase DROP CONSTRAINT small").update();
    }
  }

  private static TransactionTemplate newTransaction(ApplicationContext context) {
    TransactionTemplate inner = transaction(context);
    inner.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    return inner;
  }

  /** As with {@code @TransactionalEventListener}. */
  private static void after(Runnable commit, Runnable completion) {
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void afterCommit() {
            commit.run();
          }

          @Override
          public void afterCompletion(int status) {
            completion.run();
          }
        });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("technologies")
  void whatRepositoriesSaveCommitsWithTheStep(
      String technology, ApplicationContextRunner application) {
    application
        .withUserConfiguration(SettleWorker.class)
        .withBean(RetryPolicy.class, () -> (job, failures) -> Duration.ofMillis(1))
        .run(context -> {
          long id = context.getBean(Cairn.class).insert(new Settle(1)).id();
          cairn.awaitState(id, JobState.COMPLETED);
        });

    assertThat(purchases()).containsExactly(1L, 2L, 10L, 11L, 12L, 13L, 20L, 21L, 22L, 30L);
    assertThat(jobs()).isEqualTo(2); // the job, and the one that its step inserted
  }

  /** Fails once in every place where something was saved and is not yet committed. */
  static class SettleWorker {
    private final Purchases rows;
    private final Cairn client;
    private final TransactionTemplate transaction;
    private final AtomicInteger places = new AtomicInteger();

    SettleWorker(Purchases rows, Cairn client, PlatformTransactionManager manager) {
      this.rows = rows;
      this.client = client;
      this.transaction = new TransactionTemplate(manager);
    }

    @CairnWorker
    void settle(Settle args, Steps steps) throws Exception {
      steps.stepTx(
          "plain",
          () -> {
            rows.save(1);
            client.insert(new Settle(2), dev.cairn.InsertOptions.defaults().withPending());
            failOnce(0);
          });
      steps.stepTx(
          "with connection",
          connection -> {
            rows.save(2);
            failOnce(1);
          });
      steps.forEachTx(
          "items",
          Sources.range(10, 14),
          2,
          items -> {
            items.forEach(rows::save);
            if (items.contains(12L)) {
              failOnce(2);
            }
          });
      steps.cursor(
          "cursor",
          Long.class,
          20L,
          cursor -> {
            while (cursor.get() < 23) {
              long next = cursor.get();
              inTransaction(() -> {
                rows.save(next);
                cursor.advanceTx(next + 1);
                if (next == 21) {
                  failOnce(3);
                }
              });
            }
          });
      steps.step(
          "by hand",
          () ->
              inTransaction(() -> {
                rows.save(30);
                steps.finishTx("by hand");
                failOnce(4);
              }));
    }

    private void inTransaction(dev.cairn.resumable.StepBody body) {
      transaction.executeWithoutResult(status -> {
        try {
          body.run();
        } catch (RuntimeException e) {
          throw e;
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      });
    }

    private void failOnce(int place) {
      if (places.compareAndSet(place, place + 1)) {
        throw new IllegalStateException("fails once");
      }
    }
  }

  /** Hibernate marks the connection as read-only only with its usual way of handling it. */
  static Stream<ApplicationContextRunner> reading() {
    return Stream.of(
        Applications.jdbc(cairn),
        Applications.jpa(cairn),
        Applications.jpa(cairn)
            .withPropertyValues(
                "spring.jpa.properties.hibernate.connection.handling_mode="
                    + "DELAYED_ACQUISITION_AND_RELEASE_AFTER_TRANSACTION"));
  }

  @ParameterizedTest
  @MethodSource("reading")
  void aReadOnlyTransactionTakesNoJob(ApplicationContextRunner application) {
    application.run(context -> {
      TransactionTemplate reading = transaction(context);
      reading.setReadOnly(true);
      reading.setName("Shop.browse");
      Cairn client = context.getBean(Cairn.class);

      reading.executeWithoutResult(status ->
          assertThatIllegalStateException()
              .isThrownBy(() -> client.insert(new Settle(1)))
              .withMessageContaining("'Shop.browse' is read-only")
              .withMessageContaining("[CAIRN-704]"));
      reading.executeWithoutResult(status -> client.outside().insert(new Settle(2)));
    });
    assertThat(jobs()).isOne();
  }

  @Test
  void severalDataSourcesOfWhichNoneIsMarkedStopTheApplication() {
    Applications.jdbc(cairn)
        // With CRaC, Boot itself refuses several pools.
        .withClassLoader(new FilteredClassLoader("org.crac"))
        .withBean("other", HikariDataSource.class, () -> Applications.pool(cairn))
        .run(context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(CairnConfigurationException.class)
                .hasMessageContaining("several data sources")
                .hasMessageContaining("@CairnDataSource")
                .hasMessageContaining("[CAIRN-702]"));
  }

  @Test
  void aBodyWithoutAConnectionIsRefusedWhereItsTransactionIsUnknown() {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> cairn.client().inCurrentTransaction(connection -> true))
        .withMessageContaining("[CAIRN-331]");
  }

  record Settled(int number) {}

  /** Inserts when the thread still holds the connection of its transaction. */
  static class AfterCommit {
    private final Cairn client;

    AfterCommit(Cairn client) {
      this.client = client;
    }

    @TransactionalEventListener
    void settled(Settled event) {
      client.insert(new Settle(event.number()));
    }
  }

  /** So docs/spring.md says what the pool needs. */
  @ParameterizedTest
  @CsvSource({"1, 0", "2, 1"})
  void aJobThatIsInsertedAfterTheCommitNeedsASecondConnection(int connections, int inserted) {
    Applications.withoutPool()
        .withPropertyValues("cairn.work=false")
        .withBean(AfterCommit.class)
        .withBean(
            HikariDataSource.class,
            () -> {
              var config = new HikariConfig();
              config.setDataSource(cairn.dataSource());
              config.setMaximumPoolSize(connections);
              config.setConnectionTimeout(1_000);
              return new HikariDataSource(config);
            })
        .run(context ->
            transaction(context)
                .executeWithoutResult(status -> context.publishEvent(new Settled(1))));
    assertThat(jobs()).isEqualTo(inserted);
  }
}
