package dev.cairn.cli.jobs;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.cli.Figures;
import dev.cairn.cli.Output;
import dev.cairn.cli.Table;
import dev.cairn.cli.Table.Column;
import dev.cairn.jobs.JobPage;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.Jobs;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The jobs that match now. Only these are changed afterwards, so that the user gets what was shown.
 *
 * @param ids in their order
 * @param groups how many there are by kind, state and queue
 * @param more whether there are more than were asked for
 */
record BulkPreview(List<Long> ids, Map<Group, Integer> groups, boolean more) {
  private static final int PAGE = 1_000;
  private static final int GROUPS = 20;

  /** Jobs that are alike. */
  record Group(String kind, JobState state, String queue) {}

  static BulkPreview of(Jobs jobs, JobQuery query, int most) {
    var ids = new ArrayList<Long>();
    var groups = new LinkedHashMap<Group, Integer>();
    JobQuery page = query.withoutContents().withLimit(PAGE);
    while (true) {
      JobPage found = jobs.list(page);
      for (JobRow job : found.jobs()) {
        if (ids.size() == most) {
          return new BulkPreview(ids, groups, true);
        }
        ids.add(job.id());
        groups.merge(new Group(job.kind(), job.state(), job.queue()), 1, Integer::sum);
      }
      if (found.next().isEmpty()) {
        return new BulkPreview(ids, groups, false);
      }
      page = page.after(found.next().get());
    }
  }

  /** The largest groups. */
  void print(Output out) {
    var table =
        new Table(
            Column.number("jobs"),
            Column.text("state"),
            Column.cut("kind", 10),
            Column.cut("queue", 7));
    groups.entrySet().stream()
        .sorted(Map.Entry.<Group, Integer>comparingByValue(Comparator.reverseOrder()))
        .limit(GROUPS)
        .forEach(group ->
            table.row(
                Figures.count(group.getValue()),
                group.getKey().state().label(),
                group.getKey().kind(),
                group.getKey().queue()));
    table.print(out);
    if (groups.size() > GROUPS) {
      out.line("and %s more groups".formatted(Figures.count(groups.size() - GROUPS)));
    }
    if (more) {
      out.line("More jobs match: only the first %s are selected.".formatted(words(ids.size())));
    }
  }

  /** For example {@code 1 job}. */
  static String words(int jobs) {
    return Figures.count(jobs) + (jobs == 1 ? " job" : " jobs");
  }
}
