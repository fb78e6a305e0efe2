package dev.cairn.internal.postgres;

import dev.cairn.migrate.MigrationDirection;
import dev.cairn.migrate.MigrationLine;
import java.time.Instant;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What stands in a schema.
 *
 * @param tables which of {@link #TABLES} there are
 * @param lines for each line with anything applied, by its name: version to the time of it
 */
public record SchemaState(
    SchemaName schema,
    Set<String> tables,
    NavigableMap<String, NavigableMap<Integer, Instant>> lines) {
  static final String RECORD = "river_migration";

  /** The tables that Cairn works on. */
  static final Set<String> TABLES =
      Collections.unmodifiableSet(
          new TreeSet<>(
              Set.of(
                  RECORD,
                  "river_job",
                  "river_leader",
                  "river_queue",
                  "cairn_checkpoint",
                  "cairn_client",
                  "cairn_periodic")));

  /** The applied versions of a line and the time of each. */
  public NavigableMap<Integer, Instant> applied(MigrationLine line) {
    return lines.getOrDefault(line.label(), Collections.emptyNavigableMap());
  }

  public boolean isApplied(MigrationScript script) {
    return applied(script.line()).containsKey(script.version());
  }

  /** The newest applied version of a line, 0 if there is none. */
  public int version(MigrationLine line) {
    NavigableMap<Integer, Instant> applied = applied(line);
    return applied.isEmpty() ? 0 : applied.lastKey();
  }

  /** The lines other than main with anything applied, of Cairn and of others. */
  public NavigableSet<String> otherLines() {
    var others = new TreeSet<>(lines.keySet());
    others.remove(MigrationLine.MAIN.label());
    return others;
  }

  /** The problem that River's tables are there but nothing says at which version, if so. */
  public Optional<String> unrecorded() {
    if (tables.contains("river_job") && !tables.contains(RECORD)) {
      return Optional.of(
          ("Schema %s has River's tables but no table river_migration that says at which version: "
                  + "create it as docs/migrations.md shows, with the versions that are there")
              .formatted(schema.name()));
    }
    return Optional.empty();
  }

  /** The problem that a line is newer than this Cairn, if so. */
  public Optional<String> newer() {
    for (MigrationLine line : MigrationLine.values()) {
      if (version(line) > line.newestVersion()) {
        return Optional.of(
            ("Schema %s is at version %d of line %s and this Cairn knows versions up to %d: "
                    + "upgrade Cairn, or take the newer versions down with what applied them")
                .formatted(schema.name(), version(line), line, line.newestVersion()));
      }
    }
    return Optional.empty();
  }

  /** What would stand there after this step; the tables are as they were. */
  public SchemaState after(MigrationScript step, MigrationDirection direction) {
    var versions = new TreeMap<>(applied(step.line()));
    switch (direction) {
      case UP -> versions.put(step.version(), Instant.EPOCH);
      case DOWN -> versions.remove(step.version());
    }
    var after = new TreeMap<>(lines);
    if (versions.isEmpty()) {
      after.remove(step.line().label());
    } else {
      after.put(step.line().label(), versions);
    }
    return new SchemaState(schema, tables, after);
  }
}
