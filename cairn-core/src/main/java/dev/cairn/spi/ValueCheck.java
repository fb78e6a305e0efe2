package dev.cairn.spi;

import dev.cairn.internal.json.StoredNumbers;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Refuses values that would come back from the database as other values. Thread-safe. */
final class ValueCheck {
  private final JsonMapper mapper;
  private final TypeCheck types;
  private final Comparison comparison;

  ValueCheck(JsonMapper mapper, TypeCheck types, Comparison comparison) {
    this.mapper = mapper;
    this.types = types;
    this.comparison = comparison;
  }

  /**
   * Checks a value without knowing the type to which it will be decoded.
   *
   * <p>Elements of collections and maps are checked by their own types.
   */
  void require(@Nullable Object value, String json) {
    if (value != null && !types.isTrusted(value.getClass(), json) && !isOfElements(value, "")) {
      require(value, json, declared(value), "");
    }
  }

  /** Checks a value that will be read as {@code type}. */
  void require(@Nullable Object value, String json, Type type) {
    if (value != null && !types.isTrusted(type, json)) {
      require(value, json, type == value.getClass() ? declared(value) : type, "");
    }
  }

  private boolean isOfElements(Object value, String path) {
    switch (value) {
      case Map<?, ?> map ->
          map.forEach((key, element) -> requireElement(element, path + "." + key));
      case Collection<?> all -> requireElements(all, path);
      case Object[] all -> requireElements(Arrays.asList(all), path);
      case Optional<?> one -> one.ifPresent(element -> requireElement(element, path));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void requireElements(Collection<?> all, String path) {
    int index = 0;
    for (Object element : all) {
      requireElement(element, path + "[" + index++ + "]");
    }
  }

  private void requireElement(@Nullable Object element, String path) {
    if (element != null && !isOfElements(element, path)) {
      require(element, mapper.writeValueAsString(element), declared(element), path);
    }
  }

  private void require(Object value, String json, Type type, String path) {
    Trust ignored = types.of(type);
    if (types.isTrusted(type, json)) {
      return;
    }
    Object back;
    try {
      back = mapper.readValue(StoredNumbers.in(json), mapper.constructType(type));
    } catch (JacksonException e) {
      throw JacksonCodec.unfit("it could not be read again: ", e);
    }
    String difference = comparison.difference(path, value, back);
    if (difference != null) {
      throw new IllegalArgumentException(difference);
    }
  }

  /** The type by which a program would read a value, whose own class may be hidden. */
  private static Type declared(Object value) {
    return switch (value) {
      case Enum<?> constant -> constant.getDeclaringClass();
      case JsonNode node -> JsonNode.class;
      case InetAddress address -> InetAddress.class;
      case List<?> list -> List.class;
      case Set<?> set -> Set.class;
      case Map<?, ?> map -> Map.class;
      default -> visible(value.getClass());
    };
  }

  private static Class<?> visible(Class<?> own) {
    Class<?> type = own;
    while (type.getName().startsWith("sun.")
        || (type.getName().startsWith("java.") && !Modifier.isPublic(type.getModifiers()))) {
      Class<?> parent = type.getSuperclass();
      if (parent == null || parent == Object.class) {
        return type.getInterfaces().length > 0 ? type.getInterfaces()[0] : own;
      }
      type = parent;
    }
    return type;
  }
}
