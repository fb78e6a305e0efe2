package dev.cairn;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds the arguments that a type marks with {@link Unique}. */
final class UniqueFields {
  private UniqueFields() {}

  /** Their paths in the encoded arguments; empty if nothing is marked. */
  static List<List<String>> of(Class<?> argsType) {
    return of(argsType, List.of(), new HashSet<>());
  }

  private static List<List<String>> of(Class<?> type, List<String> path, Set<Class<?>> above) {
    var paths = new ArrayList<List<String>>();
    if (type.getName().startsWith("java.") || !above.add(type)) {
      return paths;
    }
    for (Field field : type.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      Unique unique = field.getAnnotation(Unique.class);
      var inner = new ArrayList<>(path);
      inner.add(unique == null || unique.value().isEmpty() ? field.getName() : unique.value());
      List<List<String>> nested = of(field.getType(), inner, above);
      if (!nested.isEmpty()) {
        paths.addAll(nested);
      } else if (unique != null) {
        paths.add(inner);
      }
    }
    above.remove(type);
    return paths;
  }
}
