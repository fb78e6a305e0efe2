package dev.cairn.internal.postgres;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * The parts of River's tables that Cairn needs. They are checked as soon as line main has the
 * version that Cairn needs: the line may be newer than this version of Cairn, or the tables may
 * have been changed by hand. Indexes that only searches use are not needed.
 */
final class RiverNeeds {
  static final String IN_THE_WAY = "no value by default for ";

  private static final List<String> NEEDED =
      """
      column river_job.id of type bigint
      column river_job.state of type river_job_state
      column river_job.attempt of type smallint
      column river_job.max_attempts of type smallint
      column river_job.attempted_at of type timestamp with time zone
      column river_job.created_at of type timestamp with time zone
      column river_job.finalized_at of type timestamp with time zone
      column river_job.scheduled_at of type timestamp with time zone
      column river_job.priority of type smallint
      column river_job.args of type jsonb
      column river_job.attempted_by of type text[]
      column river_job.errors of type jsonb[]
      column river_job.kind of type text
      column river_job.metadata of type jsonb
      column river_job.queue of type text
      column river_job.tags of type character varying[]
      column river_job.unique_key of type bytea
      column river_job.unique_states of type bit
      column river_leader.elected_at of type timestamp with time zone
      column river_leader.expires_at of type timestamp with time zone
      column river_leader.leader_id of type text
      column river_leader.name of type text
      column river_migration.line of type text
      column river_migration.version of type bigint
      column river_migration.created_at of type timestamp with time zone
      column river_queue.name of type text
      column river_queue.created_at of type timestamp with time zone
      column river_queue.metadata of type jsonb
      column river_queue.paused_at of type timestamp with time zone
      column river_queue.updated_at of type timestamp with time zone
      value available of type river_job_state
      value cancelled of type river_job_state
      value completed of type river_job_state
      value discarded of type river_job_state
      value pending of type river_job_state
      value retryable of type river_job_state
      value running of type river_job_state
      value scheduled of type river_job_state
      function river_job_state_in_bitmask(bit, river_job_state) returns boolean
      unique index on river_job (id)
      unique index on river_job (unique_key) where river_job_state_in_bitmask
      index on river_job (state, queue, priority, scheduled_at, id)
      index on river_job (state, finalized_at)
      unique index on river_leader (name)
      unique index on river_queue (name)
      """
          .lines()
          .toList();

  private final Database database;

  RiverNeeds(Database database) {
    this.database = database;
  }

  // The types are named without their schema, which is the schema of the tables or pg_catalog. The
  // statement must not wait for a lock on the tables, as pg_get_expr would. So it looks for the
  // condition of an index in the catalog's internal form. chr(58) is a colon, which would begin a
  // parameter if it was written out.
  private static final Sql FOUND =
      Sql.of(
          "check River's tables",
          """
          WITH home AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = :schema),
          relation AS (
            SELECT relation.oid, relation.relname AS name
            FROM pg_catalog.pg_class AS relation
            JOIN home ON home.oid = relation.relnamespace
            WHERE relation.relname IN ('river_job', 'river_leader', 'river_migration', 'river_queue')
              AND relation.relkind IN ('r', 'p')
          ),
          attribute AS (
            SELECT format('%I.%I', relation.name, attribute.attname) AS name,
              regexp_replace(format_type(attribute.atttypid, NULL), '^.*[.]', '') AS type,
              attribute.attnotnull AND NOT attribute.atthasdef AND attribute.attidentity = ''
                AS must_be_given
            FROM relation
            JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = relation.oid
            WHERE attribute.attnum > 0 AND NOT attribute.attisdropped
          ),
          index AS (
            SELECT relation.name, pg_index.indisunique AS is_unique,
              EXISTS (
                SELECT
                FROM pg_catalog.pg_proc AS bitmask
                JOIN home ON home.oid = bitmask.pronamespace
                WHERE bitmask.proname = 'river_job_state_in_bitmask'
                  AND pg_index.indpred::text LIKE '%' || chr(58) || 'funcid ' || bitmask.oid || ' %'
              ) AS by_bitmask,
              (
                SELECT string_agg(coalesce(attribute.attname, '-'), ', ' ORDER BY key.place)
                FROM unnest(pg_index.indkey::smallint[]) WITH ORDINALITY AS key (number, place)
                LEFT JOIN pg_catalog.pg_attribute AS attribute
                  ON attribute.attrelid = relation.oid AND attribute.attnum = key.number
              ) AS columns
            FROM relation
            JOIN pg_catalog.pg_index ON pg_index.indrelid = relation.oid
            WHERE pg_index.indisvalid
          )
          SELECT format('column %s of type %s', name, type) FROM attribute
          UNION ALL
          SELECT 'no value by default for ' || name FROM attribute WHERE must_be_given
          UNION ALL
          SELECT format('value %s of type river_job_state', label.enumlabel)
          FROM pg_catalog.pg_enum AS label
          JOIN pg_catalog.pg_type AS type ON type.oid = label.enumtypid
          JOIN home ON home.oid = type.typnamespace
          WHERE type.typname = 'river_job_state'
          UNION ALL
          SELECT format('function %s(%s) returns %s', proname,
            (
              SELECT string_agg(regexp_replace(format_type(argument.type, NULL), '^.*[.]', ''), ', '
                ORDER BY argument.place)
              FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS argument (type, place)
            ),
            format_type(prorettype, NULL))
          FROM pg_catalog.pg_proc
          JOIN home ON home.oid = pronamespace
          UNION ALL
          SELECT format('%sindex on %s (%s)%s', CASE WHEN is_unique THEN 'unique ' END, name, columns,
            CASE WHEN by_bitmask THEN ' where river_job_state_in_bitmask' END)
          FROM index
          """);

  /**
   * The parts that are missing, or that would prevent Cairn from inserting; empty if there are
   * none.
   */
  List<String> missing(Connection connection) {
    List<String> found =
        database.list(
            connection, FOUND, Map.of("schema", database.schema().name()), row -> row.getString(1));
    var missing = new ArrayList<>(NEEDED);
    missing.removeAll(new HashSet<>(found));
    for (String line : found) {
      if (line.startsWith(IN_THE_WAY) && isUnknown(line.substring(IN_THE_WAY.length()))) {
        missing.add(line);
      }
    }
    return missing;
  }

  private static boolean isUnknown(String column) {
    return NEEDED.stream().noneMatch(line -> line.startsWith("column " + column + " "));
  }
}
