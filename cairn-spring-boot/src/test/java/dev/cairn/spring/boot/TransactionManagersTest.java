package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.jobs.JobQuery;
import dev.cairn.resumable.Steps;
import dev.cairn.spring.CairnDataSource;
import dev.cairn.spring.CairnTransactionManager;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.SpringTransactions;
import dev.cairn.testing.CairnExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.CallbackPreferringPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionCallback;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Which transaction managers are found, and which are refused. */
@ExtendWith(OutputCaptureExtension.class)
class TransactionManagersTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final JdbcClient jdbc = JdbcClient.create(cairn.dataSource());
  private final ApplicationContextRunner application = Applications.jdbc(cairn);

  @JobKind("managed")
  record Managed(int number) {}

  @BeforeEach
  void clear() {
    jdbc.sql("CREATE TABLE IF NOT EXISTS managed (id bigint)").update();
    jdbc.sql("DELETE FROM managed").update();
    jdbc.sql("DELETE FROM river_job").update();
  }

  private List<@Nullable String> jobs() {
    return jdbc.sql("SELECT args ->> 'number' FROM river_job ORDER BY id")
        .query(String.class)
        .list();
  }

  private static String analysis(ApplicationContextRunner application) {
    var text = new StringBuilder();
    application.run(context ->
        text.append(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure()))));
    return text.toString();
  }

  @Configuration(proxyBeanMethods = false)
  static class WithoutSynchronization {
    @Bean
    JdbcTransactionManager silent(DataSource dataSource) {
      var manager = new JdbcTransactionManager(dataSource);
      manager.setTransactionSynchronization(
          AbstractPlatformTransactionManager.SYNCHRONIZATION_NEVER);
      return manager;
    }
  }

  @Test
  void aManagerWithoutSynchronizationIsRefused() {
    assertThat(analysis(application.withUserConfiguration(WithoutSynchronization.class)))
        .contains("synchronization", "SYNCHRONIZATION_NEVER", "[CAIRN-709]");
  }

  /** Delegates, and counts. */
  static class Wrapper implements PlatformTransactionManager {
    final AtomicInteger begun = new AtomicInteger();
    private final PlatformTransactionManager manager;

    Wrapper(PlatformTransactionManager manager) {
      this.manager = manager;
    }

    @Override
    public TransactionStatus getTransaction(@Nullable TransactionDefinition definition) {
      begun.incrementAndGet();
      return manager.getTransaction(definition);
    }

    @Override
    public void commit(TransactionStatus status) {
      manager.commit(status);
    }

    @Override
    public void rollback(TransactionStatus status) {
      manager.rollback(status);
    }
  }

  /** A wrapper that also hands on its listeners. */
  static class TellingWrapper extends Wrapper implements ConfigurableTransactionManager {
    private final ConfigurableTransactionManager manager;

    TellingWrapper(JdbcTransactionManager manager) {
      super(manager);
      this.manager = manager;
    }

    @Override
    public void setTransactionExecutionListeners(
        Collection<TransactionExecutionListener> listeners) {
      manager.setTransactionExecutionListeners(listeners);
    }

    @Override
    public Collection<TransactionExecutionListener> getTransactionExecutionListeners() {
      return manager.getTransactionExecutionListeners();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WrappedBean {
    @Bean
    JdbcTransactionManager wrapped(DataSource dataSource) {
      return new JdbcTransactionManager(dataSource);
    }

    @Bean
    @Primary
    Wrapper wrapper(JdbcTransactionManager wrapped) {
      return new Wrapper(wrapped);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WrappedAndTold {
    @Bean
    TellingWrapper wrapper(DataSource dataSource) {
      return new TellingWrapper(new JdbcTransactionManager(dataSource));
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WrappedAndMarked {
    @Bean
    JdbcTransactionManager wrapped(DataSource dataSource) {
      return new JdbcTransactionManager(dataSource);
    }

    @Bean
    @CairnTransactionManager
    Wrapper wrapper(JdbcTransactionManager wrapped) {
      return new Wrapper(wrapped);
    }
  }

  static class StepWorker {
    private final JdbcClient jdbc;

    StepWorker(JdbcClient jdbc) {
      this.jdbc = jdbc;
    }

    @CairnWorker
    void work(Managed args, Steps steps) throws Exception {
      steps.stepTx(
          "row", () -> jdbc.sql("INSERT INTO managed VALUES (?)").param(args.number()).update());
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {WrappedBean.class, WrappedAndTold.class, WrappedAndMarked.class})
  void aManagerThatDelegatesIsFound(Class<?> configuration, CapturedOutput output) {
    application
        .withUserConfiguration(configuration)
        .withBean(StepWorker.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          Wrapper wrapper = context.getBean(Wrapper.class);
          var transaction = new TransactionTemplate(wrapper);

          transaction.executeWithoutResult(status -> {
            client.insert(new Managed(1));
            status.setRollbackOnly();
          });
          transaction.executeWithoutResult(status -> {
            status.flush();
            after(() -> client.insert(new Managed(2)));
          });
          assertThat(jobs()).containsExactly("2");

          int before = wrapper.begun.get();
          long id = client.insert(new Managed(3)).id();
          cairn.awaitState(id, JobState.COMPLETED);
          assertThat(wrapper.begun.get()).isGreaterThan(before);
          assertThat(jdbc.sql("SELECT id FROM managed").query(Long.class).list()).contains(3L);
        });
    assertThat(output.getAll()).doesNotContain("[CAIRN-703]").doesNotContain("[CAIRN-706]");
  }

  private static void after(Runnable commit) {
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void afterCommit() {
            commit.run();
          }
        });
  }

  @Configuration(proxyBeanMethods = false)
  static class WrappedInSecret {
    @Bean
    Wrapper wrapper(DataSource dataSource) {
      return new Wrapper(new JdbcTransactionManager(dataSource));
    }
  }

  @Test
  void aManagerThatDelegatesToOneThatNobodyKnowsIsRefused() {
    assertThat(analysis(application.withUserConfiguration(WrappedInSecret.class)))
        .contains("delegates to a transaction manager that is not a bean", "[CAIRN-709]");
  }

  @Configuration(proxyBeanMethods = false)
  static class WrongOneMarked {
    @Bean
    @CairnTransactionManager
    PlatformTransactionManager wrong(DataSource dataSource) {
      return new JdbcTransactionManager(new DelegatingDataSource(dataSource));
    }
  }

  @Test
  void aMarkedManagerOfAnotherDataSourceIsRefused() {
    assertThat(analysis(application.withUserConfiguration(WrongOneMarked.class)))
        .contains("does not manage the transactions of", "[CAIRN-709]");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new SpringTransactions(
                new JdbcTransactionManager(new DelegatingDataSource(cairn.dataSource())),
                cairn.dataSource()))
        .withMessageContaining("[CAIRN-709]");
  }

  /** Of something that is no database. */
  static final class Elsewhere extends AbstractPlatformTransactionManager {
    private static final long serialVersionUID = 1L;

    @Override
    protected Object doGetTransaction() {
      return new Object();
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {}

    @Override
    protected void doCommit(DefaultTransactionStatus status) {}

    @Override
    protected void doRollback(DefaultTransactionStatus status) {}
  }

  @Test
  void aManagerOfSomethingElseIsLeftAlone(CapturedOutput output) {
    application
        .withBean("elsewhere", Elsewhere.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          var transaction = new TransactionTemplate(context.getBean(Elsewhere.class));
          transaction.executeWithoutResult(status -> {
            client.insert(new Managed(1));
            status.setRollbackOnly();
          });
          assertThat(jobs()).containsExactly("1");
        });
    assertThat(output.getAll()).contains("[CAIRN-706]").containsOnlyOnce("[CAIRN-703]");
  }

  /** As that of Couchbase: it runs the code itself, and knows no new transaction within another. */
  static final class Picky implements CallbackPreferringPlatformTransactionManager {
    @Override
    public <T extends @Nullable Object> T execute(
        @Nullable TransactionDefinition definition, TransactionCallback<T> code) {
      throw new UnsupportedOperationException("Propagation level 'requires_new' is not supported");
    }

    @Override
    public TransactionStatus getTransaction(@Nullable TransactionDefinition definition) {
      throw new UnsupportedOperationException("use execute");
    }

    @Override
    public void commit(TransactionStatus status) {}

    @Override
    public void rollback(TransactionStatus status) {}
  }

  @Configuration(proxyBeanMethods = false)
  static class BesideAPickyOne {
    @Bean
    Picky picky() {
      return new Picky();
    }

    @Bean
    @Primary
    JdbcTransactionManager manager(DataSource dataSource) {
      return new JdbcTransactionManager(dataSource);
    }
  }

  @Test
  void aManagerThatRefusesTheTrialIsNotUsed(CapturedOutput output) {
    application
        .withUserConfiguration(BesideAPickyOne.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          new TransactionTemplate(context.getBean(JdbcTransactionManager.class))
              .executeWithoutResult(status -> {
                client.insert(new Managed(1));
                status.setRollbackOnly();
              });
          assertThat(jobs()).isEmpty();
        });
    assertThat(output.getAll()).contains("Picky", "[CAIRN-706]", "'requires_new'");
  }

  @Configuration(proxyBeanMethods = false)
  static class PickyOneMarked {
    @Bean
    @CairnTransactionManager
    Picky picky() {
      return new Picky();
    }
  }

  @Test
  void aMarkedManagerThatRefusesTheTrialIsRefused() {
    assertThat(analysis(application.withUserConfiguration(PickyOneMarked.class)))
        .contains("does not manage the transactions of", "[CAIRN-709]");
  }

  static class Routing extends AbstractRoutingDataSource {
    Routing(DataSource target) {
      setTargetDataSources(Map.of("one", target));
      setDefaultTargetDataSource(target);
    }

    @Override
    protected @Nullable Object determineCurrentLookupKey() {
      return null;
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Routed {
    @Bean
    DataSource routing() {
      return new DelegatingDataSource(new Routing(Applications.pool(cairn)));
    }
  }

  /** As a wrapper that traces statements: not one of Spring's, but it says what it wraps. */
  @Configuration(proxyBeanMethods = false)
  static class RoutedAndWrapped {
    @Bean
    DataSource wrapped() {
      var routing = new Routing(Applications.pool(cairn));
      return new AbstractDataSource() {
        @Override
        public Connection getConnection() throws SQLException {
          return routing.getConnection();
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
          return routing.getConnection(user, password);
        }

        @Override
        public boolean isWrapperFor(Class<?> type) throws SQLException {
          return super.isWrapperFor(type) || routing.isWrapperFor(type);
        }
      };
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class RoutedAndMarked {
    @Bean
    @CairnDataSource
    DataSource routing() {
      return new Routing(Applications.pool(cairn));
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class RoutedBesideTheJobs {
    @Bean
    @Primary
    DataSource routing() {
      return new Routing(Applications.pool(cairn));
    }

    @Bean(defaultCandidate = false)
    @CairnDataSource
    HikariDataSource jobs() {
      return Applications.pool(cairn);
    }
  }

  @Test
  void aDataSourceThatRoutesHoldsNoJobsUnlessItIsMarked() {
    ApplicationContextRunner runner = Applications.withoutPool();
    for (Class<?> routed : List.of(Routed.class, RoutedAndWrapped.class)) {
      assertThat(analysis(runner.withUserConfiguration(routed)))
          .contains("routes to others", "@CairnDataSource", "[CAIRN-702]");
    }
    runner
        .withUserConfiguration(RoutedBesideTheJobs.class)
        .run(context -> assertThat(context).hasNotFailed());
    runner
        .withUserConfiguration(RoutedAndMarked.class)
        .run(context -> {
          var transaction =
              new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
          transaction.executeWithoutResult(status -> {
            context.getBean(Cairn.class).insert(new Managed(1));
            status.setRollbackOnly();
          });
          assertThat(jobs()).isEmpty();
        });
  }

  /** A manager that nobody else knows. */
  @Configuration(proxyBeanMethods = false)
  static class HiddenManager {
    @Bean
    TransactionTemplate hidden(DataSource dataSource) {
      return new TransactionTemplate(new JdbcTransactionManager(dataSource));
    }
  }

  @Test
  void aJobInATransactionOfAManagerThatNobodyKnowsIsRefusedAndNotLost() {
    Applications.withoutPool()
        .withBean(HikariDataSource.class, () -> Applications.pool(cairn, false))
        .withUserConfiguration(HiddenManager.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          TransactionTemplate hidden = context.getBean("hidden", TransactionTemplate.class);
          hidden.setName("Shop.order");

          hidden.executeWithoutResult(status -> {
            assertThatIllegalStateException()
                .isThrownBy(() -> client.insert(new Managed(1)))
                .withMessageContaining("'Shop.order'")
                .withMessageContaining("[CAIRN-709]");
            assertThatIllegalStateException()
                .isThrownBy(() -> client.queues().pauseAll())
                .withMessageContaining("[CAIRN-709]");
            assertThat(client.jobs().list(JobQuery.all()).jobs()).isEmpty();
            client.outside().insert(new Managed(2));
          });
        });
    assertThat(jobs()).containsExactly("2");
  }
}
