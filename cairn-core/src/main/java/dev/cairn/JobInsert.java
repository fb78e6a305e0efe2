package dev.cairn;

import java.util.Objects;

/**
 * One job of many to insert.
 *
 * @param args an object whose type has a {@link JobKind}
 */
public record JobInsert(Object args, InsertOptions options) {
  public JobInsert {
    Objects.requireNonNull(args, "args");
    Objects.requireNonNull(options, "options");
  }

  /** With the default options. */
  public static JobInsert of(Object args) {
    return new JobInsert(args, InsertOptions.defaults());
  }
}
