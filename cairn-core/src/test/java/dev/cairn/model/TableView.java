package dev.cairn.model;

import dev.cairn.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the tables show of one job, in the terms of the model: times as their rank among those that
 * were seen.
 */
final class TableView {
  private final TestDatabase database;
  private final long jobId;
  private final List<Long> times = new ArrayList<>(List.of(0L));

  TableView(TestDatabase database, long jobId) {
    this.database = database;
    this.jobId = jobId;
  }

  /** {@code Seen} of CairnTrace.tla, as a value of TLA+. */
  String seen(List<Integer> runs) {
    Map<String, @Nullable Object> job =
        database
            .query(
                """
                SELECT state::text, attempt, attempted_by[cardinality(attempted_by)] AS by,
                  coalesce((extract(epoch FROM attempted_at) * 1000000)::bigint, 0) AS at,
                  coalesce((metadata -> 'cairn:renewed' ->> 0)::bigint, 0) AS claimed,
                  coalesce((metadata -> 'cairn:renewed' ->> 1)::bigint, 0) AS renewed,
                  coalesce((metadata ->> 'river:rescue_count')::int, 0) AS rescues
                FROM river_job WHERE id = ?
                """,
                jobId)
            .getFirst();
    long at = number(job, "at");
    if (!times.contains(at)) {
      if (at < times.getLast()) {
        throw new AssertionError("attempted_at went back to " + at + " after " + times);
      }
      times.add(at);
    }
    Object by = job.get("by");
    return "<<\"%s\", %s, %d, <<%d, %d>>, %d, %d, %s, %s, %s, %s, {%s}>>"
        .formatted(
            state(Objects.requireNonNull(job.get("state")).toString()),
            by == null ? "\"nobody\"" : "\"" + by + "\"",
            rank(at),
            rank(number(job, "claimed")),
            rank(number(job, "renewed")),
            number(job, "attempt"),
            number(job, "rescues"),
            checkpoints(),
            rows(),
            clients("true"),
            clients("heartbeat_at < now() - timeout"),
            runs.stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }

  private static String state(String state) {
    return switch (state) {
      case "available", "retryable", "scheduled" -> "waiting";
      default -> state;
    };
  }

  private String checkpoints() {
    Map<String, String> byName = new TreeMap<>();
    for (Map<String, @Nullable Object> row :
        database.query(
            """
            SELECT name, finished, value #>> '{}' AS value, sequence,
              (extract(epoch FROM claimed_at) * 1000000)::bigint AS at
            FROM cairn_checkpoint WHERE job_id = ?
            """,
            jobId)) {
      long value = number(row, "value");
      if ((value == SimulatedRun.LAST) != Objects.equals(row.get("finished"), true)) {
        throw new AssertionError("a checkpoint is mixed from two writes: " + row);
      }
      byName.put(
          String.valueOf(row.get("name")),
          "<<%d, %d, %d>>".formatted(value, rank(number(row, "at")), number(row, "sequence")));
    }
    return sequence(step -> byName.getOrDefault(SimulatedRun.name(step), "<<0, 0, 0>>"));
  }

  private String rows() {
    Map<String, Long> counts = new TreeMap<>();
    for (Map<String, @Nullable Object> row :
        database.query(
            "SELECT step || '/' || item AS what, count(*) AS n FROM walk WHERE job_id = ? GROUP BY 1",
            jobId)) {
      counts.put(String.valueOf(row.get("what")), number(row, "n"));
    }
    return sequence(step ->
        IntStream.rangeClosed(1, SimulatedRun.LAST)
            .mapToObj(item -> counts.getOrDefault(step + "/" + item, 0L).toString())
            .collect(Collectors.joining(", ", "<<", ">>")));
  }

  private String clients(String condition) {
    return database
        .query("SELECT id FROM cairn_client WHERE " + condition + " ORDER BY id")
        .stream()
        .map(row -> "\"" + row.get("id") + "\"")
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String sequence(java.util.function.IntFunction<String> of) {
    return IntStream.rangeClosed(1, SimulatedRun.STEPS)
        .mapToObj(of)
        .collect(Collectors.joining(", ", "<<", ">>"));
  }

  private int rank(long time) {
    int rank = times.indexOf(time);
    if (rank < 0) {
      throw new AssertionError("no claim or renewal has set the time " + time);
    }
    return rank;
  }

  private static long number(Map<String, @Nullable Object> row, String column) {
    return Long.parseLong(String.valueOf(row.get(column)).toLowerCase(Locale.ROOT));
  }
}
