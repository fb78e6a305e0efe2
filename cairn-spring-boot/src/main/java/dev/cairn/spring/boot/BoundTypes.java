package dev.cairn.spring.boot;

import java.lang.reflect.Type;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.util.ClassUtils;

/**
 * Registers types whose values become JSON and back, with all types within them. Spring does most
 * of it; the codec also finds the classes of sealed types.
 */
final class BoundTypes {
  private final BindingReflectionHintsRegistrar registrar = new BindingReflectionHintsRegistrar();
  private final @Nullable ClassLoader loader;
  private final Set<Type> types = new LinkedHashSet<>();

  BoundTypes(@Nullable ClassLoader loader) {
    this.loader = loader;
  }

  void add(Type type) {
    types.add(type);
  }

  void registerIn(ReflectionHints hints) {
    var tried = new ReflectionHints();
    for (List<Type> more = List.copyOf(types); !more.isEmpty(); more = missing(tried)) {
      types.addAll(more);
      register(tried, more);
    }
    register(hints, types);
  }

  private void register(ReflectionHints hints, Collection<Type> more) {
    registrar.registerReflectionHints(hints, more.toArray(Type[]::new));
  }

  /** What belongs to the types that were registered, and is not registered itself. */
  private List<Type> missing(ReflectionHints hints) {
    return hints
        .typeHints()
        .map(hint -> ClassUtils.resolveClassName(hint.getType().getName(), loader))
        .flatMap(BoundTypes::within)
        .filter(each -> !types.contains(each))
        .distinct()
        .toList();
  }

  private static Stream<Type> within(Class<?> type) {
    if (type.isArray()) {
      return Stream.of(type.getComponentType());
    }
    return type.isSealed() && !type.getName().startsWith("java.")
        ? Stream.of(type.getPermittedSubclasses())
        : Stream.empty();
  }
}
