package dev.cairn.spi;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.NumericNode;
import tools.jackson.databind.ser.BeanPropertyWriter;

/*
 * Two values are the same if they are equal. Arrays, records and collections are compared element
 * by element. Classes without their own equals are compared field by field.
 */

/**
 * Compares a value with the value that was read back.
 *
 * @param mapper knows the properties of classes whose fields Cairn cannot access
 * @param byAmount whether numbers with the same amount are the same, such as 0.0 and -0.0, or 1000
 *     and 1E+3
 */
record Comparison(JsonMapper mapper, boolean byAmount) {
  private static final int SHOWN_MAX = 100;

  private static final Comparator<JsonNode> BY_AMOUNT =
      (one, other) ->
          isFinite(one) && isFinite(other)
              ? one.decimalValue().compareTo(other.decimalValue())
              : one.equals(other) ? 0 : 1;

  private static boolean isFinite(JsonNode node) {
    return node instanceof NumericNode number && !number.isNaN();
  }

  /** The difference in words, with its path and a remedy; null if there is none. */
  @Nullable String difference(String path, @Nullable Object value, @Nullable Object back) {
    if (value == null || back == null) {
      return value == null && back == null ? null : differs(path, value, back);
    }
    if (value.equals(back) || isSameAmount(value, back)) {
      return null;
    }
    if (value instanceof JsonNode node && back instanceof JsonNode other) {
      return node.equals(BY_AMOUNT, other) ? null : differs(path, value, back);
    }
    if (value instanceof Map<?, ?> map && back instanceof Map<?, ?> other) {
      return ofMaps(path, map, other);
    }
    if (value instanceof Collection<?> all && back instanceof Collection<?> others) {
      return ofCollections(path, all, others);
    }
    if (value instanceof Optional<?> one && back instanceof Optional<?> other) {
      return difference(path, one.orElse(null), other.orElse(null));
    }
    if (value.getClass() != back.getClass()) {
      return differs(path, value, back);
    }
    return value.getClass().isArray() ? ofArrays(path, value, back) : ofObjects(path, value, back);
  }

  private boolean isSameAmount(Object value, Object back) {
    if (!byAmount || value.getClass() != back.getClass()) {
      return false;
    }
    return switch (value) {
      case Double number -> number.doubleValue() == (Double) back;
      case Float number -> number.floatValue() == (Float) back;
      case BigDecimal number -> number.compareTo((BigDecimal) back) == 0;
      default -> false;
    };
  }

  private @Nullable String ofMaps(String path, Map<?, ?> map, Map<?, ?> back) {
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!back.containsKey(entry.getKey())) {
        return "%s: key %s (%s) would come back as a different key: use texts as keys"
            .formatted(at(path), shown(entry.getKey()), typeOf(entry.getKey()));
      }
      String difference =
          difference(child(path, entry.getKey()), entry.getValue(), back.get(entry.getKey()));
      if (difference != null) {
        return difference;
      }
    }
    return map.size() == back.size() ? null : differs(path, map, back);
  }

  private @Nullable String ofCollections(String path, Collection<?> all, Collection<?> back) {
    boolean alike =
        all.size() == back.size()
            && (all instanceof Set) == (back instanceof Set)
            && (!(all instanceof List) || back instanceof List)
            && (!(all instanceof Queue) || back instanceof Queue);
    if (!alike) {
      return differs(path, all, back);
    }
    Iterator<?> others = back.iterator();
    int index = 0;
    for (Object element : all) {
      if (all instanceof Set && back.contains(element)) {
        continue;
      }
      Object other = all instanceof Set ? likeness(element, back) : others.next();
      String difference = difference(path + "[" + index++ + "]", element, other);
      if (difference != null) {
        return difference;
      }
    }
    return null;
  }

  /**
   * The element that a missing element of a set has probably become; any element if that is
   * unknown.
   */
  private static @Nullable Object likeness(@Nullable Object element, Collection<?> back) {
    String text = String.valueOf(element);
    for (Object each : back) {
      if (String.valueOf(each).equals(text)) {
        return each;
      }
    }
    return back.iterator().next();
  }

  private @Nullable String ofArrays(String path, Object array, Object back) {
    int length = Array.getLength(array);
    if (length != Array.getLength(back)) {
      return "%s would come back with %d elements instead of %d"
          .formatted(at(path), Array.getLength(back), length);
    }
    for (int i = 0; i < length; i++) {
      String difference = difference(path + "[" + i + "]", Array.get(array, i), Array.get(back, i));
      if (difference != null) {
        return difference;
      }
    }
    return null;
  }

  private @Nullable String ofObjects(String path, Object value, Object back) {
    Class<?> type = value.getClass();
    if (type.getName().startsWith("java.")) {
      boolean isSame =
          !saysWhatIsEqual(type)
              && value.toString().equals(back.toString())
              && (!(value instanceof Pattern pattern)
                  || pattern.flags() == ((Pattern) back).flags());
      return isSame ? null : differs(path, value, back);
    }
    Map<String, Part> parts = parts(type);
    for (Map.Entry<String, Part> part : parts.entrySet()) {
      Part each = part.getValue();
      String difference = difference(child(path, part.getKey()), each.of(value), each.of(back));
      if (difference != null) {
        return difference;
      }
    }
    boolean isBelieved = (type.isRecord() || !saysWhatIsEqual(type)) && !parts.isEmpty();
    return isBelieved ? null : differs(path, value, back);
  }

  private static boolean saysWhatIsEqual(Class<?> type) {
    try {
      return type.getMethod("equals", Object.class).getDeclaringClass() != Object.class;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A component of a value. */
  private interface Part {
    @Nullable Object of(Object value);
  }

  /** The fields, or the properties if its module does not open the fields. */
  private Map<String, Part> parts(Class<?> type) {
    var fields = new LinkedHashMap<String, Part>();
    for (Class<?> each = type;
        each != null && !each.getName().startsWith("java.");
        each = each.getSuperclass()) {
      for (Field field : each.getDeclaredFields()) {
        if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0) {
          if (!field.trySetAccessible()) {
            return properties(type);
          }
          fields.put(field.getName(), value -> read(field, value));
        }
      }
    }
    return fields;
  }

  private Map<String, Part> properties(Class<?> type) {
    var properties = new LinkedHashMap<String, Part>();
    mapper
        ._serializationContext()
        .findValueSerializer(type)
        .properties()
        .forEachRemaining(property -> {
          if (property instanceof BeanPropertyWriter writer) {
            properties.put(writer.getName(), value -> read(writer, value));
          }
        });
    return properties;
  }

  private static @Nullable Object read(Field field, Object value) {
    try {
      return field.get(value);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static @Nullable Object read(BeanPropertyWriter property, Object value) {
    try {
      return property.get(value);
    } catch (Exception e) {
      throw new IllegalArgumentException(
          "'%s' of a %s cannot be read".formatted(property.getName(), value.getClass().getName()),
          e);
    }
  }

  private static String differs(String path, @Nullable Object value, @Nullable Object back) {
    String type = typeOf(value);
    String was = "%s is %s (%s)".formatted(at(path), shown(value), type);
    if (value != null && back != null && !type.equals(typeOf(back))) {
      return was
          + (", and would come back as %s (%s), because its declared type does not name it: "
                  + "declare the type, for example in a record of your own")
              .formatted(shown(back), typeOf(back));
    }
    return was
        + (", and would come back as %s: use a type that JSON keeps, such as a text, a number "
                + "or an Instant, or extend the codec")
            .formatted(shown(back));
  }

  private static String at(String path) {
    return path.isEmpty() ? "the value" : "field '%s'".formatted(path);
  }

  private static String child(String path, @Nullable Object name) {
    return path.isEmpty() ? String.valueOf(name) : path + "." + name;
  }

  private static String typeOf(@Nullable Object value) {
    return value == null ? "null" : value.getClass().getTypeName();
  }

  private static String shown(@Nullable Object value) {
    String text = Objects.toString(value);
    return text.length() <= SHOWN_MAX ? text : text.substring(0, SHOWN_MAX) + "...";
  }
}
