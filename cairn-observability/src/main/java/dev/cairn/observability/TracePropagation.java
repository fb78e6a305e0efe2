package dev.cairn.observability;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Which jobs carry the context of the trace in which they were inserted.
 *
 * @param unsampledKinds the kinds of {@link Which#SAMPLED} that carry contexts that are not sampled
 */
record TracePropagation(Which which, Set<String> unsampledKinds) {
  private static final Set<String> YES = Set.of("1", "true", "d");
  private static final Set<String> NO = Set.of("0", "false");

  /** Which contexts travel. */
  enum Which {
    SAMPLED,
    ALWAYS,
    NEVER
  }

  TracePropagation {
    unsampledKinds = Set.copyOf(unsampledKinds);
  }

  /**
   * Whether a job of this kind carries the context of its insertion.
   *
   * @param isUnsampled whether that context says that its trace is not sampled
   */
  boolean isCarried(boolean isUnsampled, Supplier<String> kind) {
    return switch (which) {
      case SAMPLED -> !isUnsampled || unsampledKinds.contains(kind.get());
      case ALWAYS -> true;
      case NEVER -> false;
    };
  }

  /**
   * Whether the entries of a propagator, of W3C or B3, say that the trace is not sampled. B3 may
   * leave this to whoever reads it.
   */
  static boolean isUnsampled(Map<String, String> entries) {
    List<String> said =
        entries.entrySet().stream()
            .map(entry -> said(entry.getKey().toLowerCase(Locale.ROOT), entry.getValue()))
            .toList();
    return said.stream().anyMatch(NO::contains) && said.stream().noneMatch(YES::contains);
  }

  /** What an entry says of sampling; anything else if it says nothing. */
  private static String said(String name, String value) {
    return switch (name) {
      case "traceparent" -> {
        String flags = part(value, 3);
        yield flags.isEmpty() ? "" : isOdd(flags) ? "1" : "0";
      }
      case "b3" -> value.contains("-") ? part(value, 2) : value;
      case "x-b3-sampled" -> value;
      case "x-b3-flags" -> value.equals("1") ? "1" : "";
      default -> "";
    };
  }

  private static String part(String value, int number) {
    String[] parts = value.split("-", -1);
    return parts.length > number ? parts[number] : "";
  }

  private static boolean isOdd(String hex) {
    return (Character.digit(hex.charAt(hex.length() - 1), 16) & 1) == 1;
  }
}
