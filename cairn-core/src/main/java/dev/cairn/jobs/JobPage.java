package dev.cairn.jobs;

import dev.cairn.JobRow;
import java.util.List;
import java.util.Optional;

/**
 * One page of a list of jobs. May get further components.
 *
 * @param jobs in the order of the query; fewer than its limit on the last page, and where its scan
 *     limit has ended the page
 * @param next where the next page begins; empty on the last page. A page that happens to end with
 *     the last job is followed by an empty one
 */
public record JobPage(List<JobRow> jobs, Optional<JobCursor> next) {
  public JobPage {
    jobs = List.copyOf(jobs);
  }
}
