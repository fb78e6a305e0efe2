package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds all jobs that a filter may mean, if an index shows that they are few. */
final class FewJobs {
  static final int FEW = 10_000;

  private static final int TRIAL_MS = 1_000;

  private FewJobs() {}

  /** A superset of the jobs of the filter; empty if they may be many. */
  static Optional<List<Long>> of(Snapshot snapshot, JobFilter filter) throws SQLException {
    if (!filter.ids().isEmpty()) {
      return Optional.of(filter.ids());
    }
    if (!filter.states().isEmpty() || !filter.queues().isEmpty()) {
      Optional<List<Long>> few = few(ofStatesAndQueues(snapshot, filter));
      if (few.isPresent()) {
        return few;
      }
    }
    if (!filter.kinds().isEmpty() && hasIndex(snapshot, "river_job_kind")) {
      Optional<List<Long>> few = few(ofKinds(snapshot, filter.kinds()));
      if (few.isPresent()) {
        return few;
      }
    }
    String args = filter.args();
    if (args != null && hasIndex(snapshot, "river_job_args_index")) {
      Optional<List<Long>> few = containing(snapshot, "args", args);
      if (few.isPresent()) {
        return few;
      }
    }
    String metadata = filter.metadata();
    return metadata != null && hasIndex(snapshot, "river_job_metadata_index")
        ? containing(snapshot, "metadata", metadata)
        : Optional.empty();
  }

  private static Optional<List<Long>> few(List<Long> found) {
    return found.size() > FEW ? Optional.empty() : Optional.of(found);
  }

  // In the order of the index of claims, so that nothing else is read.
  private static List<Long> ofStatesAndQueues(Snapshot snapshot, JobFilter filter)
      throws SQLException {
    Set<JobState> states = filter.states().isEmpty() ? Set.of(JobState.values()) : filter.states();
    boolean queues = !filter.queues().isEmpty();
    String each =
        states.stream()
            .map(state -> queues ? ofStateAndQueues(state) : ofState(state))
            .collect(Collectors.joining("\nUNION ALL\n"));
    return snapshot.list(
        "SELECT id FROM (\n%s\n) AS found LIMIT :most".formatted(each),
        queues ? Map.of("most", FEW + 1, "queues", filter.queues()) : Map.of("most", FEW + 1),
        row -> row.getLong(1));
  }

  private static String ofState(JobState state) {
    return """
    (SELECT job.id
    FROM {schema}.river_job AS job
    WHERE job.state = '%s'
    ORDER BY job.queue, job.priority, job.scheduled_at, job.id
    LIMIT :most)\
    """
        .formatted(state.label());
  }

  private static String ofStateAndQueues(JobState state) {
    return """
    (SELECT one.id
    FROM unnest(:queues::text[]) AS wanted (queue)
    CROSS JOIN LATERAL (
      SELECT job.id
      FROM {schema}.river_job AS job
      WHERE job.state = '%s' AND job.queue = wanted.queue
      ORDER BY job.priority, job.scheduled_at, job.id
      LIMIT :most
    ) AS one)\
    """
        .formatted(state.label());
  }

  private static List<Long> ofKinds(Snapshot snapshot, List<String> kinds) throws SQLException {
    return snapshot.listUpToLimit(
        """
        SELECT one.id
        FROM unnest(:kinds::text[]) AS wanted (kind)
        CROSS JOIN LATERAL (
          SELECT job.id FROM {schema}.river_job AS job
          WHERE job.kind = wanted.kind
          ORDER BY job.kind
          LIMIT :most
        ) AS one
        LIMIT :most
        """,
        Map.of("kinds", kinds, "most", FEW + 1),
        row -> row.getLong(1));
  }

  // An inverted index finds all matches before the first is returned, which takes long if they are
  // many.
  private static Optional<List<Long>> containing(Snapshot snapshot, String column, String json)
      throws SQLException {
    return snapshot
        .within(
            TRIAL_MS,
            trial ->
                trial.list(
                    "SELECT job.id FROM {schema}.river_job AS job WHERE job.%s @> :json::jsonb LIMIT :most"
                        .formatted(column),
                    Map.of("json", json, "most", FEW + 1),
                    row -> row.getLong(1)))
        .flatMap(FewJobs::few);
  }

  static boolean hasIndex(Snapshot snapshot, String name) throws SQLException {
    return snapshot
        .first(
            """
            SELECT pg_index.indisvalid
            FROM pg_catalog.pg_index
            WHERE pg_index.indexrelid = to_regclass('{schema}.%s')
            """
                .formatted(name),
            Map.of(),
            row -> row.getBoolean(1))
        .orElse(false);
  }
}
