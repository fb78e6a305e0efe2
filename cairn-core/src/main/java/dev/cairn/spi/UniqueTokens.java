package dev.cairn.spi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.Base64Variant;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.util.JsonGeneratorDelegate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.util.TokenBuffer;

/**
 * Arguments as tokens of JSON, with the Java type of each object and array: JSON itself does not
 * distinguish a map from a record, or a set from a list. Used by one thread.
 */
final class UniqueTokens extends JsonGeneratorDelegate {
  private final UniqueMarks marks;
  private final List<Level> levels = new ArrayList<>();
  private boolean inTime;

  /**
   * The Java type of an object or array.
   *
   * @param sorted whether its order has no meaning, as with a map or a set
   * @param properties the properties of its class; none for maps and arrays
   */
  record Level(boolean sorted, UniqueMarks.Properties properties) {
    static final Level AS_WRITTEN = new Level(false, UniqueMarks.Properties.NONE);
    static final Level SORTED = new Level(true, UniqueMarks.Properties.NONE);
  }

  UniqueTokens(ObjectWriteContext context, UniqueMarks marks) {
    super(new TokenBuffer(context, false), false);
    this.marks = marks;
  }

  JsonParser parser() {
    return ((TokenBuffer) delegate()).asParser();
  }

  /** The objects and arrays in the order in which they begin. */
  Iterator<Level> levels() {
    return levels.iterator();
  }

  /** Runs code that writes a time. */
  static void asTime(JsonGenerator generator, Runnable writing) {
    if (generator instanceof UniqueTokens tokens) {
      tokens.inTime = true;
      try {
        writing.run();
      } finally {
        tokens.inTime = false;
      }
    } else {
      writing.run();
    }
  }

  @Override
  public JsonGenerator writeString(@Nullable String value) {
    return super.writeString(inTime && value != null ? GoTimes.text(value) : value);
  }

  @Override
  public JsonGenerator writeStartObject() {
    levels.add(Level.AS_WRITTEN);
    return super.writeStartObject();
  }

  @Override
  public JsonGenerator writeStartObject(@Nullable Object value) {
    levels.add(ofObject(value));
    return super.writeStartObject(value);
  }

  @Override
  public JsonGenerator writeStartObject(@Nullable Object value, int size) {
    levels.add(ofObject(value));
    return super.writeStartObject(value, size);
  }

  @Override
  public JsonGenerator writeStartArray() {
    levels.add(Level.AS_WRITTEN);
    return super.writeStartArray();
  }

  @Override
  public JsonGenerator writeStartArray(@Nullable Object value) {
    levels.add(ofArray(value));
    return super.writeStartArray(value);
  }

  @Override
  public JsonGenerator writeStartArray(@Nullable Object value, int size) {
    levels.add(ofArray(value));
    return super.writeStartArray(value, size);
  }

  private Level ofObject(@Nullable Object value) {
    if (value == null) {
      return Level.AS_WRITTEN;
    }
    UniqueMarks.Properties properties =
        value instanceof JsonNode ? UniqueMarks.Properties.NONE : marks.of(value.getClass());
    if (properties.names().isEmpty()) {
      return value instanceof Map || value instanceof JsonNode ? Level.SORTED : Level.AS_WRITTEN;
    }
    return new Level(false, properties);
  }

  private Level ofArray(@Nullable Object value) {
    if (value instanceof Set) {
      return Level.SORTED;
    }
    if (value != null && isBean(value) && !marks.of(value.getClass()).marked().isEmpty()) {
      throw new IllegalArgumentException(
          ("%s has properties with @Unique, but is encoded as an array here, which has no "
                  + "properties: remove @JsonFormat(shape = ARRAY), or mark what holds it [CAIRN-111]")
              .formatted(value.getClass().getName()));
    }
    return Level.AS_WRITTEN;
  }

  private static boolean isBean(Object value) {
    return !(value instanceof Collection || value instanceof JsonNode)
        && !value.getClass().isArray();
  }

  @Override
  public JsonGenerator writeArray(int[] array, int from, int length) {
    writeStartArray(array, length);
    for (int i = from; i < from + length; i++) {
      writeNumber(array[i]);
    }
    return writeEndArray();
  }

  @Override
  public JsonGenerator writeArray(long[] array, int from, int length) {
    writeStartArray(array, length);
    for (int i = from; i < from + length; i++) {
      writeNumber(array[i]);
    }
    return writeEndArray();
  }

  @Override
  public JsonGenerator writeArray(double[] array, int from, int length) {
    writeStartArray(array, length);
    for (int i = from; i < from + length; i++) {
      writeNumber(array[i]);
    }
    return writeEndArray();
  }

  @Override
  public JsonGenerator writeArray(String[] array, int from, int length) {
    writeStartArray(array, length);
    for (int i = from; i < from + length; i++) {
      writeString(array[i]);
    }
    return writeEndArray();
  }

  @Override
  public JsonGenerator writeBinary(Base64Variant variant, byte[] bytes, int from, int length) {
    return writeString(variant.encode(Arrays.copyOfRange(bytes, from, from + length)));
  }

  @Override
  public JsonGenerator writeRawValue(String json) {
    try (JsonParser tokens = UniqueText.parser(json)) {
      while (tokens.nextToken() != null) {
        if (tokens.currentToken() == JsonToken.VALUE_NUMBER_FLOAT) {
          writeNumber(tokens.getString());
        } else {
          copyCurrentEvent(tokens);
        }
      }
    }
    return this;
  }
}
