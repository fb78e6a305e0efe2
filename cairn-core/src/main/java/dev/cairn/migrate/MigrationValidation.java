package dev.cairn.migrate;

import java.util.List;

/**
 * Whether a database has the tables that this Cairn needs.
 *
 * @param problems a sentence for each thing that is wrong, with the way out; empty if all is well
 */
public record MigrationValidation(List<String> problems) {
  public MigrationValidation {
    problems = List.copyOf(problems);
  }

  public boolean isValid() {
    return problems.isEmpty();
  }
}
