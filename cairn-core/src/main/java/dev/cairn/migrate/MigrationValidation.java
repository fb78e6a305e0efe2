package dev.cairn.migrate;

import java.util.List;

/**
 * Whether a database has the tables that this Cairn needs. May get further components.
 *
 * @param problems a sentence for each problem that prevents a client from starting, with what to
 *     do; empty if a client could start
 * @param warnings a sentence for each thing to check that does not prevent work, such as a line
 *     main that is newer than this Cairn
 */
public record MigrationValidation(List<String> problems, List<String> warnings) {
  public MigrationValidation {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
  }

  public boolean isValid() {
    return problems.isEmpty();
  }
}
