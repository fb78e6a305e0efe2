package dev.cairn.spring.test;

import dev.cairn.Worker;
import dev.cairn.spring.CairnWorker;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.autoconfigure.OverrideAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTestContextBootstrapper;
import org.springframework.boot.test.context.filter.annotation.TypeExcludeFilters;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.core.annotation.AliasFor;
import org.springframework.test.context.BootstrapWith;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/**
 * Tests only the workers of an application. The context has the database, the transactions and
 * Cairn. Of the application's components, it has only those that implement {@link Worker} or have
 * {@link CairnWorker} methods. Import or mock whatever else they need.
 *
 * <pre>{@code
 * @CairnTest
 * class ImportTest {
 *   @Autowired CairnTester cairn;
 *
 *   @Test
 *   void importsEveryRow() {
 *     cairn.work(new ImportCatalog("spring")).requireCompleted();
 *     cairn.inserted(SendMail.class).one();
 *   }
 * }
 * }</pre>
 *
 * <p>With JPA, add {@code @AutoConfigureDataJpa}. See {@link AutoConfigureCairn} for the database
 * and for tests of whole applications.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@BootstrapWith(CairnTest.Bootstrapper.class)
@ExtendWith(SpringExtension.class)
@OverrideAutoConfiguration(enabled = false)
@TypeExcludeFilters(CairnTypeExcludeFilter.class)
@AutoConfigureCairn
public @interface CairnTest {
  /** Properties of the test, as {@code key=value}. */
  String[] properties() default {};

  /** Whether to leave out components that are not workers. */
  boolean useDefaultFilters() default true;

  /** Components to add. */
  Filter[] includeFilters() default {};

  /** Workers to leave out. */
  Filter[] excludeFilters() default {};

  /** Further auto-configurations to leave out. */
  @AliasFor(
      annotation = org.springframework.boot.autoconfigure.ImportAutoConfiguration.class,
      attribute = "exclude")
  Class<?>[] excludeAutoConfiguration() default {};

  /** Finds the properties of the annotation. */
  final class Bootstrapper extends SpringBootTestContextBootstrapper {
    @Override
    protected String[] getProperties(Class<?> testClass) {
      CairnTest annotation =
          org.springframework.test.context.TestContextAnnotationUtils.findMergedAnnotation(
              testClass, CairnTest.class);
      return annotation == null ? new String[0] : annotation.properties();
    }
  }
}
