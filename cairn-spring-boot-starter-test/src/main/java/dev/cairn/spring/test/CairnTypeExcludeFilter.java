package dev.cairn.spring.test;

import dev.cairn.Worker;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
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
    return super.defaultInclude(metadataReader, metadataReaderFactory)
        || hasMethods(metadataReader.getAnnotationMetadata(), metadataReaderFactory);
  }

  /** Of its own, or inherited. */
  private static boolean hasMethods(AnnotationMetadata type, MetadataReaderFactory readers)
      throws IOException {
    if (type.hasAnnotatedMethods(CairnWorker.class.getName())
        || type.hasAnnotatedMethods(CairnPeriodic.class.getName())) {
      return true;
    }
    for (String inherited : inherited(type)) {
      if (hasMethods(readers.getMetadataReader(inherited).getAnnotationMetadata(), readers)) {
        return true;
      }
    }
    return false;
  }

  /** Classes of Java itself have no such methods, and are not always there as files. */
  private static List<String> inherited(AnnotationMetadata type) {
    return Stream.concat(
            Stream.ofNullable(type.getSuperClassName()), Stream.of(type.getInterfaceNames()))
        .filter(name -> !name.startsWith("java."))
        .toList();
  }
}
