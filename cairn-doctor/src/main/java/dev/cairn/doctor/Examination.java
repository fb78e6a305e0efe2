package dev.cairn.doctor;

import dev.cairn.migrate.MigrationLine;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What {@link Doctor#examine()} has found. May get further components.
 *
 * @param findings of all checks, in the order in which they were made
 * @param versions the newest applied version of each line of migrations, in the order of the lines,
 *     0 if none is applied; empty if the tables could not be looked at
 */
public record Examination(List<Finding> findings, Map<MigrationLine, Integer> versions) {
  public Examination {
    findings = List.copyOf(findings);
    var ordered = new EnumMap<MigrationLine, Integer>(MigrationLine.class);
    ordered.putAll(versions);
    versions = Collections.unmodifiableMap(ordered);
  }

  /** Whether a finding is a {@linkplain Level#PROBLEM problem}. */
  public boolean hasProblem() {
    return findings.stream().anyMatch(it -> it.level() == Level.PROBLEM);
  }
}
