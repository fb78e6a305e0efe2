package dev.cairn.spi;

import dev.cairn.Unique;
import java.lang.reflect.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsonFormatVisitors.JsonFormatVisitorWrapper;
import tools.jackson.databind.jsonFormatVisitors.JsonObjectFormatVisitor;
import tools.jackson.databind.ser.PropertyWriter;
import tools.jackson.databind.ser.bean.BeanAsArraySerializer;
import tools.jackson.databind.ser.bean.UnrolledBeanAsArraySerializer;

/**
 * Finds the properties that have {@link Unique}, by the names that a mapper writes. A mark that is
 * on no property is refused: if it were ignored, different jobs would count as duplicates.
 * Thread-safe.
 */
final class UniqueMarks {
  private final JsonMapper mapper;
  private final Map<Class<?>, Properties> known = new ConcurrentHashMap<>();

  UniqueMarks(JsonMapper mapper) {
    this.mapper = mapper;
  }

  /**
   * The properties of a class and their marks.
   *
   * @param names the names of all properties
   * @param marked the names of those that are marked
   * @param hasMarks whether these properties, or properties within them, are marked
   */
  record Properties(Set<String> names, Set<String> marked, boolean hasMarks) {
    static final Properties NONE = new Properties(Set.of(), Set.of(), false);
  }

  /**
   * The properties of a class.
   *
   * @throws IllegalArgumentException if a mark on it, or on a class of its properties, cannot be
   *     honoured
   */
  Properties of(Class<?> type) {
    Properties properties = known.get(type);
    if (properties == null) {
      properties = find(type);
      known.put(type, properties);
    }
    return properties;
  }

  private Properties find(Class<?> type) {
    if (isOfJava(type)) {
      return Properties.NONE;
    }
    var names = new LinkedHashSet<String>();
    var marked = new HashSet<String>();
    mapper.acceptJsonFormatVisitor(
        type,
        new JsonFormatVisitorWrapper.Base() {
          @Override
          public JsonObjectFormatVisitor expectObjectFormat(JavaType ignored) {
            return new JsonObjectFormatVisitor.Base(getContext()) {
              @Override
              public void property(BeanProperty property) {
                names.add(property.getName());
                if (property.getAnnotation(Unique.class) != null) {
                  marked.add(property.getName());
                }
              }

              @Override
              public void optionalProperty(BeanProperty property) {
                property(property);
              }
            };
          }
        });
    return new Properties(
        Collections.unmodifiableSet(names),
        Set.copyOf(marked),
        hasMarks(mapper.constructType(type)));
  }

  /** Searches all types that values of this type can contain. */
  private boolean hasMarks(JavaType root) {
    boolean found = false;
    var seen = new HashSet<JavaType>();
    var open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      JavaType type = open.pop();
      if (!seen.add(type)) {
        continue;
      }
      if (type.getContentType() != null) {
        open.push(type.getContentType());
      }
      if (!isOfJava(type.getRawClass())) {
        List<PropertyWriter> properties = writers(type);
        found |= MarkedMembers.of(type.getRawClass()).require(properties);
        properties.forEach(property -> open.push(property.getType()));
        subtypes(type.getRawClass()).forEach(subtype -> open.push(mapper.constructType(subtype)));
      }
    }
    return found;
  }

  /** The properties of a type; none if it is written without names, or cannot be written. */
  private List<PropertyWriter> writers(JavaType type) {
    var writers = new ArrayList<PropertyWriter>();
    try {
      ValueSerializer<?> serializer =
          mapper._serializationContext().findPrimaryPropertySerializer(type, null);
      if (!(serializer instanceof BeanAsArraySerializer
          || serializer instanceof UnrolledBeanAsArraySerializer)) {
        serializer.properties().forEachRemaining(writers::add);
      }
    } catch (JacksonException e) {
      // If there are values of this type, they are found when arguments are written.
      return List.of();
    }
    return writers;
  }

  private static Set<Type> subtypes(Class<?> type) {
    return type.isSealed() ? Set.of(type.getPermittedSubclasses()) : Set.of();
  }

  private static boolean isOfJava(Class<?> type) {
    return type.isPrimitive() || type.isArray() || type.getName().startsWith("java.");
  }
}
