package dev.cairn.spi;

import java.lang.reflect.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.MapperBuilder;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/**
 * The default codec: Jackson 3, with {@code java.time} as ISO 8601 texts, offsets and time zones
 * included. Fields of a sealed type name the class of their value, as property {@code @type}.
 * Thread-safe.
 *
 * <p>A value comes back equal, or it is refused. A type whose values never come back equal is
 * refused as soon as the codec meets it. Any other value is refused when it is encoded. {@code
 * docs/values.md} lists the types. Codecs of {@link #create()} trust the types that are known to
 * come back equal. All other values are read back once before they are stored, and so are all
 * values that your own mapper writes.
 */
public final class JacksonCodec implements JsonCodec {
  /** More digits than jsonb can hold. */
  private static final int NUMBER_CHARACTERS_MAX = 150_000;

  private final Format lenient;
  private final Format strict;
  private final JsonMapper foreign;
  private final UniqueEncoder unique;

  /**
   * Whether whole numbers are written by their digits, as they are unless a module changes that.
   */
  private final boolean writesDigits;

  // To find out how a type is read takes longer than to read a small record.
  private final Map<Class<?>, ObjectReader> readers = new ConcurrentHashMap<>();
  private final Map<Type, ObjectWriter> writers = new ConcurrentHashMap<>();

  /** How values are written and read, and what is known about their types. */
  private record Format(
      JsonMapper mapper, ObjectWriter writer, TypeCheck types, ValueCheck values) {
    static Format of(JsonMapper mapper, boolean trusting, boolean byAmount) {
      var types = new TypeCheck(mapper, trusting);
      var values = new ValueCheck(mapper, types, new Comparison(mapper, byAmount));
      return new Format(mapper, mapper.writer(), types, values);
    }
  }

  private JacksonCodec(JsonMapper lenient, JsonMapper strict, boolean trusting) {
    this.lenient = Format.of(lenient, trusting, true);
    this.strict = Format.of(strict, trusting, false);
    this.foreign =
        strict.rebuild().disable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES).build();
    this.unique = new UniqueEncoder(lenient);
    this.writesDigits =
        trusting
            && LongStream.of(0, -1, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE)
                .allMatch(number -> write(this.strict.writer(), number).equals("" + number))
            && write(this.strict.writer(), Integer.MAX_VALUE).equals("" + Integer.MAX_VALUE);
  }

  /**
   * A codec with Jackson's defaults and the modules on the class path, for example for Kotlin:
   * those that {@link java.util.ServiceLoader} finds from the thread's context class loader.
   */
  public static JacksonCodec create() {
    JsonMapper mapper =
        JsonMapper.builder(
                JsonFactory.builder()
                    .streamReadConstraints(
                        StreamReadConstraints.builder()
                            .maxNumberLength(NUMBER_CHARACTERS_MAX)
                            .build())
                    .build())
            .addModules(MapperBuilder.findModules(Thread.currentThread().getContextClassLoader()))
            .addModule(ExactTypes.forAll())
            .build();
    JsonMapper strict =
        strict(mapper)
            .addModule(ExactTypes.forOwnUse())
            .withCoercionConfig(
                LogicalType.Float,
                config -> config.setCoercion(CoercionInputShape.String, CoercionAction.TryConvert))
            .build();
    return new JacksonCodec(lenient(mapper), strict, true);
  }

  /**
   * A codec with the modules and settings of your own mapper, except where a method here promises
   * something else. No module is added, and every value is read back before it is stored.
   */
  public static JacksonCodec of(JsonMapper mapper) {
    return new JacksonCodec(lenient(mapper), strict(mapper).build(), false);
  }

  private static JsonMapper lenient(JsonMapper mapper) {
    return withZones(mapper, new SealedTypes(true))
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .build();
  }

  private static JsonMapper.Builder strict(JsonMapper mapper) {
    return withZones(mapper, new SealedTypes(false))
        .enable(
            DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
            DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
            DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
            DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        // Values that a record computes beside its components could not be read again.
        .enable(MapperFeature.INFER_RECORD_GETTERS_FROM_COMPONENTS_ONLY)
        // If one record is requested by its class, Go may have written it without the name of its
        // type.
        .disable(MapperFeature.REQUIRE_TYPE_ID_FOR_SUBTYPES);
  }

  private static JsonMapper.Builder withZones(JsonMapper mapper, SealedTypes sealedTypes) {
    return mapper
        .rebuild()
        .enable(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID)
        .disable(
            DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE,
            DateTimeFeature.NORMALIZE_DESERIALIZED_ZONE_ID)
        .annotationIntrospector(
            AnnotationIntrospector.pair(
                mapper.serializationConfig().getAnnotationIntrospector(), sealedTypes));
  }

  @Override
  public void requireArguments(Class<?> type) {
    Trust ignored = lenient.types().of(type);
  }

  @Override
  public void requireExact(Type type) {
    Trust ignored = strict.types().of(type);
  }

  @Override
  public String encode(@Nullable Object value) {
    String json = write(lenient.writer(), value);
    lenient.values().require(value, json);
    return json;
  }

  @Override
  public String encodeExactly(@Nullable Object value) {
    return value != null && isWholeNumber(value) ? value.toString() : write(strict.writer(), value);
  }

  @Override
  public String encodeUnique(Object args) {
    try {
      return unique.encode(args);
    } catch (JacksonException e) {
      throw unfit("", e);
    }
  }

  @Override
  public void requireUnique(Class<?> argsType) {
    try {
      unique.require(argsType);
    } catch (JacksonException e) {
      throw unfit("", e);
    }
  }

  @Override
  public String encodeExactly(@Nullable Object value, Type type) {
    if (value != null && isWholeNumber(value) && type == value.getClass()) {
      return value.toString();
    }
    String json = write(writer(type), value);
    strict.values().require(value, json, type);
    return json;
  }

  /** Most positions are: each item of a loop has one. */
  private boolean isWholeNumber(Object value) {
    return writesDigits && (value instanceof Long || value instanceof Integer);
  }

  /** What a type parameter stands for is known only from outside of the value. */
  private ObjectWriter writer(Type type) {
    return type instanceof Class<?>
        ? strict.writer()
        : writers.computeIfAbsent(
            type, each -> strict.mapper().writerFor(strict.mapper().constructType(each)));
  }

  private static String write(ObjectWriter writer, @Nullable Object value) {
    try {
      return writer.writeValueAsString(value);
    } catch (JacksonException e) {
      throw unfit("", e);
    }
  }

  @Override
  public <T> T decode(String json, Class<T> type) {
    try {
      T value = readers.computeIfAbsent(type, lenient.mapper()::readerFor).readValue(json);
      if (value == null) {
        throw new IllegalArgumentException("null instead of an object");
      }
      return value;
    } catch (JacksonException e) {
      throw unfit("", e);
    }
  }

  @Override
  public @Nullable Object decodeExactly(String json, Type type) {
    return read(strict.mapper(), json, type);
  }

  @Override
  public @Nullable Object decodeForeign(String json, Type type) {
    return read(foreign, json, type);
  }

  private static @Nullable Object read(JsonMapper mapper, String json, Type type) {
    try {
      return mapper.readValue(json, mapper.constructType(type));
    } catch (JacksonException e) {
      throw unfit("", e);
    }
  }

  /** An exception that says where and why a value does not fit. */
  static IllegalArgumentException unfit(String what, JacksonException e) {
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
    return new IllegalArgumentException(where + what + e.getOriginalMessage() + wayOut(e), e);
  }

  private static String wayOut(JacksonException e) {
    return e.getCause() instanceof IllegalAccessException
        ? ": open its package to tools.jackson.databind in module-info.java"
        : "";
  }
}
