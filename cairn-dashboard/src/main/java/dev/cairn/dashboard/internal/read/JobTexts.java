package dev.cairn.dashboard.internal.read;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The JSON and the logs of a job, as they are stored. */
public final class JobTexts {
  private static final int ATTEMPTS_MAX = 1_000;
  private static final int LOG_MAX = 262_144;

  private JobTexts() {}

  /** Which of its texts. */
  public enum Part {
    ARGS("job.args"),
    METADATA("job.metadata"),
    OUTPUT("(job.metadata -> 'output')");

    private final String expression;

    Part(String expression) {
      this.expression = expression;
    }
  }

  /**
   * A text.
   *
   * @param json its beginning; null if there is none
   * @param bytes of the whole
   */
  public record Text(@Nullable String json, long bytes) {}

  /**
   * Empty if there is no such job.
   *
   * @param most how many characters are read
   */
  public static Optional<Text> of(Snapshot snapshot, long id, Part part, int most)
      throws SQLException {
    return snapshot.first(
        """
        SELECT left(whole.text, :most) AS json, coalesce(octet_length(whole.text), 0) AS bytes
        FROM (
          SELECT %s::text AS text FROM {schema}.river_job AS job WHERE job.id = :id OFFSET 0
        ) AS whole
        """
            .formatted(part.expression),
        Map.of("id", id, "most", most),
        row -> new Text(row.getString("json"), row.getLong("bytes")));
  }

  /** How much an attempt has logged. */
  public record LogSize(int attempt, long bytes) {}

  /**
   * The logs of a job.
   *
   * @param attempt the one whose log this is; null if there is none
   * @param text its end
   */
  public record Log(
      List<LogSize> attempts, @Nullable Integer attempt, String text, boolean truncated) {}

  private static final String LOGS =
      """
      SELECT CASE WHEN entry ->> 'attempt' ~ '^\\d{1,9}$'
          THEN (entry ->> 'attempt')::integer ELSE 0 END AS attempt,
        octet_length(entry ->> 'log') AS bytes, place,
        %s AS text
      FROM {schema}.river_job AS job
      CROSS JOIN LATERAL jsonb_array_elements(
        CASE WHEN jsonb_typeof(job.metadata -> 'river:log') = 'array'
          THEN job.metadata -> 'river:log' ELSE '[]' END) WITH ORDINALITY AS entries (entry, place)
      WHERE job.id = :id AND entry ->> 'log' IS NOT NULL%s
      ORDER BY place DESC
      LIMIT :most
      """;

  /** The log of one attempt, or of the last one. */
  public static Log log(Snapshot snapshot, long id, @Nullable Integer attempt) throws SQLException {
    List<LogSize> sizes =
        snapshot
            .list(
                LOGS.formatted("''", ""),
                Map.of("id", id, "most", ATTEMPTS_MAX),
                row -> new LogSize(row.getInt("attempt"), row.getLong("bytes")))
            .reversed();
    if (sizes.isEmpty()) {
      return new Log(sizes, null, "", false);
    }
    int wanted = attempt == null ? sizes.getLast().attempt() : attempt;
    record Chosen(String text, long bytes) {}
    Optional<Chosen> chosen =
        snapshot.first(
            LOGS.formatted(
                "right(entry ->> 'log', %d)".formatted(LOG_MAX),
                "\n  AND entry ->> 'attempt' = :attempt"),
            Map.of("id", id, "most", 1, "attempt", Integer.toString(wanted)),
            row -> new Chosen(Snapshot.text(row, "text"), row.getLong("bytes")));
    String text = chosen.map(Chosen::text).orElse("");
    return new Log(
        sizes, wanted, text, text.length() >= LOG_MAX && chosen.orElseThrow().bytes() > LOG_MAX);
  }
}
