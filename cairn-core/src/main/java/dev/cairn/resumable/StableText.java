package dev.cairn.resumable;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text of a value that identifies a step or an item. The text has to be the same in every
 * attempt, on any machine. A value without such a text is refused, because its step would run again
 * each time, and its calls would have different keys.
 */
final class StableText {
  /** Values at greater depth are checked only by their text. */
  private static final int DEPTH_MAX = 20;

  /** Java's text for an array, also within another text. */
  private static final Pattern ARRAY =
      Pattern.compile("\\[+(?:[BCDFIJSZ]|L[\\w.$]+;)@[0-9a-f]{1,8}");

  private StableText() {}

  /**
   * The text of a value.
   *
   * @param what names the value in the message
   * @throws IllegalArgumentException if its text may differ in the next attempt
   */
  static String of(String what, Object value) {
    Objects.requireNonNull(value, what);
    String text = value.toString();
    if (value instanceof CharSequence || value instanceof Number) {
      return text;
    }
    String reason = unstable(value, DEPTH_MAX);
    if (reason == null && ARRAY.matcher(text).find()) {
      reason = "it contains an array, whose text differs in each attempt";
    }
    if (reason != null) {
      throw new IllegalArgumentException(
          ("%s cannot be identified by its text, which is '%s': %s. Use a text, a number, or a "
                  + "record or list of these")
              .formatted(what, text, reason));
    }
    return text;
  }

  private static @Nullable String unstable(@Nullable Object value, int depth) {
    if (value == null || depth == 0) {
      return null;
    }
    return switch (value) {
      case Set<?> set when set.size() > 1 && !(set instanceof SequencedSet) ->
          "the order of a %s differs from run to run".formatted(set.getClass().getSimpleName());
      case Map<?, ?> map when map.size() > 1 && !(map instanceof SequencedMap) ->
          "the order of a %s differs from run to run".formatted(map.getClass().getSimpleName());
      case Collection<?> all -> ofElements(all, depth);
      case Map<?, ?> map -> {
        String reason = ofElements(map.keySet(), depth);
        yield reason == null ? ofElements(map.values(), depth) : reason;
      }
      case Map.Entry<?, ?> entry -> {
        String reason = unstable(entry.getKey(), depth - 1);
        yield reason == null ? unstable(entry.getValue(), depth - 1) : reason;
      }
      case Optional<?> one -> unstable(one.orElse(null), depth - 1);
      case Record record -> ofRecord(record, depth);
      default -> ofObject(value);
    };
  }

  /** The text of a record without a text of its own consists of the texts of its fields. */
  private static @Nullable String ofRecord(Record record, int depth) {
    for (Reader reader : RecordTexts.READERS.get(record.getClass())) {
      String reason = unstable(RecordTexts.value(reader, record), depth - 1);
      if (reason != null) {
        return reason;
      }
    }
    return null;
  }

  /** Reads one component of a record. */
  @FunctionalInterface
  private interface Reader {
    @Nullable Object read(Object record) throws ReflectiveOperationException;
  }

  /**
   * Reads the fields of records whose text Java makes from them. The accessors may return something
   * else, and serve only where the fields are closed to Cairn.
   */
  private static final class RecordTexts {
    /** The readers; none if the record has a text of its own, or its package is closed to Cairn. */
    static final ClassValue<List<Reader>> READERS =
        new ClassValue<>() {
          @Override
          protected List<Reader> computeValue(Class<?> record) {
            return isTextJavas(record)
                ? Arrays.stream(record.getRecordComponents())
                    .flatMap(component -> reader(record, component).stream())
                    .toList()
                : List.of();
          }
        };

    private static Optional<Reader> reader(Class<?> record, RecordComponent component) {
      try {
        Field field = record.getDeclaredField(component.getName());
        if (field.trySetAccessible()) {
          return Optional.of(field::get);
        }
      } catch (NoSuchFieldException e) {
        // A record of another language.
      }
      Method accessor = component.getAccessor();
      return accessor.trySetAccessible() ? Optional.of(accessor::invoke) : Optional.empty();
    }

    /** The compiler makes this method final, as nobody does by hand in a class that is final. */
    private static boolean isTextJavas(Class<?> record) {
      try {
        return Modifier.isFinal(record.getDeclaredMethod("toString").getModifiers());
      } catch (NoSuchMethodException e) {
        return false;
      }
    }

    static @Nullable Object value(Reader reader, Record record) {
      try {
        return reader.read(record);
      } catch (ReflectiveOperationException e) {
        return null;
      }
    }
  }

  private static @Nullable String ofElements(Collection<?> all, int depth) {
    for (Object element : all) {
      String reason = unstable(element, depth - 1);
      if (reason != null) {
        return reason;
      }
    }
    return null;
  }

  private static @Nullable String ofObject(Object value) {
    if (value.getClass().isArray()) {
      return "the text of an array differs in each attempt";
    }
    boolean isObjects =
        value
            .toString()
            .equals(value.getClass().getName() + "@" + Integer.toHexString(value.hashCode()));
    return isObjects
        ? "its class %s has no toString() of its own".formatted(value.getClass().getName())
        : null;
  }
}
