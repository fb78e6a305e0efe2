package dev.cairn.spi;

import dev.cairn.Unique;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ser.PropertyWriter;
import tools.jackson.databind.ser.bean.UnwrappingBeanPropertyWriter;

/** The fields and methods with {@link Unique} of a class and of its superclasses. */
record MarkedMembers(Class<?> type, List<Member> members) {
  static MarkedMembers of(Class<?> type) {
    var members = new ArrayList<Member>();
    collect(type, members);
    return new MarkedMembers(type, members);
  }

  /**
   * Whether values of a type can have marks, by its fields. Does not use a mapper, which need not
   * be able to write a type that is only read.
   */
  static boolean within(Class<?> type) {
    var seen = new HashSet<Type>();
    var open = new ArrayDeque<Type>(List.of(type));
    while (!open.isEmpty()) {
      Type next = open.pop();
      if (!seen.add(next)) {
        continue;
      }
      switch (next) {
        case ParameterizedType generic -> {
          open.push(generic.getRawType());
          open.addAll(List.of(generic.getActualTypeArguments()));
        }
        case WildcardType wildcard -> open.addAll(List.of(wildcard.getUpperBounds()));
        case GenericArrayType array -> open.push(array.getGenericComponentType());
        case Class<?> known when known.isArray() -> open.push(known.getComponentType());
        case Class<?> known when !known.getName().startsWith("java.") -> {
          if (!of(known).members().isEmpty()) {
            return true;
          }
          open.addAll(typesWithin(known));
        }
        default -> {}
      }
    }
    return false;
  }

  private static List<Type> typesWithin(Class<?> type) {
    var types = new ArrayList<Type>();
    for (Field field : type.getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers())) {
        types.add(field.getGenericType());
      }
    }
    if (type.getGenericSuperclass() != null) {
      types.add(type.getGenericSuperclass());
    }
    if (type.isSealed()) {
      types.addAll(List.of(type.getPermittedSubclasses()));
    }
    return types;
  }

  private static void collect(@Nullable Class<?> type, List<Member> into) {
    if (type == null || type.getName().startsWith("java.")) {
      return;
    }
    for (Field field : type.getDeclaredFields()) {
      add(field, into);
    }
    for (Method method : type.getDeclaredMethods()) {
      add(method, into);
    }
    collect(type.getSuperclass(), into);
    for (Class<?> parent : type.getInterfaces()) {
      collect(parent, into);
    }
  }

  private static <M extends AnnotatedElement & Member> void add(M member, List<Member> into) {
    if (member.isAnnotationPresent(Unique.class) && !member.isSynthetic()) {
      into.add(member);
    }
  }

  /**
   * Requires that each of them is a property that is written.
   *
   * @return whether there are any
   */
  boolean require(List<PropertyWriter> properties) {
    for (Member member : members) {
      refusal(member, properties)
          .ifPresent(why -> {
            throw new IllegalArgumentException(
                "@Unique on '%s' of %s cannot be honoured: %s [CAIRN-111]"
                    .formatted(member.getName(), member.getDeclaringClass().getName(), why));
          });
    }
    return !members.isEmpty();
  }

  private Optional<String> refusal(Member member, List<PropertyWriter> properties) {
    if (properties.isEmpty()) {
      return Optional.of(
          "%s is encoded without names of properties: as a single value, an array, or by a serializer of its own. Mark what holds it instead"
              .formatted(type.getName()));
    }
    Optional<PropertyWriter> property =
        properties.stream().filter(it -> isOf(it, member)).findFirst();
    if (property.isEmpty()) {
      return Optional.of(
          "it is not a property of the encoded arguments. Encode it, by an accessor or @JsonProperty, or remove the mark");
    }
    return property.get() instanceof UnwrappingBeanPropertyWriter
        ? Optional.of(
            "it is unwrapped, so its own properties are written in its place. Mark those that count in %s"
                .formatted(property.get().getType().getRawClass().getName()))
        : Optional.empty();
  }

  /** Whether a property that has the mark is written from this field or method. */
  private static boolean isOf(PropertyWriter property, Member member) {
    if (property.getAnnotation(Unique.class) == null || property.getMember() == null) {
      return false;
    }
    Set<String> names = names(member);
    return names(property.getMember().getMember()).stream().anyMatch(names::contains);
  }

  /** Field {@code open} belongs to {@code open()}, {@code getOpen()} and {@code isOpen()}. */
  private static Set<String> names(Member member) {
    String name = member.getName().toLowerCase(Locale.ROOT);
    return Stream.of("", "get", "is")
        .filter(name::startsWith)
        .map(prefix -> name.substring(prefix.length()))
        .collect(Collectors.toSet());
  }
}
