package dev.cairn.image;

import dev.cairn.Cairn;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.ValueSerializerModifier;

/**
 * Watches every codec of the tests: a type of Cairn's own that Jackson binds by reflection fails
 * its test unless the metadata for native images names it. There is no GraalVM in the build whose
 * agent could find out.
 */
public final class BoundTypes extends SimpleModule {
  private static final long serialVersionUID = 1;

  private static final Set<Class<?>> SEEN = ConcurrentHashMap.newKeySet();

  /** For the {@link java.util.ServiceLoader}. */
  public BoundTypes() {
    this(ReachabilityMetadata.read()::binds);
  }

  BoundTypes(Predicate<Class<?>> registered) {
    super("bound types");
    setDeserializerModifier(new Readers(registered));
    setSerializerModifier(new Writers(registered));
  }

  /** The types of Cairn's own that were bound in this JVM. */
  static Set<Class<?>> seen() {
    return SEEN;
  }

  private static void require(Class<?> type, Predicate<Class<?>> registered) {
    if (!isOurs(type)) {
      return;
    }
    SEEN.add(type);
    if (!registered.test(type)) {
      throw new AssertionError(
          "Jackson binds %s, and no native image could: add it to reachability-metadata.json"
              .formatted(type.getName()));
    }
  }

  /** Not a type of a test. */
  static boolean isOurs(Class<?> type) {
    return type.getProtectionDomain().equals(Cairn.class.getProtectionDomain());
  }

  private static final class Readers extends ValueDeserializerModifier {
    private static final long serialVersionUID = 1;

    private final transient Predicate<Class<?>> registered;

    Readers(Predicate<Class<?>> registered) {
      this.registered = registered;
    }

    @Override
    public ValueDeserializer<?> modifyDeserializer(
        DeserializationConfig config,
        BeanDescription.Supplier type,
        ValueDeserializer<?> deserializer) {
      require(type.getBeanClass(), registered);
      return deserializer;
    }
  }

  private static final class Writers extends ValueSerializerModifier {
    private static final long serialVersionUID = 1;

    private final transient Predicate<Class<?>> registered;

    Writers(Predicate<Class<?>> registered) {
      this.registered = registered;
    }

    @Override
    public ValueSerializer<?> modifySerializer(
        SerializationConfig config, BeanDescription.Supplier type, ValueSerializer<?> serializer) {
      require(type.getBeanClass(), registered);
      return serializer;
    }
  }
}
