package dev.cairn.internal.postgres;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/*
 * The server keeps a plan for each statement that a connection runs often, until the table is next
 * analyzed: by default for up to a minute, and forever if autovacuum is off. In a table of a few
 * pages, the cheapest way to a job is to read the whole table. Assume that such a plan was made
 * while the queue was nearly empty, and a million jobs were inserted afterwards. The plan would
 * then read a million rows for each of a thousand jobs.
 *
 * A plan belongs to the text of its statement. So the text contains a number that changes whenever
 * a table has become much larger or smaller, and the server then makes new plans. From some hundred
 * pages on, the plans are right for any size. Below that, reading the whole table is fast.
 */

/**
 * The text that is sent to the server for each {@link Sql}. It changes as the tables grow and
 * shrink, and new texts get new plans. Each text contains the purpose of its statement, for people
 * who look at the server's views. Thread-safe.
 */
final class StatementTexts {
  private static final int PAGE_BYTES = 8192;
  private static final int STAGE_MAX = 4;

  private volatile Edition edition = new Edition(1, 0, 0);

  String of(Sql sql, SchemaName schema) {
    return edition.of(sql, schema);
  }

  /** The text for one use, in a schema that may not be that of the client. */
  static String once(Sql sql, SchemaName schema) {
    return named(sql.purpose(), sql.in(schema));
  }

  /** Records the current sizes of the tables. */
  void sizes(long jobBytes, long checkpointBytes) {
    int jobs = stage(jobBytes);
    int checkpoints = stage(checkpointBytes);
    if (!edition.fits(jobs, checkpoints)) {
      turnTo(jobs, checkpoints);
    }
  }

  private synchronized void turnTo(int jobs, int checkpoints) {
    if (!edition.fits(jobs, checkpoints)) {
      edition = new Edition(edition.number + 1, jobs, checkpoints);
    }
  }

  /** The number of these limits that a table has reached: 4, 16, 64 and 256 pages. */
  private static int stage(long bytes) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(bytes / PAGE_BYTES);
    return Math.clamp((bits - 1) / 2, 0, STAGE_MAX);
  }

  /**
   * The texts for tables of one size. No number is used twice, because the server may have made new
   * plans for an old text meanwhile.
   */
  private static final class Edition {
    private final int number;
    private final int jobs;
    private final int checkpoints;
    private final Map<Sql, String> texts = new ConcurrentHashMap<>();

    Edition(int number, int jobs, int checkpoints) {
      this.number = number;
      this.jobs = jobs;
      this.checkpoints = checkpoints;
    }

    boolean fits(int jobs, int checkpoints) {
      return near(this.jobs, jobs) && near(this.checkpoints, checkpoints);
    }

    // A slightly smaller table does not count, so that a table near a limit does not make endless
    // editions.
    private static boolean near(int stage, int now) {
      return now <= stage && now >= stage - 1;
    }

    String of(Sql sql, SchemaName schema) {
      return sql.isConstant()
          ? texts.computeIfAbsent(sql, each -> text(each, schema))
          : once(sql, schema);
    }

    private String text(Sql sql, SchemaName schema) {
      return named(sql.purpose() + " (plan " + number + ")", sql.in(schema));
    }
  }

  /**
   * A statement with a comment after its first word. PostgreSQL 18 would omit a comment before it
   * from {@code pg_stat_statements}.
   */
  static String named(String purpose, String text) {
    int end = 0;
    while (Character.isLetter(text.charAt(end))) {
      end++;
    }
    return "%s /* cairn: %s */%s".formatted(text.substring(0, end), purpose, text.substring(end));
  }
}
