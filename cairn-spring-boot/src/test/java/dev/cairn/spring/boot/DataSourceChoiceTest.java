package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.jobs.JobQuery;
import dev.cairn.resumable.Steps;
import dev.cairn.spring.CairnDataSource;
import dev.cairn.spring.CairnTransactionManager;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** Which database holds the jobs, and how it is reached. */
class DataSourceChoiceTest {
  @RegisterExtension
  static final CairnExtension cairn = new CairnExtension().withTimeout(Duration.ofMinutes(1));

  // With CRaC, Boot itself refuses several pools.
  private final ApplicationContextRunner application =
      Applications.withoutPool().withClassLoader(new FilteredClassLoader("org.crac"));

  @JobKind("chosen")
  record Chosen(int number) {}

  static class Worker {
    @CairnWorker
    void work(Chosen args) {}
  }

  private static HikariDataSource jobs() {
    return Applications.pool(cairn);
  }

  /** Never asked for a connection, which it could not give. */
  private static HikariDataSource other() {
    var other = new HikariDataSource();
    other.setJdbcUrl("jdbc:postgresql://127.0.0.1:1/nowhere");
    other.setMinimumIdle(0);
    return other;
  }

  @Configuration(proxyBeanMethods = false)
  static class NoneSaid {
    @Bean
    HikariDataSource one() {
      return jobs();
    }

    @Bean
    @Qualifier("jobs") // which is no mark for Cairn
    HikariDataSource two() {
      return jobs();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class TwoMarked {
    @Bean
    @CairnDataSource
    HikariDataSource one() {
      return jobs();
    }

    @Bean
    @CairnDataSource
    HikariDataSource two() {
      return jobs();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class TwoPrimary {
    @Bean
    @Primary
    HikariDataSource one() {
      return jobs();
    }

    @Bean
    @Primary
    HikariDataSource two() {
      return jobs();
    }
  }

  @Test
  void noneOfSeveralDataSourcesIsNamedWithTheirNames() {
    assertThat(failure(NoneSaid.class))
        .contains(
            "[one, two]",
            "none or more than one of them is primary",
            "[CAIRN-702]",
            "@CairnDataSource");
  }

  @Test
  void twoMarkedDataSourcesAreNamed() {
    assertThat(failure(TwoMarked.class))
        .contains("[one, two]", "all have @CairnDataSource", "[CAIRN-702]", "Mark only one");
  }

  @Test
  void twoPrimaryDataSourcesAreNamed() {
    assertThat(failure(TwoPrimary.class))
        .contains(
            "[one, two]", "more than one of them is primary", "[CAIRN-702]", "@CairnDataSource");
  }

  @Configuration(proxyBeanMethods = false)
  static class TwoManagersMarked {
    @Bean
    HikariDataSource dataSource() {
      return jobs();
    }

    @Bean
    @CairnTransactionManager
    PlatformTransactionManager first(DataSource dataSource) {
      return new JdbcTransactionManager(dataSource);
    }

    @Bean
    @CairnTransactionManager
    PlatformTransactionManager second(DataSource dataSource) {
      return new JdbcTransactionManager(dataSource);
    }
  }

  @Test
  void twoMarkedTransactionManagersAreNamed() {
    assertThat(failure(TwoManagersMarked.class))
        .contains("[first, second]", "all have @CairnTransactionManager", "[CAIRN-702]");
  }

  @Configuration(proxyBeanMethods = false)
  static class TwoPrimaryManagers {
    @Bean
    HikariDataSource dataSource() {
      return jobs();
    }

    @Bean
    @Primary
    PlatformTransactionManager first(DataSource dataSource) {
      return new JdbcTransactionManager(dataSource);
    }

    @Bean
    @Primary
    PlatformTransactionManager second(DataSource dataSource) {
      return new JdbcTransactionManager(dataSource);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class PrimaryOfTwo {
    @Bean
    HikariDataSource reports() {
      return other();
    }

    @Bean
    @Primary
    HikariDataSource main() {
      return jobs();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class BesideAFallback {
    @Bean
    @Fallback
    HikariDataSource reports() {
      return other();
    }

    @Bean
    HikariDataSource main() {
      return jobs();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class BesideOneThatIsNoCandidate {
    @Bean(defaultCandidate = false)
    @Qualifier("reports")
    HikariDataSource reports() {
      return other();
    }

    @Bean
    HikariDataSource main() {
      return jobs();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class MarkedBesideThePrimaryOne {
    @Bean
    @Primary
    HikariDataSource main() {
      return other();
    }

    @Bean(defaultCandidate = false)
    @CairnDataSource
    HikariDataSource marked() {
      return jobs();
    }
  }

  /** Marks a data source that is not yours to annotate. */
  @Configuration(proxyBeanMethods = false)
  static class MarkedBySomeoneElse {
    @Bean
    @Primary
    HikariDataSource main() {
      return other();
    }

    @Bean
    HikariDataSource theirs() {
      return jobs();
    }

    @Bean
    PlatformTransactionManager manager(@Qualifier("theirs") DataSource theirs) {
      return new JdbcTransactionManager(theirs);
    }

    @Bean(defaultCandidate = false)
    @CairnDataSource
    DataSource forJobs(@Qualifier("theirs") DataSource theirs) {
      return theirs;
    }
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        TwoPrimaryManagers.class,
        PrimaryOfTwo.class,
        BesideAFallback.class,
        BesideOneThatIsNoCandidate.class,
        MarkedBesideThePrimaryOne.class,
        MarkedBySomeoneElse.class
      })
  void theOneThatHoldsTheJobsIsFound(Class<?> configuration) {
    application
        .withUserConfiguration(configuration)
        .withBean(Worker.class)
        .run(context -> {
          long id = context.getBean(Cairn.class).insert(new Chosen(1)).id();
          cairn.awaitState(id, JobState.COMPLETED);
        });
  }

  @Test
  void theTransactionsOfADataSourceThatSomeoneElseMadeAreJoined() {
    application
        .withUserConfiguration(MarkedBySomeoneElse.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          new TransactionTemplate(context.getBean("manager", PlatformTransactionManager.class))
              .executeWithoutResult(status -> {
                client.insert(new Chosen(2));
                status.setRollbackOnly();
              });
          assertThat(
                  cairn.client().jobs().list(JobQuery.all().withStates(JobState.AVAILABLE)).jobs())
              .isEmpty();
        });
  }

  @Configuration(proxyBeanMethods = false)
  static class Databases {
    @Bean
    @Primary
    HikariDataSource app() {
      return other();
    }

    @Bean
    @CairnDataSource
    HikariDataSource jobs() {
      return DataSourceChoiceTest.jobs();
    }

    @Bean
    JdbcTransactionManager first(@Qualifier("jobs") DataSource jobs) {
      return new JdbcTransactionManager(jobs);
    }

    @Bean
    @CairnTransactionManager
    Counting second(@Qualifier("jobs") DataSource jobs) {
      return new Counting(jobs);
    }
  }

  static final class Counting extends JdbcTransactionManager {
    private static final long serialVersionUID = 1L;
    private final AtomicInteger begun = new AtomicInteger();

    Counting(DataSource dataSource) {
      super(dataSource);
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {
      begun.incrementAndGet();
      super.doBegin(transaction, definition);
    }
  }

  static class StepWorker {
    @CairnWorker
    void work(Chosen args, Steps steps) throws Exception {
      steps.stepTx("step", () -> {});
    }
  }

  @Test
  void marksInAParentContextCount() {
    new ApplicationContextRunner()
        .withUserConfiguration(Databases.class)
        .run(parent ->
            application
                .withParent(parent)
                .withBean(StepWorker.class)
                .run(child -> {
                  assertThat(child).hasNotFailed();
                  long id = child.getBean(Cairn.class).insert(new Chosen(4)).id();
                  cairn.awaitState(id, JobState.COMPLETED);
                  assertThat(child.getBean(Counting.class).begun).hasPositiveValue();
                }));
  }

  @Configuration(proxyBeanMethods = false)
  static class MarksAnother {
    @Bean
    @CairnDataSource
    HikariDataSource elsewhere() {
      return other();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class MarksTheJobs {
    @Bean
    @CairnDataSource
    HikariDataSource jobs() {
      return DataSourceChoiceTest.jobs();
    }
  }

  @Test
  void aMarkGoesBeforeThoseOfAncestors() {
    new ApplicationContextRunner()
        .withUserConfiguration(MarksAnother.class)
        .run(parent ->
            application
                .withParent(parent)
                .withUserConfiguration(MarksTheJobs.class)
                .run(child -> assertThat(child).hasNotFailed()));
  }

  /** What Testcontainers gives with {@code @ServiceConnection}, or a test slice of one's own. */
  record Details(FreshDatabase database) implements JdbcConnectionDetails {
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

  /** Polls once an hour only: a notification starts the job. */
  @Test
  void everyConnectionOfTheClientIsThatOfTheConnectionDetails() {
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    application
        .withBean(JdbcConnectionDetails.class, () -> new Details(database))
        .withBean(Worker.class)
        .withPropertyValues(
            "spring.datasource.url=jdbc:postgresql://127.0.0.1:1/nowhere",
            "spring.datasource.username=nobody",
            "cairn.migrate=up",
            "cairn.heartbeat-timeout=2s",
            "cairn.poll-interval=1h")
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          var looking = Cairn.builder(database.dataSource()).build();
          long id = client.insert(new Chosen(3)).id();
          Awaitility.await()
              .atMost(Duration.ofSeconds(60))
              .until(() -> looking.jobs().find(id).orElseThrow().state() == JobState.COMPLETED);
          // Its last statement is another one when it has just been checked.
          Awaitility.await()
              .atMost(Duration.ofSeconds(60))
              .until(
                  () ->
                      JdbcClient.create(database.dataSource())
                          .sql(
                              """
                              SELECT count(*) FROM pg_stat_activity
                              WHERE datname = current_database() AND query ILIKE 'LISTEN%'
                              """)
                          .query(Long.class)
                          .single(),
                  count -> count > 0);
          Awaitility.await()
              .atMost(Duration.ofSeconds(60))
              .untilAsserted(() -> {
                assertThat(client.status().sinceHeartbeat()).isNotNull();
                assertThat(looking.leader()).contains(client.id());
              });
        });
  }

  private String failure(Class<?> configuration) {
    var text = new StringBuilder();
    application
        .withUserConfiguration(configuration)
        .withBean(Worker.class)
        .run(context ->
            text.append(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure()))));
    return text.toString();
  }
}
