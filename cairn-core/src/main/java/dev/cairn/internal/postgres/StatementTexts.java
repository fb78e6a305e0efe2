package dev.cairn.internal.postgres;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/*
 * The server keeps a plan for each statement that a connection runs often, until the table is next
 * analyzed: by default up to a minute, and never where autovacuum is off. In a table of a few pages
 * the cheapest way to a job is to read all of it. So a plan made while the queue was nearly empty
 * reads a million rows for each of a thousand jobs, once a million were inserted. A plan goes with
 * the text of its statement. So the text says how often the tables have become larger or smaller,
 * and the server makes new plans. From some hundred pages on they are the right ones for any size;
 * before that, no reading of all takes long.
 */

/**
 * What is sent to the server for each {@link Sql}: other texts, and so other plans, as the tables
 * grow and shrink. Each says its purpose, for those who look at the server's views. Thread-safe.
 */
final class StatementTexts {
  private static final int PAGE_BYTES = 8192;
  private static final int STAGE_MAX = 4;

  private volatile Edition edition = new Edition(1, 0, 0);

  String of(Sql sql, SchemaName schema) {
    return edition.of(sql, schema);
  }

  /** Takes note of how large the tables are. */
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

  /** One more from 4, 16, 64 and 256 pages on. */
  private static int stage(long bytes) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(bytes / PAGE_BYTES);
    return Math.clamp((bits - 1) / 2, 0, STAGE_MAX);
  }

  /** The texts for tables of one size. No number comes twice: old plans may have been remade. */
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

    // A little smaller is near enough, so that a table about a limit makes no endless editions.
    private static boolean near(int stage, int now) {
      return now <= stage && now >= stage - 1;
    }

    String of(Sql sql, SchemaName schema) {
      return sql.isConstant()
          ? texts.computeIfAbsent(sql, each -> text(each, schema))
          : named(sql.purpose(), sql.in(schema));
    }

    private String text(Sql sql, SchemaName schema) {
      return named(sql.purpose() + " (plan " + number + ")", sql.in(schema));
    }
  }

  /**
   * A statement with a comment after its first word; before it, PostgreSQL 18 would leave it out of
   * {@code pg_stat_statements}.
   */
  static String named(String purpose, String text) {
    int end = 0;
    while (Character.isLetter(text.charAt(end))) {
      end++;
    }
    return "%s /* cairn: %s */%s".formatted(text.substring(0, end), purpose, text.substring(end));
  }
}
