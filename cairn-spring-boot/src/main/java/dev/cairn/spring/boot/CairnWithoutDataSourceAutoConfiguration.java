package dev.cairn.spring.boot;

import dev.cairn.Cairn;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.util.ClassUtils;

/**
 * Refuses workers in an application without a data source, as Boot leaves it with R2DBC. There is
 * no client then, and their jobs would wait forever without a word.
 */
@AutoConfiguration(after = CairnAutoConfiguration.class)
@ConditionalOnMissingBean({DataSource.class, Cairn.class})
@Conditional(OnDataSource.NoneMarked.class)
@ConditionalOnProperty(name = "cairn.enabled", matchIfMissing = true)
public final class CairnWithoutDataSourceAutoConfiguration {
  private static final String R2DBC = "io.r2dbc.spi.ConnectionFactory";

  @Bean
  @ConditionalOnProperty(name = "cairn.work", matchIfMissing = true)
  SmartInitializingSingleton cairnWithoutDataSource(ConfigurableListableBeanFactory beans) {
    return () -> {
      // The mock of a test, for example, is put in after the conditions are judged.
      if (late(beans, Cairn.class).isEmpty()) {
        firstWorker(beans)
            .ifPresent(worker -> {
              throw refusal(worker, beans);
            });
      }
    };
  }

  /** A bean that nobody knew of when the conditions were judged. */
  private static Optional<String> late(ConfigurableListableBeanFactory beans, Class<?> type) {
    return Stream.of(BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, type, true, false))
        .findFirst();
  }

  /** Makes no bean, as if there were none to look at. */
  private static Optional<String> firstWorker(ConfigurableListableBeanFactory beans) {
    var definitions = new WorkerDefinitions(beans);
    return Stream.of(
            definitions.workers().stream(),
            definitions.periodicJobs().stream(),
            definitions.all().stream()
                .filter(name -> WorkerDefinitions.hasMethods(definitions.classToLookAt(name))))
        .flatMap(names -> names)
        .findFirst();
  }

  private static CairnConfigurationException refusal(
      String worker, ConfigurableListableBeanFactory beans) {
    return late(beans, DataSource.class)
        .map(source ->
            isForItsQualifierOnly(beans, source)
                ? refusalOfUnmarked(worker, source)
                : refusalOfLate(worker, source))
        .orElseGet(() -> refusal(worker, ClassUtils.isPresent(R2DBC, beans.getBeanClassLoader())));
  }

  private static boolean isForItsQualifierOnly(
      ConfigurableListableBeanFactory beans, String source) {
    return beans.containsBeanDefinition(source)
        && beans.getMergedBeanDefinition(source) instanceof AbstractBeanDefinition definition
        && !(definition.isDefaultCandidate() && definition.isAutowireCandidate());
  }

  private static CairnConfigurationException refusalOfUnmarked(String worker, String source) {
    return new CairnConfigurationException(
        ("Bean '%s' works or makes jobs, but the data source '%s' is no default candidate and has no"
                + " @CairnDataSource: its jobs would wait forever [CAIRN-716]")
            .formatted(worker, source),
        "Mark the data source of the jobs with @CairnDataSource. In an application that works no"
            + " jobs, set cairn.work=false");
  }

  private static CairnConfigurationException refusalOfLate(String worker, String source) {
    return new CairnConfigurationException(
        ("Bean '%s' works or makes jobs, but the data source '%s' was defined after Cairn looked"
                + " for one: its jobs would wait forever [CAIRN-716]")
            .formatted(worker, source),
        "Define it by a @Bean method, or by an auto-configuration that is ordered before"
            + " CairnAutoConfiguration. In an application that works no jobs, or a test that mocks"
            + " the data source, set cairn.work=false");
  }

  private static CairnConfigurationException refusal(String worker, boolean hasR2dbc) {
    return new CairnConfigurationException(
        "Bean '%s' works or makes jobs, but there is no data source: its jobs would wait forever [CAIRN-716]"
            .formatted(worker),
        hasR2dbc
            ? "With R2DBC, Spring Boot makes no data source, whatever spring.datasource.url says:"
                + " declare a DataSource bean, or set cairn.work=false"
            : "Set spring.datasource.url or declare a DataSource bean. In an application that works"
                + " no jobs, set cairn.work=false");
  }
}
