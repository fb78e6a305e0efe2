package dev.cairn.testing;

import dev.cairn.JobRow;
import dev.cairn.jobs.JobPage;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.Jobs;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where jobs are looked up.
 *
 * @param connection whose transaction is looked through; null for what {@code jobs} sees by itself
 */
record JobSource(Jobs jobs, @Nullable Connection connection) {
  private static final int PAGE = 1_000;

  /** All jobs that a query describes, on however many pages. */
  List<JobRow> all(JobQuery query) {
    var found = new ArrayList<JobRow>();
    JobPage page = page(query.withLimit(PAGE));
    found.addAll(page.jobs());
    while (page.next().isPresent()) {
      page = page(query.withLimit(PAGE).after(page.next().get()));
      found.addAll(page.jobs());
    }
    return found;
  }

  /** The first jobs that a query describes. */
  List<JobRow> first(JobQuery query, int most) {
    return page(query.withLimit(most)).jobs();
  }

  private JobPage page(JobQuery query) {
    return connection == null ? jobs.list(query) : jobs.list(connection, query);
  }
}
