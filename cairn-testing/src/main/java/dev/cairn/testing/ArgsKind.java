package dev.cairn.testing;

import dev.cairn.JobKind;

/** The kind that a type of arguments names. */
record ArgsKind(String name) {
  /**
   * Reads the annotation.
   *
   * @throws IllegalArgumentException if the type has no {@link JobKind}
   */
  static ArgsKind of(Class<?> argsType) {
    JobKind annotation = argsType.getAnnotation(JobKind.class);
    if (annotation == null) {
      throw new IllegalArgumentException(
          "%s has no kind of job: annotate it with @JobKind(\"...\") [CAIRN-102]"
              .formatted(argsType.getName()));
    }
    return new ArgsKind(annotation.value());
  }
}
