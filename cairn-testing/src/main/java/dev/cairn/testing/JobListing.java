package dev.cairn.testing;

import dev.cairn.JobRow;
import java.util.List;
import java.util.function.Function;

/** The jobs that are there, for the message of a failure. */
final class JobListing {
  private static final int MOST = 20;
  private static final int ARGS_CHARACTERS = 200;

  private JobListing() {}

  /**
   * One line a job, after a line of its own.
   *
   * @param differences in what a job differs from what was wanted; none if it does not
   */
  static String of(List<JobRow> jobs, Function<JobRow, List<String>> differences) {
    if (jobs.isEmpty()) {
      return "; no jobs were inserted at all";
    }
    var text = new StringBuilder("; these jobs were inserted:");
    jobs.stream()
        .limit(MOST)
        .forEach(job -> text.append("\n  ").append(line(job, differences.apply(job))));
    if (jobs.size() > MOST) {
      text.append("\n  ... and %d more".formatted(jobs.size() - MOST));
    }
    return text.toString();
  }

  private static String line(JobRow job, List<String> differences) {
    String args = job.args();
    return "job %d (%s), %s, args %s: %s"
        .formatted(
            job.id(),
            job.kind(),
            job.state().label(),
            args.length() > ARGS_CHARACTERS ? args.substring(0, ARGS_CHARACTERS) + "..." : args,
            differences.isEmpty() ? "as wanted" : String.join(", ", differences));
  }
}
