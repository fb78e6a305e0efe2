package dev.cairn.spring.test;

import dev.cairn.Worker;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import java.io.IOException;
import java.util.Set;
import org.springframework.boot.test.context.filter.annotation.StandardAnnotationCustomizableTypeExcludeFilter;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.classreading.MetadataReader;
import org.springframework.core.type.classreading.MetadataReaderFactory;

/** Leaves out all components but workers. */
final class CairnTypeExcludeFilter
    extends StandardAnnotationCustomizableTypeExcludeFilter<CairnTest> {
  CairnTypeExcludeFilter(Class<?> testClass) {
    super(testClass);
  }

  @Override
  protected Set<Class<?>> getKnownIncludes() {
    return Set.of(Worker.class);
  }

  @Override
  protected boolean defaultInclude(
      MetadataReader metadataReader, MetadataReaderFactory metadataReaderFactory)
      throws IOException {
    AnnotationMetadata type = metadataReader.getAnnotationMetadata();
    return super.defaultInclude(metadataReader, metadataReaderFactory)
        || type.hasAnnotatedMethods(CairnWorker.class.getName())
        || type.hasAnnotatedMethods(CairnPeriodic.class.getName());
  }
}
