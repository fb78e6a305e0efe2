package dev.cairn.cli.jobs;

import dev.cairn.CairnException;
import dev.cairn.JobRow;
import dev.cairn.jobs.JobOperator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a job is rewound.
 *
 * @param cursor the position in the step; null for its beginning
 * @param run whether the job becomes available at once
 */
record Rewind(String step, @Nullable String cursor, boolean run) {
  /** Rewinds a job; empty if there is no such job. */
  Optional<JobRow> apply(JobOperator operator, long id) {
    if (cursor == null) {
      return run ? operator.runAgainFrom(id, step) : operator.rewindToStep(id, step);
    }
    Optional<JobRow> rewound = operator.rewindCursor(id, step, cursor);
    return run ? run(operator, id) : rewound;
  }

  /** A second operation: if it fails, the first one stays. */
  private static Optional<JobRow> run(JobOperator operator, long id) {
    try {
      return operator.retry(id);
    } catch (RuntimeException e) {
      throw new CairnException(
          "the cursor of job %d was set, but the job could not be made available: %s [CAIRN-909]"
              .formatted(id, e.getMessage()),
          e);
    }
  }
}
