package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spring.CairnDataSource;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

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

  /** Puts a bean in after the definitions are read. */
  record Late(String name, Class<?> type, Supplier<?> bean) implements BeanFactoryPostProcessor {
    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
      beans.registerSingleton(name, type.cast(bean.get()));
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
  void aPeriodicJobThatIsABeanStopsTheApplicationToo() {
    application
        .withBean(Reactive.class)
        .withBean(
            "hourly",
            PeriodicJob.class,
            () ->
                PeriodicJob.of(
                    "hourly", Every.of(Duration.ofHours(1)), due -> JobInsert.of(new Sourceless())))
        .run(context ->
            assertThat(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure())))
                .contains("Bean 'hourly'", "[CAIRN-716]"));
  }

  /** Conditions are judged before it is there, as with the mocks of Spring's tests. */
  @Test
  void aClientThatIsDefinedLateCounts() {
    application
        .withBean(Reactive.class)
        .withBean(Methods.class)
        .withInitializer(context ->
            context.addBeanFactoryPostProcessor(new Late("late", Cairn.class, cairn::client)))
        .run(context -> assertThat(context).hasNotFailed().hasSingleBean(Cairn.class));
  }

  /** The starter has made no client for it. */
  @Test
  void aDataSourceThatIsDefinedLateIsNamedAsSuch() {
    application
        .withBean(Reactive.class)
        .withBean(Methods.class)
        .withInitializer(context ->
            context.addBeanFactoryPostProcessor(
                new Late("late", DataSource.class, cairn::dataSource)))
        .run(context ->
            assertThat(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure())))
                .contains("'late'", "defined after", "[CAIRN-716]")
                .doesNotContain("there is no data source"));
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

  @Configuration(proxyBeanMethods = false)
  static class ForJobsOnly {
    @Bean(defaultCandidate = false)
    @CairnDataSource
    HikariDataSource jobs() {
      return Applications.pool(cairn);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class ForSomebody {
    @Bean(defaultCandidate = false)
    HikariDataSource somebodys() {
      return Applications.pool(cairn);
    }
  }

  /** Boot's own condition overlooks it. */
  @Test
  void aMarkedDataSourceThatIsNoDefaultCandidateIsEnough() {
    ApplicationContextRunner marked =
        application.withBean(Reactive.class).withUserConfiguration(ForJobsOnly.class);
    marked
        .withBean(Methods.class)
        .run(context -> {
          long id = context.getBean(Cairn.class).insert(new Sourceless()).id();
          cairn.awaitState(id, JobState.COMPLETED);
        });
    marked.run(context -> assertThat(context).hasNotFailed().hasSingleBean(Cairn.class));
  }

  @Test
  void aDataSourceThatIsNoDefaultCandidateNeedsTheMark() {
    application
        .withBean(Reactive.class)
        .withUserConfiguration(ForSomebody.class)
        .withBean(Methods.class)
        .run(context ->
            assertThat(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure())))
                .contains("'somebodys'", "Mark", "@CairnDataSource", "[CAIRN-716]"));
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
