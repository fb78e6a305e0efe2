package dev.cairn.migrate;

/**
 * A sequence of versions with its own count. The table {@code river_migration} records the applied
 * versions of both lines. Lines of other products in that table are not touched. May get further
 * constants.
 */
public enum MigrationLine {
  /** River's tables, exactly as River creates them. */
  MAIN("main", 8, 7),

  /** Cairn's tables beside them; needs {@link #MAIN} at version 5 or newer. */
  CAIRN("cairn", 3, 2);

  private final String label;
  private final int newestVersion;
  private final int neededVersion;

  MigrationLine(String label, int newestVersion, int neededVersion) {
    this.label = label;
    this.newestVersion = newestVersion;
    this.neededVersion = neededVersion;
  }

  /**
   * The line with this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static MigrationLine ofLabel(String label) {
    for (MigrationLine line : values()) {
      if (line.label.equals(label)) {
        return line;
      }
    }
    throw new IllegalArgumentException("no line '%s': use main or cairn".formatted(label));
  }

  /** Its name as in the database: {@code main} or {@code cairn}. */
  public String label() {
    return label;
  }

  /** The newest version that this Cairn knows, and migrates to. The first is 1. */
  public int newestVersion() {
    return newestVersion;
  }

  /**
   * The oldest version that a client works on. Version 8 of {@link #MAIN} changes nothing on
   * PostgreSQL, so 7 is enough; version 3 of {@link #CAIRN} changes only what the view {@code
   * cairn_job_progress} shows.
   */
  public int neededVersion() {
    return neededVersion;
  }

  /** The {@link #label()}. */
  @Override
  public String toString() {
    return label;
  }
}
