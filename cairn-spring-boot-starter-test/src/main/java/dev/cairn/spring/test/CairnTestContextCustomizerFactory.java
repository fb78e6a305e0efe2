package dev.cairn.spring.test;

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
  private static final String INLINED = "Inlined Test Properties";

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
      if (sources.contains(INLINED)) {
        sources.addAfter(INLINED, ours);
      } else {
        sources.addFirst(ours);
      }
    }
  }
}
