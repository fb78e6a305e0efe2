package dev.cairn.spring.boot;

import dev.cairn.spring.CairnDataSource;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Whether there is a data source that may hold the jobs: one that everybody gets, or one with the
 * mark. Boot's own condition overlooks a marked one that is no default candidate, as it should be
 * if it is for the jobs only.
 */
public final class OnDataSource extends AnyNestedCondition {
  /** Made by Spring. */
  public OnDataSource() {
    super(ConfigurationPhase.REGISTER_BEAN);
  }

  @ConditionalOnBean(DataSource.class)
  static final class ForEverybody {}

  @Conditional(Marked.class)
  static final class ForJobs {}

  /** Whether there is none with the mark. */
  public static final class NoneMarked extends NoneNestedConditions {
    /** Made by Spring. */
    public NoneMarked() {
      super(ConfigurationPhase.REGISTER_BEAN);
    }

    @Conditional(Marked.class)
    static final class ForJobs {}
  }

  /** Whether there is one with the mark, in this context or above it. */
  static final class Marked extends SpringBootCondition implements ConfigurationCondition {
    @Override
    public ConfigurationPhase getConfigurationPhase() {
      return ConfigurationPhase.REGISTER_BEAN;
    }

    @Override
    public ConditionOutcome getMatchOutcome(
        ConditionContext context, AnnotatedTypeMetadata metadata) {
      for (var beans = context.getBeanFactory();
          beans != null;
          beans =
              beans.getParentBeanFactory() instanceof ConfigurableListableBeanFactory parent
                  ? parent
                  : null) {
        Optional<String> marked = in(beans);
        if (marked.isPresent()) {
          return ConditionOutcome.match("@CairnDataSource is on bean '%s'".formatted(marked.get()));
        }
      }
      return ConditionOutcome.noMatch("no data source has @CairnDataSource");
    }

    /** Makes no bean. */
    private static Optional<String> in(ConfigurableListableBeanFactory beans) {
      return Stream.of(beans.getBeanNamesForType(DataSource.class, true, false))
          .filter(name -> beans.findAnnotationOnBean(name, CairnDataSource.class, false) != null)
          .findFirst();
    }
  }
}
