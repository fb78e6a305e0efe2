package dev.cairn.spi;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.lang.reflect.Modifier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.NopAnnotationIntrospector;

/**
 * Writes values of sealed types with the name of their class, as if the type had Jackson's
 * annotation for it (R14). Without the name they could be written, but not read back when the job
 * continues.
 */
final class SealedTypes extends NopAnnotationIntrospector {
  private static final long serialVersionUID = 1;

  /** Taken from an annotation, because no other way works in all versions of Jackson. */
  private static final JsonTypeInfo.@Nullable Value NAMED =
      JsonTypeInfo.Value.from(Named.class.getAnnotation(JsonTypeInfo.class));

  private final boolean asDeclaredOnly;

  /**
   * @param asDeclaredOnly whether only values declared as the sealed type are written with a name,
   *     and not those declared as one of its classes
   */
  SealedTypes(boolean asDeclaredOnly) {
    this.asDeclaredOnly = asDeclaredOnly;
  }

  @Override
  public JsonTypeInfo.@Nullable Value findPolymorphicTypeInfo(
      MapperConfig<?> config, Annotated annotated) {
    return annotated instanceof AnnotatedClass type && isNamed(type.getRawType()) ? NAMED : null;
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "@type")
  private static final class Named {}

  /** Whether a class is or belongs to a sealed type. Sealed types of Java itself do not count. */
  private boolean isNamed(@Nullable Class<?> type) {
    if (type == null || type.isEnum() || type.getName().startsWith("java.")) {
      return false;
    }
    if (type.isSealed() && hasFinalClassesOnly(type)) {
      return true;
    }
    if (asDeclaredOnly) {
      return false;
    }
    for (Class<?> parent : type.getInterfaces()) {
      if (isNamed(parent)) {
        return true;
      }
    }
    return isNamed(type.getSuperclass());
  }

  /** Enums are written as texts, which have no place for the name of a class. */
  private static boolean hasFinalClassesOnly(Class<?> type) {
    for (Class<?> permitted : type.getPermittedSubclasses()) {
      boolean fits =
          permitted.isSealed()
              ? hasFinalClassesOnly(permitted)
              : Modifier.isFinal(permitted.getModifiers()) && !permitted.isEnum();
      if (!fits) {
        return false;
      }
    }
    return true;
  }
}
