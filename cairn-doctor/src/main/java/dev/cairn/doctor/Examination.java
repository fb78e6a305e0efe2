package dev.cairn.doctor;

import dev.cairn.migrate.MigrationLine;
import java.util.List;
import java.util.Map;

/**
 * What {@link Doctor#examine()} has found. May get further components.
 *
 * @param findings of all checks, in the order in which they were made
 * @param versions the newest applied version of each line of migrations, 0 if none is applied;
 *     empty if the tables could not be looked at
 */
public record Examination(List<Finding> findings, Map<MigrationLine, Integer> versions) {
  public Examination {
    findings = List.copyOf(findings);
    versions = Map.copyOf(versions);
  }

  /** Whether a finding is a {@linkplain Level#PROBLEM problem}. */
  public boolean hasProblem() {
    return findings.stream().anyMatch(it -> it.level() == Level.PROBLEM);
  }
}
