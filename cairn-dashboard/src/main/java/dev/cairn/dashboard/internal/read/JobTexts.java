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

  /** How much an attempt has logged in all its runs. */
  public record LogSize(int attempt, long bytes) {}

  /**
   * The logs of a job.
   *
   * @param attempt the one whose log this is; null if there is none
   * @param text its end
   */
  public record Log(
      List<LogSize> attempts, @Nullable Integer attempt, String text, boolean truncated) {}

  // A job that was interrupted or rescued goes on within its attempt, and adds an entry to its log.
  private static final String ENTRIES =
      """
      WITH entry AS (
        SELECT CASE WHEN entry ->> 'attempt' ~ '^[0-9]{1,9}$'
            THEN (entry ->> 'attempt')::integer ELSE 0 END AS attempt,
          entry ->> 'log' AS log, place
        FROM {schema}.river_job AS job
        CROSS JOIN LATERAL jsonb_array_elements(
          CASE WHEN jsonb_typeof(job.metadata -> 'river:log') = 'array'
            THEN job.metadata -> 'river:log' ELSE '[]' END) WITH ORDINALITY AS entries (entry, place)
        WHERE job.id = :id AND entry ->> 'log' IS NOT NULL
      )
      """;

  private static final String SIZES =
      ENTRIES
          + """
          SELECT attempt, sum(octet_length(log)) AS bytes
          FROM entry
          GROUP BY attempt
          ORDER BY max(place) DESC
          LIMIT :most
          """;

  private static final String TEXT =
      ENTRIES
          + """
          SELECT right(whole.text, :most) AS text, octet_length(whole.text) AS bytes
          FROM (
            SELECT string_agg(rtrim(log, E'\\n'), E'\\n' ORDER BY place) AS text
            FROM entry
            WHERE attempt = :attempt
          ) AS whole
          WHERE whole.text IS NOT NULL
          """;

  /** The log of one attempt, with all its runs, or of the last one. */
  public static Log log(Snapshot snapshot, long id, @Nullable Integer attempt) throws SQLException {
    List<LogSize> sizes =
        snapshot
            .list(
                SIZES,
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
            TEXT,
            Map.of("id", id, "most", LOG_MAX, "attempt", wanted),
            row -> new Chosen(Snapshot.text(row, "text"), row.getLong("bytes")));
    String text = chosen.map(Chosen::text).orElse("");
    return new Log(
        sizes, wanted, text, text.length() >= LOG_MAX && chosen.orElseThrow().bytes() > LOG_MAX);
  }
}
