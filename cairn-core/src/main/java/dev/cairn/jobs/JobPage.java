package dev.cairn.jobs;

import dev.cairn.JobRow;
import java.util.List;
import java.util.Optional;

/**
 * One page of a list of jobs. May get further components.
 *
 * @param jobs in the order of the query; fewer than its limit on the last page, and on a page that
 *     reaches the scan limit
 * @param next where the next page starts; empty on the last page. If a page happens to end with the
 *     last job, an empty page follows
 */
public record JobPage(List<JobRow> jobs, Optional<JobCursor> next) {
  public JobPage {
    jobs = List.copyOf(jobs);
  }
}
