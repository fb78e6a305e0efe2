package dev.cairn.migrate;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One version of a line, as it is in a database. May get further components.
 *
 * @param version counted from 1 within its line
 * @param name what it does, such as {@code initial_schema}; {@code unknown} if it is newer than
 *     this Cairn
 * @param appliedAt when it was applied, by the database's clock; null if it is not applied
 */
public record Migration(MigrationLine line, int version, String name, @Nullable Instant appliedAt) {

  public boolean isApplied() {
    return appliedAt != null;
  }
}
