package dev.cairn.spi;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cairn.internal.json.StoredNumbers;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.deser.AbstractDeserializer;
import tools.jackson.databind.deser.SettableBeanProperty;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.bean.BeanDeserializerBase;
import tools.jackson.databind.deser.std.ContainerDeserializerBase;
import tools.jackson.databind.deser.std.ReferenceTypeDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.ser.BeanPropertyWriter;
import tools.jackson.databind.ser.PropertyWriter;
import tools.jackson.databind.ser.bean.BeanSerializerBase;

/*
 * A type is trusted if Jackson's own code writes and reads all that is in it, and that code is
 * known to keep it: the types below, enums whose every constant was written and read, lists, sets,
 * maps and arrays of trusted types, and records of such types. The only annotations of Jackson that
 * such a record may have are @JsonProperty, and @JsonCreator if it maps an object to its
 * properties. Values of any other type may be read back wrongly. With a mapper of the user's own,
 * no type is trusted, because the mapper may write anything in any way.
 */

/**
 * Decides once per type whether its values come back equal, and refuses types whose values never
 * do. Thread-safe.
 */
final class TypeCheck {
  private static final Set<Class<?>> EXACT =
      Set.of(
          boolean.class,
          Boolean.class,
          byte.class,
          Byte.class,
          short.class,
          Short.class,
          int.class,
          Integer.class,
          long.class,
          Long.class,
          char.class,
          Character.class,
          String.class,
          UUID.class,
          Instant.class,
          LocalDate.class,
          LocalTime.class,
          LocalDateTime.class,
          OffsetTime.class,
          OffsetDateTime.class,
          ZonedDateTime.class,
          Duration.class,
          Period.class);

  private static final Set<Class<?>> NUMBERS =
      Set.of(
          float.class, Float.class, double.class, Double.class, BigInteger.class, BigDecimal.class);

  private static final Set<Class<?>> COLLECTIONS =
      Set.of(List.class, ArrayList.class, Set.class, HashSet.class, LinkedHashSet.class);

  private static final Set<Class<?>> MAPS = Set.of(Map.class, HashMap.class, LinkedHashMap.class);

  private static final Set<Class<?>> KEYS =
      Set.of(String.class, Integer.class, Long.class, UUID.class);

  /** Longer texts may exceed the limits of a JSON reader, whatever their type. */
  private static final int TRUSTED_CHARACTERS_MAX = 50_000;

  private final JsonMapper mapper;
  private final boolean trusting;
  private final ConcurrentMap<Type, Trust> known = new ConcurrentHashMap<>();

  /**
   * @param trusting whether the mapper is known to write types as Jackson does by default
   */
  TypeCheck(JsonMapper mapper, boolean trusting) {
    this.mapper = mapper;
    this.trusting = trusting;
  }

  /**
   * Whether values of this type come back equal.
   *
   * @throws IllegalArgumentException if no value does, with the path to the cause
   */
  Trust of(Type type) {
    Trust trust = known.get(type);
    if (trust == null) {
      trust = new Walk(mapper._deserializationContext()).through(mapper.constructType(type));
      known.put(type, trust);
    }
    return trust;
  }

  /** Whether a value needs no check, because its type was checked and its JSON is ordinary. */
  boolean isTrusted(Type type, String json) {
    Trust trust = known.get(type);
    return (trust == Trust.TYPE || (trust == Trust.NUMBERS && !StoredNumbers.areIn(json)))
        && json.length() <= TRUSTED_CHARACTERS_MAX;
  }

  /** Walks through one type and all types within it. */
  private final class Walk {
    private final DeserializationContext context;
    private final Set<JavaType> open = new HashSet<>();

    Walk(DeserializationContext context) {
      this.context = context;
    }

    Trust through(JavaType type) {
      return of(type, null, "");
    }

    private Trust of(JavaType type, @Nullable ValueDeserializer<?> known, String path) {
      if (!open.add(type)) {
        // A type that contains itself: its components are already being checked.
        return Trust.TYPE;
      }
      try {
        ValueDeserializer<?> reader = known == null ? reader(type, path) : known;
        return ofReader(type, reader, path);
      } finally {
        open.remove(type);
      }
    }

    private ValueDeserializer<?> reader(JavaType type, String path) {
      try {
        return context.findContextualValueDeserializer(type, null);
      } catch (JacksonException e) {
        throw refusal(type, path, e.getOriginalMessage());
      }
    }

    private Trust ofReader(JavaType type, ValueDeserializer<?> reader, String path) {
      boolean isNamed = isNamed(type, path);
      if (isNamed && type.getRawClass().isSealed()) {
        for (Class<?> each : type.getRawClass().getPermittedSubclasses()) {
          of(context.constructType(each), null, path);
        }
      }
      if (reader instanceof AbstractDeserializer) {
        if (!isNamed) {
          throw refusal(
              type,
              path,
              "JSON does not say which class it is: seal it with final classes or records only,"
                  + " annotate it with @JsonTypeInfo, or declare a class");
        }
        return Trust.VALUE;
      }
      Trust trust = ofContents(type, reader, path);
      return isNamed || !trusting ? Trust.VALUE : trust;
    }

    private boolean isNamed(JavaType type, String path) {
      try {
        return context.findTypeDeserializer(type) != null;
      } catch (JacksonException e) {
        throw refusal(type, path, e.getOriginalMessage());
      }
    }

    private Trust ofContents(JavaType type, ValueDeserializer<?> reader, String path) {
      Class<?> raw = type.getRawClass();
      if (reader instanceof BeanDeserializerBase bean) {
        return ofProperties(type, bean, path);
      }
      if (reader instanceof ContainerDeserializerBase<?> container) {
        return ofContainer(type, container, path);
      }
      if (reader instanceof ReferenceTypeDeserializer<?>) {
        of(type.getReferencedType(), null, path);
        return Trust.VALUE;
      }
      if (type.isEnumType()) {
        return ofConstants(type, path);
      }
      if (!isJacksons(reader) || !isJacksons(writer(type))) {
        return Trust.VALUE;
      }
      if (EXACT.contains(raw) || (raw.isArray() && raw.getComponentType().isPrimitive())) {
        return raw == double[].class || raw == float[].class ? Trust.NUMBERS : Trust.TYPE;
      }
      return NUMBERS.contains(raw) ? Trust.NUMBERS : Trust.VALUE;
    }

    private Trust ofContainer(JavaType type, ContainerDeserializerBase<?> reader, String path) {
      JavaType content = type.getContentType();
      if (content == null) {
        return Trust.VALUE;
      }
      Trust contents = of(content, reader.getContentDeserializer(), path + "[]");
      Class<?> raw = type.getRawClass();
      boolean isKnown =
          isJacksons(reader)
              && (raw.isArray()
                  || COLLECTIONS.contains(raw)
                  || (MAPS.contains(raw) && KEYS.contains(type.getKeyType().getRawClass())));
      return isKnown ? contents : Trust.VALUE;
    }

    private Trust ofProperties(JavaType type, BeanDeserializerBase reader, String path) {
      ValueSerializer<?> writer = writer(type);
      if (writer instanceof BeanSerializerBase && !canBeMade(reader.getValueInstantiator())) {
        throw refusal(
            type,
            path,
            "no constructor fits its JSON: make it a record, annotate a constructor with"
                + " @JsonCreator, or add one without parameters");
      }
      Trust trust = isPlainRecord(type, reader, writer) ? Trust.TYPE : Trust.VALUE;
      for (var all = reader.properties(); all.hasNext(); ) {
        SettableBeanProperty property = all.next();
        String name = property.getName();
        Trust contents =
            property.hasValueTypeDeserializer()
                ? Trust.VALUE
                : of(
                    property.getType(),
                    property.hasValueDeserializer() ? property.getValueDeserializer() : null,
                    path.isEmpty() ? name : path + "." + name);
        trust = trust.and(contents);
      }
      return trust;
    }

    private static boolean canBeMade(ValueInstantiator instantiator) {
      return instantiator.canCreateUsingDefault()
          || instantiator.canCreateUsingDelegate()
          || instantiator.canCreateUsingArrayDelegate()
          || instantiator.canCreateFromObjectWith();
    }

    /**
     * Checks each constant, because constants may have the same text, for example by {@code
     * toString()}.
     */
    private Trust ofConstants(JavaType type, String path) {
      for (Object constant : type.getRawClass().getEnumConstants()) {
        try {
          String json = mapper.writeValueAsString(constant);
          Object back = mapper.readValue(json, type);
          if (!constant.equals(back)) {
            throw refusal(
                type,
                path,
                "%s is written as %s, which is read as %s: give each constant a text of its own"
                    .formatted(((Enum<?>) constant).name(), json, back));
          }
        } catch (JacksonException e) {
          throw refusal(type, path, e.getOriginalMessage());
        }
      }
      return Trust.TYPE;
    }

    /**
     * The serializer of a type; null if there is none, because a program that only reads the type
     * need not be able to write it.
     */
    private @Nullable ValueSerializer<?> writer(JavaType type) {
      try {
        return mapper._serializationContext().findValueSerializer(type);
      } catch (JacksonException e) {
        return null;
      }
    }
  }

  private static boolean isPlainRecord(
      JavaType type, BeanDeserializerBase reader, @Nullable ValueSerializer<?> writer) {
    Class<?> raw = type.getRawClass();
    if (writer == null || !raw.isRecord() || !isJacksons(reader) || !isJacksons(writer)) {
      return false;
    }
    var written = new HashSet<String>();
    for (var all = writer.properties(); all.hasNext(); ) {
      PropertyWriter property = all.next();
      if (property.getClass() != BeanPropertyWriter.class) {
        return false;
      }
      written.add(property.getName());
    }
    var read = new HashSet<String>();
    reader.properties().forEachRemaining(property -> read.add(property.getName()));
    RecordComponent[] components = raw.getRecordComponents();
    return written.equals(read) && read.size() == components.length && !isAnnotated(raw);
  }

  /** Whether Jackson's annotations may change how a record is written or read. */
  private static boolean isAnnotated(Class<?> record) {
    Constructor<?>[] constructors = record.getDeclaredConstructors();
    return Stream.of(
            Stream.of((AnnotatedElement) record),
            Arrays.stream(record.getDeclaredMethods()),
            Arrays.stream(record.getDeclaredFields()),
            Arrays.stream(constructors),
            Arrays.stream(constructors).flatMap(each -> Arrays.stream(each.getParameters())))
        .flatMap(each -> each)
        .anyMatch(element ->
            Arrays.stream(element.getAnnotations())
                .anyMatch(annotation -> mayChange(element, annotation)));
  }

  private static boolean mayChange(AnnotatedElement element, Annotation annotation) {
    return switch (annotation) {
      case JsonProperty name -> false;
      case JsonCreator creator -> !isBesideObjects(element, creator);
      default ->
          isOfJackson(annotation)
              || Arrays.stream(annotation.annotationType().getAnnotations())
                  .anyMatch(TypeCheck::isOfJackson);
    };
  }

  /** Also of an annotation that bundles others, with {@code @JacksonAnnotationsInside}. */
  private static boolean isOfJackson(Annotation annotation) {
    return annotation.annotationType().getName().contains(".jackson.");
  }

  /** Whether a creator takes the properties one by one, or a value that is not an object. */
  private static boolean isBesideObjects(AnnotatedElement element, JsonCreator creator) {
    return switch (element) {
      case Constructor<?> constructor -> creator.mode() == JsonCreator.Mode.PROPERTIES;
      case Method method ->
          creator.mode() == JsonCreator.Mode.DELEGATING
              && method.getParameterCount() == 1
              && (method.getParameterTypes()[0].isPrimitive()
                  || method.getParameterTypes()[0] == String.class);
      default -> false;
    };
  }

  /** Whether the code that reads or writes a type belongs to Jackson itself, or to this codec. */
  private static boolean isJacksons(@Nullable Object readerOrWriter) {
    if (readerOrWriter == null) {
      return false;
    }
    String name = readerOrWriter.getClass().getName();
    return name.startsWith("tools.jackson.databind.") || name.startsWith("dev.cairn.spi.");
  }

  private static IllegalArgumentException refusal(JavaType type, String path, String why) {
    String where = path.isEmpty() ? "" : "field '%s': ".formatted(path);
    return new IllegalArgumentException(
        "%svalues of type %s could not be read back: %s".formatted(where, type.toCanonical(), why));
  }
}
