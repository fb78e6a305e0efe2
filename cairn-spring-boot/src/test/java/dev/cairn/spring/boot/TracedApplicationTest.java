package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.observability.Metrics;
import dev.cairn.observability.Observations;
import dev.cairn.observability.QueueGauges;
import dev.cairn.opentelemetry.Tracing;
import dev.cairn.resumable.Steps;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.boot.observe.CairnObservabilityAutoConfiguration;
import dev.cairn.testing.CairnExtension;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.tracing.BaggageInScope;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

/** An application with {@code spring-boot-starter-opentelemetry}, as Boot itself configures it. */
class TracedApplicationTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withUserConfiguration(Application.class)
          .withPropertyValues(
              "spring.flyway.enabled=false",
              "spring.liquibase.enabled=false",
              "spring.jpa.hibernate.ddl-auto=none",
              "management.otlp.metrics.export.enabled=false",
              "management.tracing.sampling.probability=1",
              "management.opentelemetry.tracing.export.schedule-delay=10ms",
              "cairn.poll-interval=50ms");

  @JobKind("traced_by_boot")
  record Traced() {}

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    HikariDataSource pool() {
      return Applications.pool(cairn);
    }

    @Bean
    InMemorySpanExporter spans() {
      return InMemorySpanExporter.create();
    }

    @Bean
    Working working(Tracer tracer) {
      return new Working(tracer);
    }
  }

  static class Working {
    private final Tracer tracer;
    private final BlockingQueue<String> tenants = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> users = new LinkedBlockingQueue<>();

    Working(Tracer tracer) {
      this.tracer = tracer;
    }

    @CairnWorker
    void work(Traced args, Steps steps) throws Exception {
      tenants.add(String.valueOf(tracer.getBaggage("tenant").get()));
      users.add(String.valueOf(tracer.getBaggage("user").get()));
      steps.step("only", () -> {});
    }
  }

  /** The spans of a job, and what was done in its attempt. */
  record Spans(SpanData insertion, SpanData attempt, List<SpanData> steps) {
    void areLinked() {
      assertThat(attempt.getParentSpanContext().isValid()).isFalse();
      assertThat(attempt.getTraceId()).isNotEqualTo(insertion.getTraceId());
      assertThat(attempt.getLinks())
          .extracting(link -> link.getSpanContext().getSpanId())
          .containsExactly(insertion.getSpanId());
    }

    void areParentAndChild() {
      assertThat(attempt.getTraceId()).isEqualTo(insertion.getTraceId());
      assertThat(attempt.getParentSpanId()).isEqualTo(insertion.getSpanId());
      assertThat(attempt.getLinks()).isEmpty();
    }
  }

  private static Spans worked(ApplicationContext context) {
    Cairn client = context.getBean(Cairn.class);
    cairn.awaitState(client.insert(new Traced()).id(), JobState.COMPLETED);
    var exporter = context.getBean(InMemorySpanExporter.class);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(exporter.getFinishedSpanItems())
                .extracting(SpanData::getKind)
                .contains(SpanKind.PRODUCER, SpanKind.CONSUMER));
    List<SpanData> all = exporter.getFinishedSpanItems();
    SpanData attempt = of(all, SpanKind.CONSUMER);
    return new Spans(
        of(all, SpanKind.PRODUCER),
        attempt,
        all.stream().filter(span -> span.getParentSpanId().equals(attempt.getSpanId())).toList());
  }

  private static SpanData of(List<SpanData> all, SpanKind kind) {
    return all.stream().filter(span -> span.getKind() == kind).findFirst().orElseThrow();
  }

  @Test
  void metersAndSpansAreThereByTheStartersAlone() {
    application.run(context -> {
      assertThat(context)
          .hasSingleBean(Metrics.class)
          .hasSingleBean(QueueGauges.class)
          .hasSingleBean(Tracing.class)
          .doesNotHaveBean(Observations.class);
      Spans spans = worked(context);
      spans.areLinked();
      assertThat(spans.steps()).hasSize(1);
      MeterRegistry meters = context.getBean(MeterRegistry.class);
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            assertThat(meters.find("cairn.leader").gauge()).isNotNull();
            assertThat(meters.find("cairn.job.run").tag("kind", "traced_by_boot").timer())
                .isNotNull();
          });
    });
  }

  @Test
  void stepsCanBeLeftOut() {
    application
        .withPropertyValues("cairn.observability.steps=false")
        .run(context -> {
          Spans spans = worked(context);
          spans.areLinked();
          assertThat(spans.steps()).isEmpty();
        });
  }

  @Test
  void withoutSpansOfOpenTelemetryMicrometerMakesThem() {
    application
        .withPropertyValues("cairn.observability.traces=false")
        .run(context -> {
          assertThat(context).doesNotHaveBean(Tracing.class).hasSingleBean(Observations.class);
          Spans spans = worked(context);
          spans.areLinked();
          assertThat(spans.steps()).isEmpty();
        });
  }

  @ParameterizedTest
  @CsvSource({
    "true, cairn.observability.child-spans=true",
    "true, cairn.observability.child-spans-of=traced_by_boot",
    "false, cairn.observability.child-spans=true",
    "false, cairn.observability.child-spans-of=traced_by_boot"
  })
  @Tag("thorough")
  void anAttemptIsAChildOfItsInsertionIfAPropertyAsksForIt(boolean traces, String property) {
    application
        .withPropertyValues("cairn.observability.traces=" + traces, property)
        .run(context -> worked(context).areParentAndChild());
  }

  @ParameterizedTest
  @CsvSource({
    "true,  0, cairn.enabled=true, false",
    "false, 0, cairn.enabled=true, false",
    "true,  0, cairn.observability.propagation=always, true",
    "false, 0, cairn.observability.propagation=always, true",
    "true,  0, cairn.observability.child-spans=true, true",
    "false, 0, cairn.observability.child-spans=true, true",
    "false, 0, cairn.observability.child-spans-of=traced_by_boot, true",
    "true,  1, cairn.observability.propagation=never, false",
    "false, 1, cairn.observability.propagation=never, false"
  })
  @Tag("thorough")
  void aJobCarriesTheContextOfATraceThatIsSampledUnlessAPropertySaysOtherwise(
      boolean traces, String probability, String property, boolean isCarried) {
    application
        .withPropertyValues(
            "cairn.observability.traces=" + traces,
            "management.tracing.sampling.probability=" + probability,
            property)
        .run(context -> {
          long id = context.getBean(Cairn.class).insert(new Traced()).id();
          assertThat(cairn.awaitState(id, JobState.COMPLETED).metadata())
              .matches(metadata -> metadata.contains("traceparent") == isCarried);
        });
  }

  @Tag("thorough")
  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void baggageTravelsWithTheJob(boolean traces, boolean children) {
    application
        .withPropertyValues(
            "cairn.observability.traces=" + traces,
            "cairn.observability.child-spans=" + children,
            "cairn.observability.baggage=tenant",
            "management.tracing.baggage.remote-fields=tenant,user")
        .run(context -> {
          Tracer tracer = context.getBean(Tracer.class);
          Span request = tracer.nextSpan().start();
          try (Tracer.SpanInScope inSpan = tracer.withSpan(request);
              BaggageInScope tenant = tracer.createBaggageInScope("tenant", "acme");
              BaggageInScope user = tracer.createBaggageInScope("user", "ada")) {
            assertThat(inSpan).isNotNull();
            assertThat(List.of(tenant.name(), user.name())).containsExactly("tenant", "user");
            worked(context);
          }
          var working = context.getBean(Working.class);
          assertThat(working.tenants.poll(1, TimeUnit.MINUTES)).isEqualTo("acme");
          // Not named in cairn.observability.baggage, so it stays behind.
          assertThat(working.users.poll(1, TimeUnit.MINUTES)).isEqualTo("null");
        });
  }

  /** An order by a name that does not exist would be no order, and nobody would be told. */
  @ParameterizedTest
  @ValueSource(classes = {CairnAutoConfiguration.class, CairnObservabilityAutoConfiguration.class})
  void theAutoConfigurationsThatAreNamedExist(Class<?> configuration) {
    AutoConfiguration order = configuration.getAnnotation(AutoConfiguration.class);
    assertThat(order).isNotNull();
    assertThat(order.afterName())
        .isNotEmpty()
        .allMatch(name -> ClassUtils.isPresent(name, getClass().getClassLoader()));
  }
}
