package dev.cairn.testing;

import dev.cairn.JobRow;
import dev.cairn.jobs.JobQuery;
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
  static String of(JobSource source, JobQuery query, Function<JobRow, List<String>> differences) {
    List<JobRow> first = source.first(query, MOST);
    if (first.isEmpty()) {
      return "; no jobs were inserted at all";
    }
    var text = new StringBuilder("; these jobs were inserted:");
    first.forEach(job -> text.append("\n  ").append(line(job, differences.apply(job))));
    if (first.size() == MOST) {
      int more = source.all(query.withoutContents()).size() - MOST;
      text.append(more > 0 ? "\n  ... and %d more".formatted(more) : "");
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
