package dev.cairn;

import java.util.regex.Pattern;

/** Reads and checks the kinds of jobs. */
final class Kinds {
  private static final Pattern KIND = Pattern.compile("\\w[\\w\\-\\[\\]<>/.·:+]+");
  private static final int LENGTH_MAX = 127;

  private Kinds() {}

  /**
   * @throws IllegalArgumentException if the type has no {@link JobKind}, or one that River refuses
   */
  static String of(Class<?> argsType) {
    JobKind annotation = argsType.getAnnotation(JobKind.class);
    if (annotation == null) {
      throw new IllegalArgumentException(
          "%s has no kind of job: annotate it with @JobKind(\"...\") [CAIRN-102]"
              .formatted(argsType.getName()));
    }
    String kind = annotation.value();
    if (kind.isEmpty()
        || kind.length() > LENGTH_MAX
        || (!annotation.unchecked() && !KIND.matcher(kind).matches())) {
      throw new IllegalArgumentException(
          "kind '%s' of %s must have 2 to %d characters and match %s [CAIRN-102]"
              .formatted(kind, argsType.getName(), LENGTH_MAX, KIND.pattern()));
    }
    return kind;
  }

  /**
   * Returns a kind that does not come from a class.
   *
   * @throws IllegalArgumentException if River refuses it
   */
  static String require(String kind) {
    if (kind.length() > LENGTH_MAX || !KIND.matcher(kind).matches()) {
      throw new IllegalArgumentException(
          "kind '%s' must have 2 to %d characters and match %s [CAIRN-102]"
              .formatted(kind, LENGTH_MAX, KIND.pattern()));
    }
    return kind;
  }
}
