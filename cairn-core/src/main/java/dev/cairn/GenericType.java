package dev.cairn;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A type with type arguments, such as {@code List<Quote>}, which no {@link Class} can name. An
 * anonymous subclass names it:
 *
 * <pre>{@code
 * List<Quote> quotes =
 *     steps.step("quotes", new GenericType<List<Quote>>() {}, () -> api.quotes(order));
 * }</pre>
 *
 * <p>Immutable. Two of the same type are equal.
 *
 * @param <T> the type
 */
public abstract class GenericType<T> {
  private final Type type;

  /**
   * Takes the type from the declaration of the subclass.
   *
   * @throws IllegalArgumentException if the declaration names no type, or one with a type variable,
   *     whose argument is unknown at run time
   */
  protected GenericType() {
    Type declared = getClass().getGenericSuperclass();
    if (!(declared instanceof ParameterizedType named) || named.getRawType() != GenericType.class) {
      throw new IllegalArgumentException(
          "%s names no type: write new GenericType<List<Quote>>() {}, for example"
              .formatted(getClass().getName()));
    }
    this.type = named.getActualTypeArguments()[0];
    if (!isKnown(type)) {
      throw new IllegalArgumentException(
          "%s has a type variable, whose argument is unknown at run time: name the type where it is known, or pass a GenericType from there"
              .formatted(type.getTypeName()));
    }
  }

  private static boolean isKnown(Type type) {
    return switch (type) {
      case Class<?> whole -> true;
      case ParameterizedType named ->
          (named.getOwnerType() == null || isKnown(named.getOwnerType()))
              && Stream.of(named.getActualTypeArguments()).allMatch(GenericType::isKnown);
      case GenericArrayType array -> isKnown(array.getGenericComponentType());
      case WildcardType wildcard ->
          Stream.concat(Stream.of(wildcard.getUpperBounds()), Stream.of(wildcard.getLowerBounds()))
              .allMatch(GenericType::isKnown);
      default -> false;
    };
  }

  /** The type, for a {@link dev.cairn.spi.JsonCodec}. */
  public final Type type() {
    return type;
  }

  @Override
  public final boolean equals(@Nullable Object other) {
    return other instanceof GenericType<?> that && type.equals(that.type);
  }

  @Override
  public final int hashCode() {
    return type.hashCode();
  }

  /** The type as it is written in Java. */
  @Override
  public final String toString() {
    return type.getTypeName();
  }
}
