package dev.cairn.internal.postgres;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/*
 * The server keeps a plan for each statement that a connection runs often, until the table is next
 * analyzed: by default up to a minute, and never where autovacuum is off. In a table of a few pages
 * the cheapest way to a job is to read all of it. So a plan made while the queue was nearly empty
 * reads a million rows for each of a thousand jobs, once a million were inserted. A plan goes with
 * the text of its statement. So the text says how large the tables are, roughly, and as they grow
 * the server makes new plans. From some hundred pages on they are the right ones for any size;
 * before that, no reading of all takes long.
 */

/**
 * What is sent to the server for each {@link Sql}: other texts, and so other plans, as the tables
 * grow from nearly empty to large. Each begins with its purpose, for those who look at the server's
 * views. Thread-safe.
 */
final class StatementTexts {
  private static final int PAGE_BYTES = 8192;
  private static final int STAGE_MAX = 4;

  private volatile Edition edition = new Edition(0, 0);

  String of(Sql sql, SchemaName schema) {
    return edition.of(sql, schema);
  }

  /** Takes note of how large the tables are. That they have shrunk matters to no plan. */
  void sizes(long jobBytes, long checkpointBytes) {
    Edition last = edition;
    int jobs = Math.max(last.jobs, stage(jobBytes));
    int checkpoints = Math.max(last.checkpoints, stage(checkpointBytes));
    if (jobs > last.jobs || checkpoints > last.checkpoints) {
      edition = new Edition(jobs, checkpoints);
    }
  }

  /** One more from 4, 16, 64 and 256 pages on. */
  private static int stage(long bytes) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(bytes / PAGE_BYTES);
    return Math.clamp((bits - 1) / 2, 0, STAGE_MAX);
  }

  /** The texts for tables of one size. */
  private static final class Edition {
    private final int jobs;
    private final int checkpoints;
    private final Map<Sql, String> texts = new ConcurrentHashMap<>();

    Edition(int jobs, int checkpoints) {
      this.jobs = jobs;
      this.checkpoints = checkpoints;
    }

    String of(Sql sql, SchemaName schema) {
      return sql.isConstant()
          ? texts.computeIfAbsent(sql, each -> text(each, schema))
          : sql.in(schema);
    }

    private String text(Sql sql, SchemaName schema) {
      return "/* cairn: %s (sizes %d, %d) */ %s"
          .formatted(sql.purpose(), jobs, checkpoints, sql.in(schema));
    }
  }
}
