package dev.cairn;

/**
 * One job of many to insert.
 *
 * @param args an object whose type has a {@link JobKind}
 */
public record JobInsert(Object args, InsertOptions options) {
  /** With the default options. */
  public static JobInsert of(Object args) {
    return new JobInsert(args, InsertOptions.defaults());
  }
}
