package dev.cairn.cli.demo;

import dev.cairn.cli.demo.Summary.TypeTotal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** The tables that the job of the demo fills. */
final class InventoryTables {
  private static final int TYPES_MAX = 12;

  private final DataSource dataSource;

  InventoryTables(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** How far the job has come, as it stands in the database. */
  record Progress(Found found, long files, long bytes) {}

  /** One path of the inventory and how often it is there. */
  record Row(String path, long size, String sha256, int times) {}

  /** No constraint keeps a file from being recorded twice: that is for the job to do. */
  void create() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE TABLE demo_file (
            path text NOT NULL,
            size bigint NOT NULL,
            sha256 text,
            mime_type text,
            problem text
          );
          CREATE TABLE demo_progress (
            job_id bigint PRIMARY KEY,
            found_files bigint NOT NULL,
            found_bytes bigint NOT NULL,
            files bigint NOT NULL DEFAULT 0,
            bytes bigint NOT NULL DEFAULT 0
          )
          """);
    }
  }

  /** Says how much there is to do. */
  void announce(Connection connection, long job, Found found) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "INSERT INTO demo_progress (job_id, found_files, found_bytes) VALUES (?, ?, ?)")) {
      insert.setLong(1, job);
      insert.setLong(2, found.files());
      insert.setLong(3, found.bytes());
      insert.executeUpdate();
    }
  }

  /** Adds a batch in the transaction that moves the cursor behind it. */
  void record(Connection connection, long job, List<FileRecord> files, Position reached)
      throws SQLException {
    try (var insert =
            connection.prepareStatement(
                """
                INSERT INTO demo_file (path, size, sha256, mime_type, problem)
                SELECT * FROM unnest(?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[])
                """);
        var update =
            connection.prepareStatement(
                "UPDATE demo_progress SET files = ?, bytes = ? WHERE job_id = ?")) {
      Object[][] columns = {
        files.stream().map(FileRecord::path).toArray(),
        files.stream().map(FileRecord::size).toArray(),
        files.stream().map(FileRecord::sha256).toArray(),
        files.stream().map(FileRecord::mimeType).toArray(),
        files.stream().map(FileRecord::problem).toArray()
      };
      for (int i = 0; i < columns.length; i++) {
        insert.setArray(i + 1, connection.createArrayOf(i == 1 ? "bigint" : "text", columns[i]));
      }
      insert.executeUpdate();
      update.setLong(1, reached.files());
      update.setLong(2, reached.bytes());
      update.setLong(3, job);
      update.executeUpdate();
    }
  }

  Summary summary() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        ResultSet totals =
            statement.executeQuery(
                """
                WITH same AS (
                  SELECT count(*) - 1 AS extra, min(size) AS size
                  FROM demo_file WHERE sha256 IS NOT NULL GROUP BY sha256
                )
                SELECT count(*), coalesce(sum(size), 0), count(problem),
                  (SELECT coalesce(sum(extra), 0) FROM same),
                  (SELECT coalesce(sum(extra * size), 0) FROM same)
                FROM demo_file
                """)) {
      totals.next();
      return new Summary(
          totals.getLong(1),
          totals.getLong(2),
          totals.getLong(3),
          types(connection),
          totals.getLong(4),
          totals.getLong(5));
    }
  }

  private static List<TypeTotal> types(Connection connection) throws SQLException {
    var types = new ArrayList<TypeTotal>();
    try (var query =
        connection.prepareStatement(
            """
            SELECT mime_type, count(*), sum(size) FROM demo_file WHERE mime_type IS NOT NULL
            GROUP BY mime_type ORDER BY count(*) DESC, mime_type LIMIT ?
            """)) {
      query.setInt(1, TYPES_MAX);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          types.add(new TypeTotal(rows.getString(1), rows.getLong(2), rows.getLong(3)));
        }
      }
    }
    return types;
  }

  /** Empty while the files are still being counted. */
  Optional<Progress> progress(long job) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var query =
            connection.prepareStatement(
                """
                SELECT found_files, found_bytes, files, bytes FROM demo_progress WHERE job_id = ?
                """)) {
      query.setLong(1, job);
      try (ResultSet rows = query.executeQuery()) {
        return rows.next()
            ? Optional.of(
                new Progress(
                    new Found(rows.getLong(1), rows.getLong(2)), rows.getLong(3), rows.getLong(4)))
            : Optional.empty();
      }
    }
  }

  /** All that was recorded, each path once. */
  List<Row> rows() throws SQLException {
    var files = new ArrayList<Row>();
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT path, min(size), coalesce(min(sha256), ''), count(*)
                FROM demo_file GROUP BY path
                """)) {
      while (rows.next()) {
        files.add(new Row(rows.getString(1), rows.getLong(2), rows.getString(3), rows.getInt(4)));
      }
    }
    return files;
  }

  /** The clock of the database, by which processes are compared. */
  Instant now() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT clock_timestamp()")) {
      rows.next();
      return rows.getObject(1, OffsetDateTime.class).toInstant();
    }
  }
}
