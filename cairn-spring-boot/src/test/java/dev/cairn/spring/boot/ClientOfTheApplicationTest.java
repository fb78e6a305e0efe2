package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus.Phase;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.SchemaException;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.spring.CairnBuilderCustomizer;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.boot.actuate.CairnActuatorAutoConfiguration;
import dev.cairn.spring.boot.actuate.CairnEndpoint;
import dev.cairn.spring.boot.actuate.CairnHealthIndicator;
import dev.cairn.testing.CairnExtension;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Whose client it is, whose tables these are, and who starts it. */
class ClientOfTheApplicationTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final ApplicationContextRunner application = Applications.jdbc(cairn);

  @JobKind("owned")
  record Owned(int number) {}

  /** A client in a schema of which the properties know nothing. */
  @Configuration(proxyBeanMethods = false)
  static class OwnClient {
    @Bean
    Cairn own() {
      return Cairn.builder(cairn.dataSource())
          .schema(cairn.schema())
          .workers(Workers.builder().register(Owned.class, (job, context) -> {}).build())
          .queue("own", 1)
          .build();
    }
  }

  /** Two clients, on one database here. */
  @Configuration(proxyBeanMethods = false)
  static class TwoClients {
    @Bean
    Cairn first() {
      return client("first");
    }

    @Bean
    Cairn second() {
      return client("second");
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class OnePrimary {
    @Bean
    Cairn first() {
      return client("first");
    }

    @Bean
    @Primary
    Cairn second() {
      return client("second");
    }
  }

  private static Cairn client(String queue) {
    return Cairn.builder(cairn.dataSource())
        .schema(cairn.schema())
        .workers(Workers.builder().register(Owned.class, (job, context) -> {}).build())
        .queue(queue, 1)
        .build();
  }

  @Test
  void ofTwoClientsTheStarterKnowsThePrimaryOne() {
    ApplicationContextRunner observed =
        application.withConfiguration(AutoConfigurations.of(CairnActuatorAutoConfiguration.class));
    observed
        .withUserConfiguration(OnePrimary.class)
        .withPropertyValues("management.endpoints.web.exposure.include=*")
        .run(context -> {
          Cairn primary = context.getBean(Cairn.class);
          assertThat(primary).isSameAs(context.getBean("second"));
          assertThat(primary.status().phase()).isEqualTo(Phase.STARTED);
          assertThat(context.getBean("first", Cairn.class).status().phase()).isEqualTo(Phase.NEW);
          assertThat(context.getBean(CairnHealthIndicator.class).health().getDetails())
              .containsEntry("client", primary.id());
          assertThat(context.getBean(CairnEndpoint.class).overview().client().clientId())
              .isEqualTo(primary.id());
        });
    observed
        .withUserConfiguration(TwoClients.class)
        .run(context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(NoUniqueBeanDefinitionException.class)
                .hasMessageContaining("first,second"));
  }

  /** Two workers of a kind, each of which only one of the clients has. */
  static class Mailer implements Worker<Owned> {
    private final String name;

    Mailer(String name) {
      this.name = name;
    }

    @Override
    public void work(Job<Owned> job, WorkContext context) {
      context.recordOutput(name);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WiredByHand {
    @Bean
    Mailer shopMailer() {
      return new Mailer("of the shop");
    }

    @Bean
    Mailer billingMailer() {
      return new Mailer("of billing");
    }

    @Bean
    @Primary
    Cairn shop(Mailer shopMailer) {
      return client(shopMailer, "shop");
    }

    @Bean(initMethod = "start")
    Cairn billing(Mailer billingMailer) {
      return client(billingMailer, "billing");
    }

    private static Cairn client(Mailer mailer, String queue) {
      return Cairn.builder(cairn.dataSource())
          .schema(cairn.schema())
          .workers(Workers.builder().register(Owned.class, mailer).build())
          .queue(queue, 1)
          .build();
    }
  }

  private static String output(Cairn client, String queue) {
    long id = client.insert(new Owned(1), InsertOptions.defaults().withQueue(queue)).id();
    return cairn.awaitState(id, JobState.COMPLETED).output().orElseThrow();
  }

  @Test
  void eachOfTwoClientsHasAWorkerOfTheSameKind() {
    application
        .withUserConfiguration(WiredByHand.class)
        .run(context -> {
          assertThat(context).hasNotFailed();
          Cairn client = context.getBean(Cairn.class);
          assertThat(output(client, "shop")).contains("of the shop");
          assertThat(output(client, "billing")).contains("of billing");
        });
  }

  /** Its definition does not say what it is, nor a lambda's of what type its arguments are. */
  @Configuration(proxyBeanMethods = false)
  static class Undeclared {
    @Bean
    Object audit() {
      return new Mailer("audit");
    }

    @Bean
    Worker<?> lambda() {
      return (job, context) -> {};
    }

    @Bean
    Cairn own(@Qualifier("audit") Object audit) {
      return WiredByHand.client((Mailer) audit, "own");
    }
  }

  @Test
  void workersThatAnOwnClientGetsByHandNeedNoDeclarations() {
    application
        .withUserConfiguration(Undeclared.class)
        .run(context -> {
          assertThat(context).hasNotFailed();
          assertThat(output(context.getBean(Cairn.class), "own")).contains("audit");
        });
  }

  /** Of an own client that takes the workers of the starter. */
  @Configuration(proxyBeanMethods = false)
  static class Taking {
    @Bean
    Mailer one() {
      return new Mailer("one");
    }

    @Bean
    Mailer other() {
      return new Mailer("other");
    }

    @Bean
    Cairn own(ClientDescription description) {
      return Cairn.builder(description.dataSource())
          .workers(description.workers())
          .queue("own", 1)
          .build();
    }
  }

  @Test
  void anOwnClientThatTakesAllWorkersIsToldOfTwoOfAKind() {
    application
        .withUserConfiguration(Taking.class)
        .run(context ->
            assertThat(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure())))
                .contains("'one'", "'other'", "[CAIRN-101]"));
    application
        .withUserConfiguration(Undeclared.class)
        .withPropertyValues("cairn.work=false")
        .run(context -> assertThat(context).hasNotFailed());
  }

  private static boolean exists(String table) {
    return Boolean.TRUE.equals(
        JdbcClient.create(cairn.dataSource())
            .sql("SELECT to_regclass(?) IS NOT NULL")
            .param(table)
            .query(Boolean.class)
            .single());
  }

  @Test
  void theTablesOfAnOwnClientAreItsOwner_sBusiness() {
    application
        .withUserConfiguration(OwnClient.class)
        .withPropertyValues("cairn.schema=of_nobody")
        .run(context -> {
          assertThat(context).hasNotFailed();
          assertThat(context.getBean(Cairn.class).status().phase()).isEqualTo(Phase.STARTED);
        });
  }

  @Test
  void anOwnClientNeedsNoDataSourceThatTheStarterUnderstands() {
    application
        // With CRaC, Boot itself refuses several pools.
        .withClassLoader(new FilteredClassLoader("org.crac"))
        .withUserConfiguration(OwnClient.class)
        .withBean("other", com.zaxxer.hikari.HikariDataSource.class, () -> Applications.pool(cairn))
        .run(context -> assertThat(context).hasNotFailed());
  }

  @Test
  void aPropertyThatSaysWhatToDoAboutTheTablesHoldsForAnOwnClientToo() {
    ApplicationContextRunner own =
        application
            .withUserConfiguration(OwnClient.class)
            .withPropertyValues("cairn.schema=asked_for");
    own.withPropertyValues("cairn.migrate=validate")
        .run(context ->
            assertThat(context).getFailure().rootCause().isInstanceOf(SchemaException.class));
    own.withPropertyValues("cairn.migrate=up")
        .withInitializer(context ->
            JdbcClient.create(cairn.dataSource()).sql("CREATE SCHEMA asked_for").update())
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(exists("asked_for.cairn_client")).isTrue();
  }

  @Test
  void anOwnClientIsNotStartedWhereNothingShallWork() {
    application
        .withUserConfiguration(OwnClient.class)
        .withPropertyValues("cairn.work=false")
        .run(context ->
            assertThat(context.getBean(Cairn.class).status().phase()).isEqualTo(Phase.NEW));
  }

  /** Adds a queue, with its workers. */
  @Configuration(proxyBeanMethods = false)
  static class AddedQueue {
    @Bean
    CairnBuilderCustomizer added() {
      return client ->
          client
              .workers(Workers.builder().register(Owned.class, (job, context) -> {}).build())
              .queue("added", 1);
    }
  }

  @Test
  void aCustomizerCannotMakeAnApplicationWorkThatShallNot() {
    application
        .withUserConfiguration(AddedQueue.class)
        .run(context ->
            assertThat(context.getBean(Cairn.class).status().queues()).containsOnlyKeys("added"));
    application
        .withUserConfiguration(AddedQueue.class)
        .withPropertyValues("cairn.work=false")
        .run(context -> {
          assertThat(context.getBean(Cairn.class).status().phase()).isEqualTo(Phase.NEW);
          assertThat(context.getBean(Cairn.class).status().queues()).isEmpty();
        });
  }

  /** Notes the class loader that its code would find classes with. */
  static class Loading {
    private final CompletableFuture<@Nullable ClassLoader> loader = new CompletableFuture<>();

    @CairnWorker
    void work(Owned args, WorkContext context) {
      loader.complete(Thread.currentThread().getContextClassLoader());
    }
  }

  @Test
  void jobsHaveTheClassLoaderOfTheContext() throws Exception {
    ClassLoader ours = Objects.requireNonNull(getClass().getClassLoader());
    try (var contexts = new URLClassLoader(new URL[0], ours)) {
      application
          .withBean(Loading.class)
          .withInitializer(context ->
              ((org.springframework.core.io.DefaultResourceLoader) context)
                  .setClassLoader(contexts))
          .run(context -> {
            ClassLoader before = Thread.currentThread().getContextClassLoader();
            context.getBean(Cairn.class).insert(new Owned(1));
            assertThat(context.getBean(Loading.class).loader.get(30, TimeUnit.SECONDS))
                .isSameAs(contexts)
                .isNotSameAs(before);
          });
    }
  }

  @Test
  void aContextBelowThatClosesStopsNothing() {
    application
        .withBean(Loading.class)
        .run(context -> {
          new ApplicationContextRunner().withParent(context).run(below -> {});
          Cairn client = context.getBean(Cairn.class);
          assertThat(client.stopped().completeOnTimeout(null, 200, TimeUnit.MILLISECONDS))
              .succeedsWithin(Duration.ofSeconds(10));
          assertThat(client.status().phase()).isEqualTo(Phase.STARTED);
        });
  }
}
