package dev.cairn.doctor;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The tables of jobs: their indexes, what autovacuum does for them, and their statistics. */
final class TableChecks {
  /**
   * An index without which statements of clients read a whole table.
   *
   * @param line the line of the migration that creates it, as the command line names it
   * @param version its version
   */
  record Needed(String index, String line, int version) {}

  static final List<Needed> NEEDED =
      List.of(
          new Needed("river_job_pkey", "main", 2),
          new Needed("river_job_prioritized_fetching_index", "main", 2),
          new Needed("river_job_state_and_finalized_at_index", "main", 2),
          new Needed("river_job_unique_idx", "main", 6),
          new Needed("cairn_checkpoint_pkey", "cairn", 1),
          new Needed("cairn_client_pkey", "cairn", 1),
          new Needed("cairn_periodic_pkey", "cairn", 1),
          new Needed("cairn_quarantine_pkey", "cairn", 2),
          new Needed("cairn_signal_pkey", "cairn", 2),
          new Needed("cairn_wait_pkey", "cairn", 2),
          new Needed("cairn_wait_awaited_job_index", "cairn", 2),
          new Needed("cairn_wait_signal_index", "cairn", 2));

  /** A cast to regnamespace would fold the name to lower case, as if it were written in SQL. */
  private static final String SCHEMA =
      "(SELECT oid FROM pg_namespace WHERE nspname = current_schema())";

  private static final int BLOATED = 3;
  private static final int MANY_ROWS = 10_000;

  /** For statements that people copy into a session with any search path. */
  private static final String QUALIFIED =
      "quote_ident(current_schema()) || '.' || quote_ident(%s) AS quoted";

  private final Limits limits;
  private final Place place;

  TableChecks(Limits limits, Place place) {
    this.limits = limits;
    this.place = place;
  }

  List<Check> all() {
    return List.of(
        new Check("indexes", this::indexes),
        new Check("vacuum", TableChecks::vacuum),
        new Check("statistics", TableChecks::statistics));
  }

  private List<Finding> indexes(ReadOnlyConnection database) throws SQLException {
    var findings = new ArrayList<Finding>();
    List<String> present =
        database.rows(
            """
            SELECT relname FROM pg_class
            WHERE relkind = 'i' AND relnamespace = {schema}
            """
                .replace("{schema}", SCHEMA),
            row -> row.getString(1));
    for (Needed needed : NEEDED) {
      if (!present.contains(needed.index())) {
        String command =
            "migrate get --line %s --version %d --up".formatted(needed.line(), needed.version());
        findings.add(
            Finding.problem(
                "indexes",
                "index %s is missing: statements read the whole table".formatted(needed.index()),
                "create it as %s shows".formatted(place.command(command))));
      }
    }
    findings.addAll(invalid(database));
    findings.addAll(bloated(database));
    findings.addAll(bloatedInverted(database));
    return findings.isEmpty()
        ? List.of(Finding.ok("indexes", "none is missing, invalid or bloated"))
        : findings;
  }

  private List<Finding> invalid(ReadOnlyConnection database) throws SQLException {
    return database.rows(
        """
        SELECT index.relname, EXISTS (
            SELECT FROM pg_stat_progress_create_index AS progress
            WHERE progress.index_relid = index.oid OR progress.relid = pg_index.indrelid
          ) AS building,
          -- Of other roles, which index it is cannot be seen without pg_read_all_stats.
          EXISTS (
            SELECT FROM pg_stat_progress_create_index AS progress
            WHERE progress.datname = current_database() AND progress.relid IS NULL
          ) AS maybe_building, {quoted}
        FROM pg_index
        JOIN pg_class AS index ON index.oid = pg_index.indexrelid
        JOIN pg_class AS relation ON relation.oid = pg_index.indrelid
        WHERE NOT (indisvalid AND indisready)
          AND relation.relnamespace = {schema}
          AND relation.relname ~ '^(river|cairn)_'
        ORDER BY index.relname
        """
            .replace("{schema}", SCHEMA)
            .replace("{quoted}", QUALIFIED.formatted("index.relname")),
        this::invalidIndex);
  }

  private Finding invalidIndex(ResultSet row) throws SQLException {
    String name = row.getString("relname");
    if (row.getBoolean("building")) {
      return Finding.note("indexes", "index %s is being built".formatted(name), null);
    }
    if (row.getBoolean("maybe_building")) {
      return Finding.note(
          "indexes",
          "index %s is invalid or just being built: another role builds an index, and this role"
                  .formatted(name)
              + " may not see which",
          "GRANT pg_read_all_stats TO the role that runs doctor, or look again in a few minutes");
    }
    return Finding.problem(
        "indexes",
        "index %s is invalid: it slows down changes, and no query uses it".formatted(name),
        "DROP INDEX CONCURRENTLY %s, and %s shows what is missing"
            .formatted(row.getString("quoted"), place.command("migrate profile")));
  }

  /** By the width of the indexed columns, as the statistics have it. */
  private List<Finding> bloated(ReadOnlyConnection database) throws SQLException {
    return database.rows(
        """
        SELECT name, {quoted}, bytes, expected
        FROM (
          SELECT index.relname AS name, pg_relation_size(index.oid) AS bytes,
            greatest(index.reltuples, 0)
              * (16 + coalesce(sum(ceil(stats.avg_width / 8.0) * 8), 16)) / 0.8 + 8192 AS expected
          FROM pg_index
          JOIN pg_class AS index ON index.oid = pg_index.indexrelid
          JOIN pg_class AS relation ON relation.oid = pg_index.indrelid
          JOIN pg_am ON pg_am.oid = index.relam AND pg_am.amname = 'btree'
          LEFT JOIN pg_attribute AS attribute
            ON attribute.attrelid = relation.oid AND attribute.attnum = ANY (pg_index.indkey)
            AND attribute.attnum > 0
          LEFT JOIN pg_stats AS stats
            ON stats.schemaname = current_schema() AND stats.tablename = relation.relname
            AND stats.attname = attribute.attname AND NOT stats.inherited
          WHERE relation.relnamespace = {schema}
            AND relation.relname ~ '^(river|cairn)_' AND indisvalid
            AND index.reltuples >= 0
          GROUP BY index.oid, index.relname, index.reltuples
        ) AS estimated
        WHERE bytes > ? AND bytes > ? * expected
        ORDER BY bytes DESC
        """
            .replace("{schema}", SCHEMA)
            .replace("{quoted}", QUALIFIED.formatted("name")),
        row ->
            Finding.warning(
                "indexes",
                "index %s fills %s, but about %s would be enough"
                    .formatted(
                        row.getString("name"),
                        Words.bytes(row.getLong("bytes")),
                        Words.bytes(Math.round(row.getDouble("expected")))),
                "REINDEX INDEX CONCURRENTLY " + row.getString("quoted")),
        limits.indexBytes(),
        BLOATED);
  }

  /** An inverted index holds each value once, so it should be smaller than what it is about. */
  private List<Finding> bloatedInverted(ReadOnlyConnection database) throws SQLException {
    return database.rows(
        """
        SELECT name, {quoted}, bytes, table_bytes
        FROM (
          SELECT index.relname AS name, pg_relation_size(index.oid) AS bytes,
            pg_table_size(pg_index.indrelid) AS table_bytes
          FROM pg_index
          JOIN pg_class AS index ON index.oid = pg_index.indexrelid
          JOIN pg_class AS relation ON relation.oid = pg_index.indrelid
          JOIN pg_am ON pg_am.oid = index.relam AND pg_am.amname = 'gin'
          WHERE relation.relnamespace = {schema}
            AND relation.relname ~ '^(river|cairn)_' AND indisvalid
        ) AS measured
        WHERE bytes > ? AND bytes > table_bytes
        ORDER BY bytes DESC
        """
            .replace("{schema}", SCHEMA)
            .replace("{quoted}", QUALIFIED.formatted("name")),
        row ->
            Finding.warning(
                "indexes",
                "index %s fills %s, more than its whole table with %s"
                    .formatted(
                        row.getString("name"),
                        Words.bytes(row.getLong("bytes")),
                        Words.bytes(row.getLong("table_bytes"))),
                "REINDEX INDEX CONCURRENTLY " + row.getString("quoted")),
        limits.indexBytes());
  }

  /**
   * A table.
   *
   * @param quoted with its schema, for statements
   * @param off the storage parameters that turn autovacuum off, such as {@code autovacuum_enabled}
   */
  private record Table(
      String name,
      String quoted,
      long live,
      long dead,
      long changed,
      List<String> off,
      @Nullable Instant vacuumed,
      @Nullable Instant analyzed) {}

  private static List<Table> tables(ReadOnlyConnection database) throws SQLException {
    return database.rows(
        """
        SELECT pg_class.relname, {quoted}, n_live_tup, n_dead_tup, n_mod_since_analyze,
          concat_ws(',',
            (SELECT 'autovacuum_enabled' FROM pg_options_to_table(pg_class.reloptions)
              WHERE CASE WHEN option_name = 'autovacuum_enabled' THEN NOT option_value::boolean END),
            (SELECT 'toast.autovacuum_enabled' FROM pg_options_to_table(toast.reloptions)
              WHERE CASE WHEN option_name = 'autovacuum_enabled' THEN NOT option_value::boolean END)) AS off,
          greatest(last_vacuum, last_autovacuum) AS vacuumed,
          greatest(last_analyze, last_autoanalyze) AS analyzed
        FROM pg_stat_user_tables AS stats
        JOIN pg_class ON pg_class.oid = stats.relid
        LEFT JOIN pg_class AS toast ON toast.oid = pg_class.reltoastrelid
        WHERE schemaname = current_schema() AND pg_class.relname ~ '^(river|cairn)_'
        ORDER BY pg_class.relname
        """
            .replace("{quoted}", QUALIFIED.formatted("pg_class.relname")),
        row ->
            new Table(
                row.getString("relname"),
                row.getString("quoted"),
                row.getLong("n_live_tup"),
                row.getLong("n_dead_tup"),
                row.getLong("n_mod_since_analyze"),
                Stream.of(row.getString("off").split(",", -1)).filter(it -> !it.isEmpty()).toList(),
                ReadOnlyConnection.instant(row, "vacuumed"),
                ReadOnlyConnection.instant(row, "analyzed")));
  }

  private static List<Finding> vacuum(ReadOnlyConnection database) throws SQLException {
    var findings = new ArrayList<Finding>();
    for (Table table : tables(database)) {
      if (!table.off().isEmpty()) {
        findings.add(
            Finding.problem(
                "vacuum",
                "autovacuum is off for %s %s, which grows without limit"
                    .formatted(
                        table.off().contains("autovacuum_enabled")
                            ? "table"
                            : "the long values of table",
                        table.name()),
                "ALTER TABLE %s RESET (%s)"
                    .formatted(table.quoted(), String.join(", ", table.off()))));
      }
      if (table.dead() > MANY_ROWS && table.dead() > table.live()) {
        findings.add(
            Finding.warning(
                "vacuum",
                "table %s has %s dead rows beside %s live ones; last vacuum: %s"
                    .formatted(
                        table.name(),
                        Words.count(table.dead()),
                        Words.count(table.live()),
                        moment(table.vacuumed())),
                "end old transactions, then VACUUM " + table.quoted()));
      }
    }
    return findings.isEmpty()
        ? List.of(Finding.ok("vacuum", "no table has too many dead rows"))
        : findings;
  }

  private static List<Finding> statistics(ReadOnlyConnection database) throws SQLException {
    var findings = new ArrayList<Finding>();
    for (Table table : tables(database)) {
      boolean never = table.analyzed() == null && table.live() > MANY_ROWS;
      boolean old = table.changed() > MANY_ROWS && table.changed() > table.live();
      if (never || old) {
        findings.add(
            Finding.warning(
                "statistics",
                "the statistics of table %s are old: %s changes since %s"
                    .formatted(
                        table.name(), Words.count(table.changed()), moment(table.analyzed())),
                "ANALYZE " + table.quoted()));
      }
    }
    return findings.isEmpty()
        ? List.of(Finding.ok("statistics", "those of all tables are recent"))
        : findings;
  }

  private static String moment(@Nullable Instant instant) {
    return instant == null ? "never" : Words.moment(instant);
  }
}
