package dev.cairn.testing;

import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.AbstractCollection;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A copy of the effect of a job at one moment. A test may return the same collections that its
 * worker fills in each run, because a copy does not change with them.
 *
 * @param handedOut the object that the test returned; only its outermost collection or map is a
 *     copy
 * @param value the same for comparisons: collections, maps, arrays and components of records are
 *     copied at every depth
 * @param hash the hash of {@code value} when the copy was made
 */
record EffectCopy(@Nullable Object handedOut, @Nullable Object value, int hash) {
  static EffectCopy of(@Nullable Object effect) {
    Object value = copy(effect);
    return new EffectCopy(shallow(effect), value, Objects.hashCode(value));
  }

  /** For the assertions of users, who expect the types that they returned. */
  private static @Nullable Object shallow(@Nullable Object effect) {
    return switch (effect) {
      case List<?> list -> Collections.unmodifiableList(new ArrayList<>(list));
      case Set<?> set ->
          Collections.unmodifiableSet(new LinkedHashSet<>(Arrays.asList(set.toArray())));
      case Collection<?> other -> Collections.unmodifiableCollection(new ArrayList<>(other));
      case Map<?, ?> map -> Collections.unmodifiableMap(new LinkedHashMap<>(map));
      case null, default -> effect;
    };
  }

  private static @Nullable Object copy(@Nullable Object effect) {
    return switch (effect) {
      case List<?> list -> copies(list);
      case Set<?> set -> Collections.unmodifiableSet(new LinkedHashSet<>(copies(set)));
      case Collection<?> other -> new Unordered(copies(other));
      case Map<?, ?> map -> {
        var copy = new LinkedHashMap<@Nullable Object, @Nullable Object>();
        map.forEach((key, value) -> copy.put(copy(key), copy(value)));
        yield Collections.unmodifiableMap(copy);
      }
      case Map.Entry<?, ?> entry ->
          new SimpleImmutableEntry<>(copy(entry.getKey()), copy(entry.getValue()));
      case Optional<?> optional ->
          optional.isPresent() ? Optional.ofNullable(copy(optional.get())) : optional;
      case Record components -> copy(components);
      case null -> null;
      case Object array when array.getClass().isArray() ->
          copies(
              IntStream.range(0, Array.getLength(array))
                  .mapToObj(i -> Array.get(array, i))
                  .toList());
      case Object other -> other;
    };
  }

  /** Not by an iterator: a thread that the job has left behind may still add to the collection. */
  private static List<@Nullable Object> copies(Collection<?> elements) {
    var copies = new ArrayList<@Nullable Object>();
    for (Object element : elements.toArray()) {
      copies.add(copy(element));
    }
    return Collections.unmodifiableList(copies);
  }

  /**
   * One of which nothing can change stays what it is, and so does one with an equals of its own.
   */
  @SuppressWarnings("ReferenceEquality") // whether it is another object
  private static Object copy(Record components) {
    if (!hasGeneratedEquals(components)) {
      return components;
    }
    var copies = new ArrayList<@Nullable Object>();
    boolean changes = false;
    for (Object value : values(components)) {
      Object copy = copy(value);
      changes |= copy != value;
      copies.add(copy);
    }
    return changes ? new RecordCopy(components.getClass(), copies) : components;
  }

  private static List<@Nullable Object> values(Record components) {
    var values = new ArrayList<@Nullable Object>();
    try {
      for (RecordComponent component : components.getClass().getRecordComponents()) {
        component.getAccessor().setAccessible(true);
        values.add(component.getAccessor().invoke(components));
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      // Its module or its accessor does not let us: its hash tells whether it changes.
      return List.of();
    }
    return values;
  }

  /** A record with something in it that can change. */
  private record RecordCopy(Class<?> type, List<@Nullable Object> values) {
    @Override
    public String toString() {
      RecordComponent[] components = type.getRecordComponents();
      return IntStream.range(0, components.length)
          .mapToObj(i -> components[i].getName() + "=" + values.get(i))
          .collect(Collectors.joining(", ", type.getSimpleName() + "[", "]"));
    }
  }

  /** A collection that is neither a list nor a set, such as a queue: its order does not count. */
  private static final class Unordered extends AbstractCollection<@Nullable Object> {
    private final List<@Nullable Object> elements;

    Unordered(List<@Nullable Object> elements) {
      this.elements = elements;
    }

    @Override
    public Iterator<@Nullable Object> iterator() {
      return elements.iterator();
    }

    @Override
    public int size() {
      return elements.size();
    }

    private Map<@Nullable Object, Integer> counts() {
      var counts = new HashMap<@Nullable Object, Integer>();
      elements.forEach(element -> counts.merge(element, 1, Integer::sum));
      return counts;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Unordered others && counts().equals(others.counts());
    }

    @Override
    public int hashCode() {
      return counts().hashCode();
    }
  }

  /** Whether the job has visibly done more between this copy and a later one. */
  boolean differsFrom(EffectCopy later) {
    return withoutEquals(value).isEmpty()
        && (hasChanged() || EffectDifference.between(value, later.value, 0) != null);
  }

  /** Something in it is no copy, and the job has changed it since. */
  private boolean hasChanged() {
    return hash != Objects.hashCode(value);
  }

  /**
   * Refuses an effect that would be compared with itself.
   *
   * @throws IllegalStateException if a comparison with this copy proves nothing
   */
  void requireComparable() {
    Optional<Class<?>> type = withoutEquals(value);
    if (type.isPresent()) {
      throw new IllegalStateException(
          "the effect has a %s in it, which has no equals of its own, so no comparison would find a difference in it: let effect(...) hand out its value [CAIRN-815]"
              .formatted(type.get().getName()));
    }
    if (hasChanged()) {
      throw new IllegalStateException(
          "the effect of the undisturbed run has been changed by later runs, to %s, so no comparison would find a difference: let effect(...) hand out a copy [CAIRN-815]"
              .formatted(value));
    }
  }

  /** The type of a part that equals only itself; empty if there is none. */
  private static Optional<Class<?>> withoutEquals(@Nullable Object copy) {
    return switch (copy) {
      case null -> Optional.empty();
      case Collection<?> all -> firstWithoutEquals(all.stream());
      case Map<?, ?> map ->
          firstWithoutEquals(Stream.concat(map.keySet().stream(), map.values().stream()));
      case Map.Entry<?, ?> entry -> firstWithoutEquals(Stream.of(entry.getKey(), entry.getValue()));
      case RecordCopy components -> firstWithoutEquals(components.values().stream());
      case Optional<?> optional -> firstWithoutEquals(optional.stream());
      case Record components when hasGeneratedEquals(components) ->
          firstWithoutEquals(values(components).stream());
      case Class<?> constant -> Optional.empty();
      case Object other -> isIdentity(other) ? Optional.of(other.getClass()) : Optional.empty();
    };
  }

  private static Optional<Class<?>> firstWithoutEquals(Stream<?> elements) {
    return elements
        .<Optional<Class<?>>>map(EffectCopy::withoutEquals)
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static boolean isIdentity(Object value) {
    return equalsOf(value).getDeclaringClass() == Object.class;
  }

  /** The compiler makes it final. Few authors do. */
  private static boolean hasGeneratedEquals(Record components) {
    return Modifier.isFinal(equalsOf(components).getModifiers());
  }

  private static Method equalsOf(Object value) {
    try {
      return value.getClass().getMethod("equals", Object.class);
    } catch (NoSuchMethodException e) {
      throw new AssertionError("each class has it", e);
    }
  }
}
