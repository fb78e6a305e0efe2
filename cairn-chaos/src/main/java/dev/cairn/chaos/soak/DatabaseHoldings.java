package dev.cairn.chaos.soak;

import dev.cairn.chaos.fleet.Tables;
import dev.cairn.chaos.fleet.Target;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the database holds: rows and sizes of Cairn's tables and indexes, sessions, transactions.
 */
final class DatabaseHoldings {
  private DatabaseHoldings() {}

  /**
   * Cairn keeps a signal for seven days, and a dead client for one. The soak is shorter, so it
   * backdates them as soon as they are not needed, and Cairn has to delete them.
   */
  private static final String[] AGE = {
    """
    UPDATE {schema}.cairn_signal SET touched_at = touched_at - interval '7 days'
    WHERE touched_at > now() - interval '7 days'
      AND name IN (SELECT args->>'key' FROM {schema}.chaos_deleted)
    """,
    """
    UPDATE {schema}.cairn_client SET heartbeat_at = heartbeat_at - interval '1 day'
    WHERE heartbeat_at BETWEEN now() - interval '1 day' AND now() - timeout - interval '1 minute'
    """
  };

  /** The tables with rows for most jobs of the load. */
  private static final Set<String> OF_THE_LOAD =
      Set.of("river_job", "cairn_checkpoint", "cairn_signal");

  /** The records of the judge are left out, because they have to grow. */
  private static final String RELATIONS =
      """
      SELECT relation.relname, relation.relkind = 'r', pg_table_size(relation.oid),
        coalesce(pg_stat_get_dead_tuples(relation.oid), 0)
      FROM pg_class AS relation
      WHERE relation.relnamespace = '{schema}'::regnamespace AND relation.relkind IN ('r', 'i')
        AND NOT starts_with(relation.relname, 'chaos_')
      """;

  /** Only the sessions of this run: others may use the database too. */
  private static final String OURS =
      """
      WHERE datname = current_database() AND backend_type = 'client backend'
        AND (application_name = '{schema}' OR starts_with(application_name, '{workers}'))
      """
          .replace("{workers}", Target.workers("{schema}"));

  private static final String SESSIONS =
      """
      SELECT replace(application_name, '{schema}', 'chaos'), count(*)
      FROM pg_stat_activity
      """
          + OURS
          + "GROUP BY application_name";

  private static final String OLDEST =
      """
      SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)
      FROM pg_stat_activity
      """
          + OURS
          + "AND pid <> pg_backend_pid()";

  /**
   * Each worker process has a queue of its own, and River keeps a queue for a day after its last
   * use. So only queues that were used lately are counted; a client records the use every ten
   * minutes.
   */
  private static final String QUEUES = "river_queue";

  private static final String USED = "updated_at > now() - interval '12 minutes'";

  /** Jobs that no client of Cairn inserted. */
  private static final String STRANGERS =
      "SELECT count(*) FROM {schema}.river_job WHERE kind <> 'chaos'";

  static Map<Measure, Long> measure(Tables tables) throws SQLException {
    tables.execute(AGE);
    var values = new TreeMap<Measure, Long>();
    for (Relation relation :
        tables.list(
            RELATIONS,
            row ->
                new Relation(
                    row.getString(1), row.getBoolean(2), row.getLong(3), row.getLong(4)))) {
      Kind size = relation.isTable ? Kind.TABLE_SIZE : Kind.INDEX_SIZE;
      values.put(measure(relation.name + " size", size), relation.bytes);
      if (relation.isTable) {
        Kind kind = OF_THE_LOAD.contains(relation.name) ? Kind.ROWS : Kind.FEW_ROWS;
        values.put(measure(relation.name + " rows", kind), count(tables, relation.name));
        values.put(measure(relation.name + " dead rows", Kind.DEAD_ROWS), relation.dead);
        values.put(
            measure(relation.name + " largest row", Kind.ROW_SIZE), largest(tables, relation.name));
      }
    }
    tables.list(
        SESSIONS,
        row ->
            values.put(measure("sessions " + row.getString(1), Kind.CONNECTIONS), row.getLong(2)));
    values.put(measure("oldest transaction", Kind.AGE), number(tables, OLDEST));
    values.put(measure("river_job rows of other kinds", Kind.FEW_ROWS), number(tables, STRANGERS));
    return values;
  }

  private static long count(Tables tables, String table) throws SQLException {
    return number(
        tables,
        "SELECT count(*) FROM {schema}." + table + (table.equals(QUEUES) ? " WHERE " + USED : ""));
  }

  /** Measured as text, because compression would hide the growth of a row. */
  private static long largest(Tables tables, String table) throws SQLException {
    return number(
        tables,
        "SELECT coalesce(max(octet_length(each::text)), 0) FROM {schema}.%s AS each"
            .formatted(table));
  }

  private static long number(Tables tables, String statement) throws SQLException {
    return tables.list(statement, row -> row.getLong(1)).getFirst();
  }

  private static Measure measure(String name, Kind kind) {
    return new Measure(Measure.DATABASE, name, kind);
  }

  private record Relation(String name, boolean isTable, long bytes, long dead) {}
}
