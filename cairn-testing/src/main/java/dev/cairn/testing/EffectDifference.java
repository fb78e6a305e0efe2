package dev.cairn.testing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the effect of a disturbed run differs from that of an undisturbed one.
 *
 * @param missing elements that are missing, or present too few times
 * @param extra elements that are present too many times
 * @param words the difference as text
 */
record EffectDifference(List<Object> missing, List<Object> extra, String words) {
  /**
   * Compares two effects.
   *
   * @param repeatsMax how many surplus elements are allowed in total
   * @return null if they are the same
   */
  static @Nullable EffectDifference between(
      @Nullable Object expected, @Nullable Object actual, long repeatsMax) {
    Collection<?> wanted = elements(expected);
    Collection<?> found = elements(actual);
    if (wanted == null || found == null) {
      return Objects.equals(expected, actual)
          ? null
          : new EffectDifference(
              List.of(), List.of(), "the effect is %s instead of %s".formatted(actual, expected));
    }
    List<Object> missing = without(wanted, found);
    List<Object> extra = without(found, wanted);
    var known = new HashSet<Object>(wanted);
    if (extra.stream().filter(known::contains).count() <= repeatsMax) {
      extra.removeIf(known::contains);
    }
    boolean isOrdered = repeatsMax == 0;
    if (missing.isEmpty() && extra.isEmpty() && (!isOrdered || sameOrder(expected, actual))) {
      return null;
    }
    return new EffectDifference(
        missing, extra, words(missing, extra) + "; %s instead of %s".formatted(actual, expected));
  }

  /** Lists that hold the same in another order differ; sets and maps have none. */
  private static boolean sameOrder(@Nullable Object expected, @Nullable Object actual) {
    return !(expected instanceof List) || expected.equals(actual);
  }

  private static @Nullable Collection<?> elements(@Nullable Object effect) {
    return switch (effect) {
      case Collection<?> all -> all;
      case Map<?, ?> map -> map.entrySet();
      case null, default -> null;
    };
  }

  private static List<Object> without(Collection<?> all, Collection<?> others) {
    var rest = new ArrayList<Object>(all);
    others.forEach(rest::remove);
    return rest;
  }

  private static String words(List<Object> missing, List<Object> extra) {
    if (missing.isEmpty() && extra.isEmpty()) {
      return "the order is another one";
    }
    String lost = missing.isEmpty() ? "" : "missing " + missing;
    String twice = extra.isEmpty() ? "" : "too much " + extra;
    return lost.isEmpty() || twice.isEmpty() ? lost + twice : lost + ", " + twice;
  }
}
