package dev.cairn.internal.postgres;

import dev.cairn.migrate.MigrationDirection;
import dev.cairn.migrate.MigrationLine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The state of a schema.
 *
 * @param tables which of {@link #TABLES} exist
 * @param lines the applied versions with their times, by the name of the line
 * @param missing the parts of line main that Cairn needs and that are missing; empty if the line is
 *     too old, which is another problem
 * @param usableFrom if line cairn is newer than this Cairn: the version of it that a client must
 *     know to use the tables, as the migrations have noted there; null if they have not
 */
public record SchemaState(
    SchemaName schema,
    Set<String> tables,
    NavigableMap<String, NavigableMap<Integer, Instant>> lines,
    List<String> missing,
    @Nullable Integer usableFrom) {
  static final String RECORD = "river_migration";

  private static final String UPGRADE =
      "upgrade Cairn, or revert the newer versions with the program that applied them";

  /** The tables that Cairn uses. */
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
                  "cairn_periodic",
                  "cairn_quarantine",
                  "cairn_signal",
                  "cairn_wait")));

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

  /** The lines other than main that have applied versions, of Cairn and of other products. */
  public NavigableSet<String> otherLines() {
    var others = new TreeSet<>(lines.keySet());
    others.remove(MigrationLine.MAIN.label());
    return others;
  }

  /** The problem if River's tables exist without a recorded version; empty if not. */
  public Optional<String> unrecorded() {
    if (tables.contains("river_job") && !tables.contains(RECORD)) {
      return Optional.of(
          ("Schema %s has River's tables but no table river_migration with their version: "
                  + "create it as docs/migrations.md shows, with the versions that were applied")
              .formatted(schema.name()));
    }
    return Optional.empty();
  }

  /** Whether a line is newer than this Cairn. */
  public boolean isNewer(MigrationLine line) {
    return version(line) > line.newestVersion();
  }

  /**
   * The problem if a line is too new for this Cairn; empty if not. Line cairn may be newer if its
   * migrations have noted that this Cairn may use the tables. Line main may be newer unless it
   * lacks something that Cairn needs.
   */
  public Optional<String> tooNew() {
    if (isNewer(MigrationLine.CAIRN) && !isUsable()) {
      return Optional.of(
          "%s, and %s: %s"
              .formatted(
                  newer(MigrationLine.CAIRN),
                  usableFrom == null
                      ? "the comment on table cairn_client does not say that it may use the tables"
                      : "the tables need clients that know version " + usableFrom,
                  UPGRADE));
    }
    return isNewer(MigrationLine.MAIN) && !missing.isEmpty()
        ? Optional.of(
            "%s, and lacks something that Cairn needs (%s): %s"
                .formatted(newer(MigrationLine.MAIN), String.join(", ", missing), UPGRADE))
        : Optional.empty();
  }

  private boolean isUsable() {
    return usableFrom != null && usableFrom <= MigrationLine.CAIRN.newestVersion();
  }

  /** Warnings, which do not prevent clients from working. */
  public List<String> warnings() {
    var warnings = new ArrayList<String>();
    if (isNewer(MigrationLine.CAIRN) && isUsable()) {
      warnings.add(
          "%s. Its tables can be used from version %d on, so Cairn works: upgrade it soon"
              .formatted(newer(MigrationLine.CAIRN), usableFrom));
    }
    if (isNewer(MigrationLine.MAIN) && missing.isEmpty()) {
      warnings.add(
          ("%s. The schema has everything that Cairn needs, so Cairn works: see River's notes "
                  + "on the newer versions, and upgrade Cairn")
              .formatted(newer(MigrationLine.MAIN)));
    }
    if (!isNewer(MigrationLine.MAIN)) {
      warnings.addAll(changedByHand());
    }
    MigrationLine main = MigrationLine.MAIN;
    if (version(main) >= main.neededVersion() && version(main) < main.newestVersion()) {
      warnings.add(
          ("Schema %s is at version %d of line main: newer clients of River expect %d, which changes"
                  + " nothing that Cairn needs; %s applies it")
              .formatted(
                  schema.name(),
                  version(main),
                  main.newestVersion(),
                  schema.command("migrate up")));
    }
    MigrationLine cairn = MigrationLine.CAIRN;
    if (version(cairn) >= cairn.neededVersion() && version(cairn) < cairn.newestVersion()) {
      warnings.add(
          ("Schema %s is at version %d of line cairn: its view cairn_job_progress shows one of "
                  + "parallel branches for the whole job; %s fixes it")
              .formatted(schema.name(), version(cairn), schema.command("migrate up")));
    }
    return warnings;
  }

  private List<String> changedByHand() {
    var warnings = new ArrayList<String>();
    List<String> lost =
        missing.stream().filter(it -> !it.startsWith(RiverNeeds.IN_THE_WAY)).toList();
    if (!lost.isEmpty()) {
      warnings.add(
          ("Schema %s lacks something that its migrations have created and that Cairn needs (%s):"
                  + " create it again, or restore it from a backup")
              .formatted(schema.name(), String.join(", ", lost)));
    }
    List<String> inTheWay =
        missing.stream().filter(it -> it.startsWith(RiverNeeds.IN_THE_WAY)).toList();
    if (!inTheWay.isEmpty()) {
      warnings.add(
          "Schema %s has %s: unless a trigger sets them, no job can be inserted"
              .formatted(schema.name(), String.join(", ", inTheWay)));
    }
    return warnings;
  }

  private String newer(MigrationLine line) {
    return "Schema %s is at version %d of line %s and this Cairn knows versions up to %d"
        .formatted(schema.name(), version(line), line, line.newestVersion());
  }

  /** The state after this step, except that the set of tables stays the same. */
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
    return new SchemaState(schema, tables, after, missing, usableFrom);
  }
}
