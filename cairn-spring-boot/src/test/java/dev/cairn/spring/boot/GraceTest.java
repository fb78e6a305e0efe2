package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.spring.CairnBuilderCustomizer;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/** How long a closing context lets jobs go on. */
@Tag("thorough")
class GraceTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final ApplicationContextRunner application =
      Applications.jdbc(cairn).withBean(Deaf.class);

  @JobKind("deaf")
  record Go() {}

  /** Does not look whether it should stop. */
  static class Deaf {
    private final CountDownLatch started = new CountDownLatch(1);
    private final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    private final JdbcClient jdbc;

    Deaf(JdbcClient jdbc) {
      this.jdbc = jdbc;
    }

    @CairnWorker
    void work(Go args, WorkContext context) throws InterruptedException {
      started.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        interrupted.complete(jdbc.sql("SELECT true").query(Boolean.class).single());
        throw e;
      }
    }
  }

  /** Has a grace of its own. */
  @Configuration(proxyBeanMethods = false)
  static class OwnClient {
    @Bean
    Cairn own(ClientDescription description) {
      CairnBuilder client =
          Cairn.builder(description.dataSource())
              .workers(description.workers())
              .queue("default", 10);
      description.describe(client);
      return client.shutdownGrace(Duration.ofSeconds(2)).build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Customized {
    @Bean
    CairnBuilderCustomizer hurried() {
      return client -> client.shutdownGrace(Duration.ofSeconds(2));
    }
  }

  /** Not the two minutes, less five seconds, that the starter would give it. */
  @ParameterizedTest
  @ValueSource(classes = {OwnClient.class, Customized.class})
  void theGraceThatTheClientWasGivenCounts(Class<?> configuration) {
    application
        .withConfiguration(AutoConfigurations.of(LifecycleAutoConfiguration.class))
        .withUserConfiguration(configuration)
        .withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=2m", "cairn.job-timeout=0")
        .run(context -> {
          Deaf worker = context.getBean(Deaf.class);
          Cairn client = context.getBean(Cairn.class);
          long id = client.insert(new Go()).id();
          assertThat(worker.started.await(60, TimeUnit.SECONDS)).isTrue();

          long before = System.nanoTime();
          context.close();
          assertThat(Duration.ofNanos(System.nanoTime() - before))
              .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(60));
          assertThat(worker.interrupted).isCompletedWithValue(true);
          cairn.client().jobs().delete(id);
        });
  }

  /** By default, jobs have half of a short phase, and all but five seconds of a long one. */
  @ParameterizedTest
  @CsvSource({"8s,,4", "11s,,6", "30s,2s,2"})
  void jobsThatDoNotStopAreHandedBackBeforeTheContextClosesTheirDataSource(
      String phase, @Nullable String grace, int seconds) {
    ApplicationContextRunner closing =
        application.withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=" + phase);
    var id = new AtomicLong();
    (grace == null ? closing : closing.withPropertyValues("cairn.shutdown-grace=" + grace))
        .run(context -> {
          Deaf worker = context.getBean(Deaf.class);
          id.set(context.getBean(Cairn.class).insert(new Go()).id());
          assertThat(worker.started.await(60, TimeUnit.SECONDS)).isTrue();

          long before = System.nanoTime();
          context.close();
          assertThat(Duration.ofNanos(System.nanoTime() - before))
              .isBetween(Duration.ofSeconds(seconds), Duration.ofSeconds(60));
          assertThat(worker.interrupted).isCompletedWithValue(true);
        });

    JobRow job = cairn.client().jobs().find(id.get()).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(job.attempt()).isZero();
    assertThat(job.errors()).isEmpty();
    cairn.client().jobs().delete(id.get());
  }
}
