package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.observability.DefaultProcessObservationConvention;
import dev.cairn.observability.InsertObservationContext;
import dev.cairn.observability.InsertObservationConvention;
import dev.cairn.observability.ProcessObservationConvention;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.boot.actuate.CairnActuatorAutoConfiguration;
import dev.cairn.spring.boot.actuate.CairnHealthIndicator;
import dev.cairn.spring.boot.observe.CairnObservabilityAutoConfiguration;
import dev.cairn.testing.CairnExtension;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointAutoConfiguration;
import org.springframework.boot.actuate.endpoint.InvocationContext;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.web.WebEndpointHttpMethod;
import org.springframework.boot.actuate.endpoint.web.WebEndpointsSupplier;
import org.springframework.boot.actuate.endpoint.web.WebOperation;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.metrics.buffering.BufferingApplicationStartup;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.core.metrics.StartupStep;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What whoever operates an application sees of it, and may do. */
class OperatingTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final ApplicationContextRunner application =
      Applications.jdbc(cairn)
          .withConfiguration(
              AutoConfigurations.of(
                  CairnActuatorAutoConfiguration.class, CairnObservabilityAutoConfiguration.class))
          .withPropertyValues("management.endpoints.web.exposure.include=*")
          .withBean(Greeter.class);

  @JobKind("operated")
  record Greet(String name) {}

  static class Greeter {
    @CairnWorker
    void greet(Greet args) {}
  }

  private static void await(Runnable assertion) {
    Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(assertion::run);
  }

  @Test
  void anApplicationWhoseClaimsFailIsDownThoughItsHeartbeatsGetThrough() {
    application
        .withPropertyValues("management.health.cairn.failing-max=500ms")
        .run(context -> {
          var indicator = context.getBean(CairnHealthIndicator.class);
          JdbcClient jdbc = JdbcClient.create(cairn.dataSource());
          jdbc.sql("ALTER TABLE river_job RENAME TO away").update();
          try {
            await(() -> {
              Health health = Objects.requireNonNull(indicator.health());
              assertThat(health.getStatus()).isEqualTo(Status.DOWN);
              assertThat(health.getDetails())
                  .containsEntry("phase", "STARTED")
                  .hasEntrySatisfying(
                      "claimsFailingFor",
                      failing -> assertThat(failing.toString()).startsWith("{default=PT"));
            });
            assertThat(context.getBean(Cairn.class).status().mayWork()).isTrue();
          } finally {
            jdbc.sql("ALTER TABLE away RENAME TO river_job").update();
          }
          await(() -> {
            Health health = Objects.requireNonNull(indicator.health());
            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails()).doesNotContainKey("claimsFailingFor");
          });
        });
  }

  /** In an application whose web server answers no requests. */
  private static WebApplicationContextRunner web() {
    return new WebApplicationContextRunner()
        .withBean(com.zaxxer.hikari.HikariDataSource.class, () -> Applications.pool(cairn))
        .withBean(Greeter.class)
        .withConfiguration(
            AutoConfigurations.of(
                DataSourceTransactionManagerAutoConfiguration.class,
                TransactionAutoConfiguration.class,
                CairnAutoConfiguration.class,
                CairnActuatorAutoConfiguration.class,
                EndpointAutoConfiguration.class,
                WebEndpointAutoConfiguration.class))
        .withInitializer(
            context -> // as SpringApplication does
            context.getEnvironment().setConversionService(new ApplicationConversionService()))
        .withPropertyValues("management.endpoints.web.exposure.include=*");
  }

  private static List<WebOperation> operations(ApplicationContext context) {
    return context.getBean(WebEndpointsSupplier.class).getEndpoints().stream()
        .filter(endpoint -> endpoint.getEndpointId().toString().equals("cairn"))
        .flatMap(endpoint -> endpoint.getOperations().stream())
        .toList();
  }

  private static Set<String> requests(ApplicationContext context) {
    return operations(context).stream()
        .map(operation ->
            operation.getRequestPredicate().getHttpMethod()
                + " "
                + operation.getRequestPredicate().getPath())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "management.server.add-application-context-header=false | GET cairn,GET cairn/{queue}",
        "management.endpoint.cairn.access=read-only | GET cairn,GET cairn/{queue}",
        "management.endpoint.cairn.access=none |",
        "management.endpoint.cairn.access=unrestricted"
            + " | GET cairn,GET cairn/{queue},POST cairn/{queue}",
        "management.endpoints.access.default=unrestricted"
            + " | GET cairn,GET cairn/{queue},POST cairn/{queue}",
        "management.endpoints.access.default=none |",
      })
  void accessDecidesWhatTheEndpointAnswers(String property, @Nullable String requests) {
    web()
        .withPropertyValues(property)
        .run(context ->
            assertThat(requests(context))
                .isEqualTo(
                    requests == null ? Set.of() : new TreeSet<>(List.of(requests.split(",")))));
  }

  @Test
  void whatIsPermittedAtMostHoldsForTheEndpointToo() {
    web()
        .withPropertyValues(
            "management.endpoint.cairn.access=unrestricted",
            "management.endpoints.access.max-permitted=read-only")
        .run(context -> assertThat(requests(context)).noneMatch(it -> it.startsWith("POST")));
  }

  private static @Nullable Object post(ApplicationContext context, Map<String, Object> arguments) {
    return operations(context).stream()
        .filter(it -> it.getRequestPredicate().getHttpMethod() == WebEndpointHttpMethod.POST)
        .findFirst()
        .orElseThrow()
        .invoke(new InvocationContext(SecurityContext.NONE, arguments));
  }

  @Test
  void anUnrestrictedEndpointPausesAQueueAndResumesIt() {
    web()
        .withPropertyValues("management.endpoint.cairn.access=unrestricted")
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          await(() -> assertThat(client.queues().find("default")).isPresent());
          assertThat(post(context, Map.of("queue", "default", "action", "pause"))).isNotNull();
          assertThat(client.queues().find("default").orElseThrow().isPaused()).isTrue();
          assertThat(post(context, Map.of("queue", "default", "action", "resume"))).isNotNull();
          assertThat(client.queues().find("default").orElseThrow().isPaused()).isFalse();
        });
  }

  private static Map<String, Map<String, String>> steps(BufferingApplicationStartup startup) {
    return startup.getBufferedTimeline().getEvents().stream()
        .map(event -> event.getStartupStep())
        .filter(step -> step.getName().startsWith("cairn."))
        .collect(Collectors.toMap(StartupStep::getName, OperatingTest::tags));
  }

  private static Map<String, String> tags(StartupStep step) {
    return StreamSupport.stream(step.getTags().spliterator(), false)
        .collect(Collectors.toMap(StartupStep.Tag::getKey, StartupStep.Tag::getValue));
  }

  @Test
  void whatCairnDoesAtTheStartAreStepsOfIt() {
    var startup = new BufferingApplicationStartup(10_000);
    application
        .withPropertyValues("cairn.migrate=up", "cairn.client-id=operated")
        .withInitializer(context -> context.setApplicationStartup(startup))
        .run(context -> assertThat(context).hasNotFailed());

    assertThat(steps(startup))
        .isEqualTo(
            Map.of(
                "cairn.migrate",
                Map.of("mode", "UP"),
                "cairn.start",
                Map.of("client", "operated")));
  }

  /** Notes the names of what was observed. */
  static class Noting implements ObservationHandler<Observation.Context> {
    private final List<String> names = new CopyOnWriteArrayList<>();

    @Override
    public void onStop(Observation.Context context) {
      names.add(
          context.getName()
              + Arrays.toString(
                  context.getLowCardinalityKeyValues().stream()
                      .map(KeyValue::getKey)
                      .sorted()
                      .toArray()));
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
      return true;
    }
  }

  private static ApplicationContextRunner observed(
      ApplicationContextRunner application, Noting handler) {
    return application.withBean(
        ObservationRegistry.class,
        () -> {
          ObservationRegistry registry = ObservationRegistry.create();
          registry.observationConfig().observationHandler(handler);
          return registry;
        });
  }

  static class ShopInsertions implements InsertObservationConvention {
    @Override
    public String getName() {
      return "shop.insertion";
    }

    @Override
    public KeyValues getLowCardinalityKeyValues(InsertObservationContext context) {
      return KeyValues.of("shop", "one");
    }
  }

  static class ShopAttempts extends DefaultProcessObservationConvention
      implements ProcessObservationConvention {
    @Override
    public String getName() {
      return "shop.attempt";
    }
  }

  @Test
  void insertionsAndAttemptsAreObservedByTheNamesOfTheConventions() {
    var usual = new Noting();
    observed(application, usual)
        .run(context -> {
          context.getBean(Cairn.class).insert(new Greet("Ada"));
          await(() ->
              assertThat(usual.names)
                  .anyMatch(name -> name.startsWith("cairn.insert["))
                  .anyMatch(name -> name.startsWith("cairn.process[") && name.contains("kind")));
        });

    var replaced = new Noting();
    observed(application, replaced)
        .withBean(ShopInsertions.class)
        .withBean(ShopAttempts.class)
        .run(context -> {
          context.getBean(Cairn.class).insert(new Greet("Ada"));
          await(() ->
              assertThat(replaced.names)
                  .contains("shop.insertion[shop]")
                  .anyMatch(name -> name.startsWith("shop.attempt["))
                  .noneMatch(name -> name.startsWith("cairn.")));
        });
  }
}
