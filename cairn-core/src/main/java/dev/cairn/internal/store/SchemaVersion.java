package dev.cairn.internal.store;

/** The version of the tables. */
@FunctionalInterface
public interface SchemaVersion {
  /**
   * Returns if the tables are those that this version of Cairn works on.
   *
   * @throws dev.cairn.SchemaException if not
   */
  void verify();
}
