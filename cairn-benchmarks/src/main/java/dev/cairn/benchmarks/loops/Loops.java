package dev.cairn.benchmarks.loops;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.cairn.csv.CsvRow;
import dev.cairn.csv.CsvSource;
import dev.cairn.source.Sources;
import dev.cairn.source.SplittableSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** The loops, with their rows and files. */
final class Loops {
  private static final int BATCH = 1_000;

  /** How the text of each item begins. */
  static final String TEXT = "a line of some forty characters, number ";

  private final DataSource dataSource;
  private final LoopFiles files;
  private final int items;

  /** Keeps the JVM from optimising a loop away. */
  private final AtomicLong seen = new AtomicLong();

  private record Row(long id, String text) {}

  /**
   * @param files the files to write
   */
  Loops(DataSource dataSource, LoopFiles files, int items) {
    this.dataSource = dataSource;
    this.files = files;
    this.items = items;
  }

  /** Creates the tables and the files. */
  void prepare() throws SQLException, IOException {
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE bench_source (id bigint PRIMARY KEY, text text NOT NULL)");
      statement.execute("CREATE TABLE bench_target (id bigint PRIMARY KEY, text text NOT NULL)");
      statement.execute("CREATE TABLE bench_position (id bigint NOT NULL)");
      statement.execute("INSERT INTO bench_position VALUES (0)");
      statement.execute(
          "INSERT INTO bench_source SELECT n, '%s' || n FROM generate_series(1, %d) AS n"
              .formatted(TEXT, items));
      statement.execute("VACUUM ANALYZE bench_source");
    }
    files.write();
  }

  private long copied() throws SQLException {
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT count(*) FROM bench_target")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** Restores the state before the first loop. */
  void empty() throws SQLException {
    seen.setOpaque(-1);
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("TRUNCATE bench_target");
      statement.execute("UPDATE bench_position SET id = 0");
      statement.execute("CHECKPOINT");
    }
  }

  List<Loop> all() {
    return List.of(
        new Loop(
            "numbers, nothing done",
            items,
            this::numbersByHand,
            steps -> steps.forEach("numbers", Sources.range(0, items), this::see),
            seen::getOpaque,
            items - 1L),
        new Loop(
            "lines of a file, nothing done",
            items,
            this::linesByHand,
            steps ->
                steps.forEach("lines", Sources.lines(files.lines()), line -> see(line.length())),
            seen::getOpaque,
            files.text(items).length()),
        new Loop(
            "rows of a CSV file, nothing done",
            items,
            this::csvByHand,
            steps ->
                steps.forEach(
                    "csv", CsvSource.of(files.csv()), row -> see(row.get("text").length())),
            seen::getOpaque,
            files.text(items).length()),
        new Loop(
            "files of a folder, nothing done",
            files.filesOfTree(),
            this::filesByHand,
            steps -> steps.forEach("files", Sources.files(files.tree()), this::see),
            seen::getOpaque,
            files.nameInTree(files.filesOfTree()).length()),
        new Loop(
            "rows by key, nothing done",
            items,
            this::rowsByHand,
            steps -> steps.forEach("rows", rows(), row -> see(row.id())),
            seen::getOpaque,
            items),
        new Loop(
            "rows of a CSV file, each copied, 1,000 in a transaction",
            items,
            this::copyCsvByHand,
            steps ->
                steps.forEachTx(
                    "copy",
                    CsvSource.of(files.csv()),
                    BATCH,
                    (connection, rows) -> copy(connection, rows.stream().map(Loops::row).toList())),
            this::copied,
            items),
        new Loop(
            "rows by key, each copied, 1,000 in a transaction",
            items,
            this::copyByHand,
            steps -> steps.forEachTx("copy", rows(), BATCH, this::copy),
            this::copied,
            items));
  }

  private void see(long number) {
    seen.setOpaque(number);
  }

  private void numbersByHand() {
    for (long i = 0; i < items; i++) {
      see(i);
    }
  }

  private void linesByHand() throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(files.lines())) {
      String line = reader.readLine();
      while (line != null) {
        see(line.length());
        line = reader.readLine();
      }
    }
  }

  private void csvByHand() throws IOException {
    try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(files.csv())) {
      for (NamedCsvRecord row : reader) {
        see(row.getField("text").length());
      }
    }
  }

  /** In the order of their names, which a loop needs that is to go on where it was. */
  private void filesByHand() throws IOException {
    try (Stream<Path> all = Files.walk(files.tree())) {
      all.filter(Files::isRegularFile).sorted().forEach(this::see);
    }
  }

  private void see(Path file) {
    see(file.getFileName().toString().length());
  }

  private SplittableSource<Row, ?> rows() {
    return Sources.keyset(dataSource, "bench_source")
        .key("id")
        .pageSize(BATCH)
        .rows(row -> new Row(row.getLong("id"), row.getString("text")));
  }

  private void rowsByHand() throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      List<Row> page = page(connection, 0);
      while (!page.isEmpty()) {
        page.forEach(row -> see(row.id()));
        page = page(connection, page.getLast().id());
      }
    }
  }

  private static List<Row> page(Connection connection, long behind) throws SQLException {
    try (var select =
        connection.prepareStatement(
            "SELECT id, text FROM bench_source WHERE id > ? ORDER BY id LIMIT " + BATCH)) {
      select.setLong(1, behind);
      var page = new ArrayList<Row>();
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          page.add(new Row(rows.getLong(1), rows.getString(2)));
        }
      }
      return page;
    }
  }

  /** Copies rows, and commits its own position with them, as a careful loop does. */
  private void copyByHand() throws SQLException {
    try (Connection reading = dataSource.getConnection();
        Connection writing = dataSource.getConnection()) {
      writing.setAutoCommit(false);
      List<Row> page = page(reading, 0);
      while (!page.isEmpty()) {
        copyAndMove(writing, page);
        page = page(reading, page.getLast().id());
      }
      writing.setAutoCommit(true);
    }
  }

  /** Copies the rows of the CSV file, and commits its own position with them. */
  private void copyCsvByHand() throws IOException, SQLException {
    try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(files.csv());
        Connection writing = dataSource.getConnection()) {
      writing.setAutoCommit(false);
      var batch = new ArrayList<Row>();
      for (NamedCsvRecord row : reader) {
        batch.add(new Row(Long.parseLong(row.getField("id")), row.getField("text")));
        if (batch.size() == BATCH) {
          copyAndMove(writing, batch);
          batch.clear();
        }
      }
      if (!batch.isEmpty()) {
        copyAndMove(writing, batch);
      }
      writing.setAutoCommit(true);
    }
  }

  private void copyAndMove(Connection writing, List<Row> batch) throws SQLException {
    copy(writing, batch);
    move(writing, batch.getLast().id());
    writing.commit();
  }

  private static Row row(CsvRow row) {
    return new Row(Long.parseLong(row.get("id")), row.get("text"));
  }

  private void copy(Connection connection, List<Row> rows) throws SQLException {
    try (var insert = connection.prepareStatement("INSERT INTO bench_target VALUES (?, ?)")) {
      for (Row row : rows) {
        insert.setLong(1, row.id());
        insert.setString(2, row.text());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private static void move(Connection connection, long id) throws SQLException {
    try (var update = connection.prepareStatement("UPDATE bench_position SET id = ?")) {
      update.setLong(1, id);
      update.executeUpdate();
    }
  }
}
