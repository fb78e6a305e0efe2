package dev.cairn.migrate;

/** Whether a version is applied or reverted. Gets no further constants. */
public enum MigrationDirection {
  /** Applies a version. */
  UP("up"),

  /** Reverts a version, and deletes the contents of its tables. */
  DOWN("down");

  private final String label;

  MigrationDirection(String label) {
    this.label = label;
  }

  /** In lower case, as in the names of the SQL files: {@code up} or {@code down}. */
  public String label() {
    return label;
  }

  /** The {@link #label()}. */
  @Override
  public String toString() {
    return label;
  }
}
