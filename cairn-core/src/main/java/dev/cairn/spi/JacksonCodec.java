package dev.cairn.spi;

import java.lang.reflect.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The default codec: Jackson 3, with {@code java.time} as ISO 8601 texts. Cursors and results keep
 * offsets and time zones too, and which record of a sealed type they are, as property {@code
 * @type}. Thread-safe.
 */
public final class JacksonCodec implements JsonCodec {
  private final JsonMapper lenient;
  private final JsonMapper strict;
  private final JsonMapper foreign;

  private final UniqueEncoder unique;

  // To find out how a type is read takes longer than to read a small record.
  private final Map<Class<?>, ObjectReader> readers = new ConcurrentHashMap<>();

  private JacksonCodec(JsonMapper mapper) {
    this.lenient =
        mapper.rebuild().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
    this.strict =
        mapper
            .rebuild()
            .enable(
                DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID)
            .disable(DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
            // One record asked for by name was perhaps written without the name of its type, by Go.
            .disable(MapperFeature.REQUIRE_TYPE_ID_FOR_SUBTYPES)
            .annotationIntrospector(
                AnnotationIntrospector.pair(
                    mapper.serializationConfig().getAnnotationIntrospector(), new SealedTypes()))
            .build();
    this.unique = new UniqueEncoder(lenient);
    this.foreign =
        strict.rebuild().disable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES).build();
  }

  /** With Jackson's defaults. */
  public static JacksonCodec create() {
    return new JacksonCodec(JsonMapper.builder().build());
  }

  /** With the modules and settings of your own mapper, but for what each method here promises. */
  public static JacksonCodec of(JsonMapper mapper) {
    return new JacksonCodec(mapper);
  }

  @Override
  public String encode(@Nullable Object value) {
    return write(lenient, value);
  }

  @Override
  public String encodeExactly(@Nullable Object value) {
    return write(strict, value);
  }

  @Override
  public String encodeUnique(Object args) {
    try {
      return unique.encode(args);
    } catch (JacksonException e) {
      throw unfit(e);
    }
  }

  @Override
  public void requireUnique(Class<?> argsType) {
    try {
      unique.require(argsType);
    } catch (JacksonException e) {
      throw unfit(e);
    }
  }

  private static String write(JsonMapper mapper, @Nullable Object value) {
    try {
      return mapper.writeValueAsString(value);
    } catch (JacksonException e) {
      throw unfit(e);
    }
  }

  @Override
  public <T> T decode(String json, Class<T> type) {
    try {
      T value = readers.computeIfAbsent(type, lenient::readerFor).readValue(json);
      if (value == null) {
        throw new IllegalArgumentException("null where an object is needed");
      }
      return value;
    } catch (JacksonException e) {
      throw unfit(e);
    }
  }

  @Override
  public @Nullable Object decodeExactly(String json, Type type) {
    return read(strict, json, type);
  }

  @Override
  public @Nullable Object decodeForeign(String json, Type type) {
    return read(foreign, json, type);
  }

  private static @Nullable Object read(JsonMapper mapper, String json, Type type) {
    try {
      return mapper.readValue(json, mapper.constructType(type));
    } catch (JacksonException e) {
      throw unfit(e);
    }
  }

  private static IllegalArgumentException unfit(JacksonException e) {
    String path =
        e instanceof DatabindException databind
            ? databind.getPath().stream()
                .map(step ->
                    step.getPropertyName() == null
                        ? "[" + step.getIndex() + "]"
                        : step.getPropertyName())
                .collect(Collectors.joining("."))
            : "";
    String where = path.isEmpty() ? "" : "field '%s': ".formatted(path);
    return new IllegalArgumentException(where + e.getOriginalMessage(), e);
  }
}
