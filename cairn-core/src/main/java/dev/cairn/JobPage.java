package dev.cairn;

import java.util.List;
import java.util.Optional;

/**
 * One page of a list of jobs.
 *
 * @param next where the next page begins; empty on the last page. A full page that happens to be
 *     the last is followed by an empty one
 */
public record JobPage(List<JobRow> jobs, Optional<JobCursor> next) {
  public JobPage {
    jobs = List.copyOf(jobs);
  }
}
