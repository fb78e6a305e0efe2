package dev.cairn.internal.store;

/** The version of the tables. */
@FunctionalInterface
public interface SchemaVersion {
  /**
   * Checks that this version of Cairn can work on the tables.
   *
   * @throws dev.cairn.SchemaException if it cannot
   */
  void verify();
}
