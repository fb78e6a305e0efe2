package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.jobs.ClientRow;
import dev.cairn.jobs.QueueRow;
import dev.cairn.observability.InsertObservationContext;
import dev.cairn.observability.Metrics;
import dev.cairn.observability.Observations;
import dev.cairn.observability.ProcessTracingHandler;
import dev.cairn.observability.QueueGauges;
import dev.cairn.opentelemetry.Tracing;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.boot.actuate.CairnActuatorAutoConfiguration;
import dev.cairn.spring.boot.actuate.CairnEndpoint;
import dev.cairn.spring.boot.actuate.CairnEndpoint.Action;
import dev.cairn.spring.boot.actuate.CairnHealthIndicator;
import dev.cairn.spring.boot.actuate.CairnInfoContributor;
import dev.cairn.spring.boot.observe.CairnObservabilityAutoConfiguration;
import dev.cairn.testing.CairnExtension;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mockito.Mockito;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Cairn in the Actuator, and what is measured and traced by itself. */
class ActuatorTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final ApplicationContextRunner application =
      Applications.jdbc(cairn)
          .withConfiguration(
              AutoConfigurations.of(
                  CairnActuatorAutoConfiguration.class, CairnObservabilityAutoConfiguration.class))
          .withPropertyValues("management.endpoints.web.exposure.include=*");

  @JobKind("greet")
  record Greet(String name) {}

  static class Greeter {
    @CairnWorker
    void greet(Greet args) {
      if (args.name().isEmpty()) {
        throw new IllegalArgumentException("nobody to greet");
      }
    }
  }

  private static void await(Runnable assertion) {
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .ignoreExceptions() // a meter that is not there yet
        .untilAsserted(assertion::run);
  }

  private static Health health(CairnHealthIndicator indicator) {
    return Objects.requireNonNull(indicator.health());
  }

  @Test
  void anApplicationIsHealthyAsLongAsItCanWorkEvenIfJobsFail() {
    application
        .withBean(Greeter.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          var indicator = context.getBean(CairnHealthIndicator.class);
          cairn.awaitJob(client.insert(new Greet("")).id(), job -> !job.errors().isEmpty());
          await(() -> {
            Health health = health(indicator);
            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails())
                .containsEntry("client", client.id())
                .containsEntry("leader", client.id())
                .containsEntry("phase", "STARTED")
                .containsKey("sinceHeartbeat");
          });

          context.stop();
          assertThat(health(indicator).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
        });
  }

  @Test
  void anApplicationWhoseHeartbeatsDoNotGetThroughIsDown() {
    application
        .withBean(Greeter.class)
        .withPropertyValues("cairn.heartbeat-timeout=3s")
        .run(context -> {
          var indicator = context.getBean(CairnHealthIndicator.class);
          JdbcClient jdbc = JdbcClient.create(cairn.dataSource());
          jdbc.sql("ALTER TABLE cairn_client RENAME TO away").update();
          try {
            await(() -> {
              Health health = health(indicator);
              assertThat(health.getStatus()).isEqualTo(Status.DOWN);
              assertThat(health.getDetails()).containsEntry("leader", "unknown");
            });
          } finally {
            jdbc.sql("ALTER TABLE away RENAME TO cairn_client").update();
          }
          await(() -> assertThat(health(indicator).getStatus()).isEqualTo(Status.UP));
        });
  }

  @Test
  void anApplicationThatOnlyInsertsIsHealthy() {
    application.run(context -> {
      Health health = health(context.getBean(CairnHealthIndicator.class));
      assertThat(health.getStatus()).isEqualTo(Status.UP);
      assertThat(health.getDetails()).containsEntry("works", false);
    });
  }

  /** Such as a web application beside a worker: the alert that nobody leads would never end. */
  @ParameterizedTest
  @CsvSource({"cairn.work=false, 0", "cairn.leads=false, 0", "cairn.leads=true, 1"})
  void whetherItLeadsSaysOnlyAnApplicationThatMayLead(String property, int gauges) {
    application
        .withBean(Greeter.class)
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .withPropertyValues(property)
        .run(context -> {
          MeterRegistry meters = context.getBean(MeterRegistry.class);
          assertThat(context).hasSingleBean(QueueGauges.class);
          assertThat(meters.find("cairn.leader").gauges()).hasSize(gauges);
        });
  }

  @Test
  void aClientOfTheApplicationThatShallNotWorkIsHealthy() {
    application
        .withBean(
            "own",
            Cairn.class,
            () ->
                Cairn.builder(cairn.dataSource())
                    .schema(cairn.schema())
                    .workers(Workers.builder().register(Greet.class, (job, work) -> {}).build())
                    .queue("default", 1)
                    .build())
        .withPropertyValues("cairn.work=false")
        .run(context -> {
          Health health = health(context.getBean(CairnHealthIndicator.class));
          assertThat(health.getStatus()).isEqualTo(Status.UP);
          assertThat(health.getDetails()).containsEntry("works", false);
        });
  }

  /** As with {@code @MockitoBean Cairn} in a test of the application. */
  @Test
  void aMockOfTheClientMakesNothingUnhealthy() {
    application
        .withBean("mocked", Cairn.class, () -> Mockito.mock(Cairn.class))
        .withPropertyValues("management.info.cairn.enabled=true")
        .run(context -> {
          Health health = health(context.getBean(CairnHealthIndicator.class));
          assertThat(health.getStatus()).isEqualTo(Status.UNKNOWN);
          var info = new Info.Builder();
          context.getBean(CairnInfoContributor.class).contribute(info);
          assertThat(info.build().getDetails()).isEmpty();
        });
  }

  @Test
  void theEndpointShowsQueuesAndClientsAndPauses() {
    application
        .withBean(Greeter.class)
        .run(context -> {
          var endpoint = context.getBean(CairnEndpoint.class);
          Cairn client = context.getBean(Cairn.class);
          await(() -> {
            CairnEndpoint.Overview overview = endpoint.overview();
            assertThat(overview.queues()).extracting(QueueRow::name).contains("default");
            assertThat(overview.clients())
                .filteredOn(ClientRow::alive)
                .extracting(ClientRow::id)
                .contains(client.id());
            assertThat(overview.client().clientId()).isEqualTo(client.id());
            assertThat(overview.leader()).contains(client.id());
          });

          assertThat(endpoint.change("default", Action.PAUSE))
              .matches(queue -> queue != null && queue.isPaused());
          assertThat(endpoint.change("default", Action.RESUME))
              .matches(queue -> queue != null && !queue.isPaused());
          assertThat(endpoint.queue("nowhere")).isNull();
          assertThat(endpoint.change("nowhere", Action.PAUSE)).isNull();
        });
  }

  @Test
  void theInformationNamesTheQueues() {
    application
        .withBean(Greeter.class)
        .withPropertyValues("management.info.cairn.enabled=true")
        .run(context -> {
          var info = new Info.Builder();
          context.getBean(CairnInfoContributor.class).contribute(info);
          assertThat(info.build().getDetails())
              .extractingByKey("cairn")
              .asString()
              .contains("queues={default=10}");
        });
  }

  @Test
  void theInformationIsGivenOnlyIfAskedFor() {
    application.run(context -> assertThat(context).doesNotHaveBean(CairnInfoContributor.class));
  }

  /** Writes baggage, as a propagator of Micrometer does. */
  private static ObservationRegistry carrying() {
    ObservationRegistry registry = ObservationRegistry.create();
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<InsertObservationContext>() {
              @Override
              public void onStart(InsertObservationContext context) {
                Objects.requireNonNull(context.getCarrier())
                    .putAll(Map.of("baggage", "tenant=acme,user=ada", "user", "ada"));
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return context instanceof InsertObservationContext;
              }
            });
    return registry;
  }

  @Test
  void theBaggageOfThePropertyTravelsThroughMicrometerToo() {
    ApplicationContextRunner observed =
        application.withBean(ObservationRegistry.class, ActuatorTest::carrying);
    observed.run(context ->
        assertThat(context.getBean(Cairn.class).insert(new Greet("Ada")).job().metadata())
            .doesNotContain("acme", "ada"));
    observed
        .withPropertyValues("cairn.observability.baggage=tenant")
        .run(context ->
            assertThat(context.getBean(Cairn.class).insert(new Greet("Ada")).job().metadata())
                .contains("tenant=acme")
                .doesNotContain("ada"));
  }

  @Test
  void aWrongIntervalOfTheGaugesIsNamed() {
    application
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .withPropertyValues("cairn.observability.gauges-interval=500ms")
        .run(context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(InvalidConfigurationPropertyValueException.class)
                .hasMessageContaining("cairn.observability.gauges-interval")
                .hasMessageContaining("[CAIRN-707]"));
  }

  @Test
  void partsCanBeSwitchedOff() {
    application
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .withBean(ObservationRegistry.class, ObservationRegistry::create)
        .withPropertyValues(
            "management.health.cairn.enabled=false",
            "management.endpoint.cairn.access=NONE",
            "cairn.observability.meters=false",
            "cairn.observability.observations=false")
        .run(context ->
            assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(CairnHealthIndicator.class)
                .doesNotHaveBean(CairnEndpoint.class)
                .doesNotHaveBean(Metrics.class)
                .doesNotHaveBean(Observations.class));
  }

  @Test
  void whatIsOnTheClassPathDecidesWhatThereIs() {
    for (List<String> absent :
        List.of(
            List.of(HealthIndicator.class.getName()),
            List.of(Endpoint.class.getName()),
            List.of("io.micrometer"),
            List.of("io.opentelemetry"),
            List.of("dev.cairn.observability", "dev.cairn.opentelemetry"))) {
      application
          .withBean(Greeter.class)
          .withClassLoader(new FilteredClassLoader(absent.toArray(String[]::new)))
          .run(context -> assertThat(context).hasNotFailed().hasSingleBean(Cairn.class));
    }
  }

  @Test
  void jobsAreMeasuredWhereThereAreMeters() {
    application
        .withBean(Greeter.class)
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .run(context -> {
          assertThat(context).hasSingleBean(QueueGauges.class);
          context.getBean(Cairn.class).insert(new Greet("Ada"));
          MeterRegistry meters = context.getBean(MeterRegistry.class);
          await(() ->
              assertThat(meters.get("cairn.job.run").tag("kind", "greet").timer().count())
                  .isPositive());
        });
  }

  @Test
  void spansOfOpenTelemetryTakeThePlaceOfObservations() {
    ApplicationContextRunner observed =
        application
            .withBean(ObservationRegistry.class, ObservationRegistry::create)
            .withBean(Tracer.class, () -> Tracer.NOOP)
            .withBean(Propagator.class, () -> Propagator.NOOP);
    observed.run(context ->
        assertThat(context)
            .hasSingleBean(Observations.class)
            .hasSingleBean(ProcessTracingHandler.class)
            .doesNotHaveBean(Tracing.class));
    observed
        .withBean(OpenTelemetry.class, OpenTelemetry::noop)
        .run(context ->
            assertThat(context).hasSingleBean(Tracing.class).doesNotHaveBean(Observations.class));
  }
}
