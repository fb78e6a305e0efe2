package dev.cairn.examples;

import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.migrate.Migrator;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.Steps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/** Imports a file into a table; a deploy in the middle costs nothing, and no line is lost. */
public final class ResumableImport {
  private static final int LINES = 10_000;
  private static final int BATCH = 100;
  private static final int DEPLOY_AT = 3_000;

  private final DataSource database;
  private final CountDownLatch deploy = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);

  ResumableImport(DataSource database) {
    this.database = database;
  }

  @JobKind("import_prices")
  record ImportPrices(String file) {}

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedDatabase.start()) {
      DataSource database = server.newDatabase().dataSource();
      Migrator.of(database).up();
      new ResumableImport(database).run(priceList());
    }
  }

  private void run(Path file) throws SQLException, InterruptedException {
    execute("CREATE TABLE price (article text, cents int)"); // nothing here forbids doubles
    try (Cairn old = client()) {
      old.start();
      old.insert(new ImportPrices(file.toString()));
      deploy.await();
      old.stop(); // asks the job to stop at its next checkpoint
    }
    System.out.println("deployed while the import was running");
    try (Cairn current = client()) {
      current.start();
      finished.await();
    }
    System.out.println(count("SELECT count(*) FROM price") + " prices");
    System.out.println(count("SELECT count(DISTINCT article) FROM price") + " articles");
  }

  private Cairn client() {
    Workers workers = Workers.builder().register(ImportPrices.class, this::work).build();
    return Cairn.builder(database).workers(workers).queue("default", 5).build();
  }

  void work(Job<ImportPrices> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    List<String> lines =
        Files.readAllLines(Path.of(job.args().file())); // outside of steps: each attempt reads
    steps.cursor("load", Integer.class, 0, cursor -> load(lines, cursor));
    int articles =
        steps.step(
            "count", Integer.class, () -> (int) count("SELECT count(DISTINCT article) FROM price"));
    context.setMetadata("articles", articles);
    finished.countDown();
  }

  private void load(List<String> lines, Cursor<Integer> cursor) throws Exception {
    while (cursor.get() < lines.size()) {
      // The rows and the cursor are committed together: no batch is lost, none is there twice.
      cursor.advanceInTransaction((connection, position) -> {
        int end = Math.min(position + BATCH, lines.size());
        insert(connection, lines.subList(position, end));
        return end;
      });
      if (cursor.get() == DEPLOY_AT) {
        deploy.countDown();
      }
    }
  }

  private static void insert(Connection connection, List<String> lines) throws SQLException {
    try (var insert = connection.prepareStatement("INSERT INTO price VALUES (?, ?)")) {
      for (String line : lines) {
        String[] fields = line.split(",", 2);
        insert.setString(1, fields[0]);
        insert.setInt(2, Integer.parseInt(fields[1]));
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private static Path priceList() throws IOException {
    Path file = Files.createTempFile("prices-", ".csv");
    file.toFile().deleteOnExit();
    return Files.write(
        file, IntStream.range(0, LINES).mapToObj(i -> "article-%d,%d".formatted(i, i)).toList());
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long count(String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
