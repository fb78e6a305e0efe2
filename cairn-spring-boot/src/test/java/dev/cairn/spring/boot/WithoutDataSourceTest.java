package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Workers in an application that has no data source. */
class WithoutDataSourceTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final ApplicationContextRunner application =
      Applications.withoutPool()
          .withConfiguration(AutoConfigurations.of(CairnWithoutDataSourceAutoConfiguration.class))
          .withPropertyValues("spring.datasource.url=jdbc:postgresql://127.0.0.1:1/nowhere");

  @JobKind("sourceless")
  record Sourceless() {}

  static class Methods {
    @CairnWorker
    void work(Sourceless args) {}
  }

  static class PeriodicMethods {
    @CairnPeriodic(every = "1h")
    Sourceless due() {
      return new Sourceless();
    }
  }

  static class ByClass implements Worker<Sourceless> {
    @Override
    public void work(Job<Sourceless> job, WorkContext context) {}
  }

  /** Of an application with {@code spring-boot-starter-data-r2dbc}. */
  static class Reactive implements ConnectionFactory {
    @Override
    public Publisher<? extends Connection> create() {
      throw new UnsupportedOperationException("never asked");
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
      return () -> "reactive";
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {Methods.class, PeriodicMethods.class, ByClass.class})
  void workersBesideR2dbcStopTheApplication(Class<?> worker) {
    application
        .withBean(Reactive.class)
        .withBean("works", worker)
        .run(context ->
            assertThat(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure())))
                .contains("Bean 'works'", "no data source", "[CAIRN-716]", "With R2DBC"));
  }

  @Test
  void aDataSourceThatWasLeftOutIsNamedToo() {
    new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                CairnAutoConfiguration.class, CairnWithoutDataSourceAutoConfiguration.class))
        .withClassLoader(new FilteredClassLoader("io.r2dbc"))
        .withBean(Methods.class)
        .run(context ->
            assertThat(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure())))
                .contains("[CAIRN-716]", "spring.datasource.url")
                .doesNotContain("R2DBC"));
  }

  @Test
  void anApplicationThatWorksNothingStarts() {
    ApplicationContextRunner reactive = application.withBean(Reactive.class);
    reactive.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Cairn.class));
    for (String off : new String[] {"cairn.work=false", "cairn.enabled=false"}) {
      reactive
          .withBean(Methods.class)
          .withPropertyValues(off)
          .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Cairn.class));
    }
  }

  @Test
  void aDataSourceBesideR2dbcWorks() {
    application
        .withBean(Reactive.class)
        .withBean(HikariDataSource.class, () -> Applications.pool(cairn))
        .withBean(Methods.class)
        .run(context -> {
          long id = context.getBean(Cairn.class).insert(new Sourceless()).id();
          cairn.awaitState(id, JobState.COMPLETED);
        });
  }
}
