package dev.cairn.spring.test;

import static org.springframework.core.env.StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.TestContextAnnotationUtils;

/** Sets the properties of tests with {@link AutoConfigureCairn}. */
final class CairnTestContextCustomizerFactory implements ContextCustomizerFactory {
  @Override
  public @Nullable ContextCustomizer createContextCustomizer(
      Class<?> testClass, List<ContextConfigurationAttributes> attributes) {
    return TestContextAnnotationUtils.hasAnnotation(testClass, AutoConfigureCairn.class)
        ? new Properties()
        : null;
  }

  /** Over the application's own properties, and under those of the test. */
  private record Properties() implements ContextCustomizer {
    @Override
    public void customizeContext(
        ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
      MutablePropertySources sources = context.getEnvironment().getPropertySources();
      var ours =
          new MapPropertySource(
              "cairn tests", Map.of("cairn.work", "false", "cairn.migrate", "up"));
      // Those of a test, inlined or from its files, are above those of the system.
      if (sources.contains(SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME)) {
        sources.addBefore(SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME, ours);
      } else {
        sources.addFirst(ours);
      }
    }
  }
}
