package dev.cairn.chaos;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.resumable.Steps;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * A process with one resumable job that stops at each boundary: it says on standard output where it
 * is, and goes on when it reads a line. Whoever has started it may kill it there.
 */
final class BoundaryWorker {
  static final int ROWS = 4;

  private final DataSource dataSource;

  private BoundaryWorker(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  @JobKind("boundary")
  record Bounded(int rows) {}

  /** Its argument is the schema. */
  public static void main(String[] args) throws Exception {
    var config = new HikariConfig();
    config.setDataSource(FreshDatabase.ofEnvironment().dataSource());
    config.setSchema(args[0]);
    config.setMaximumPoolSize(8);
    try (var pool = new HikariDataSource(config);
        var client = client(pool, args[0])) {
      client.start();
      Thread.currentThread().join();
    }
  }

  private static Cairn client(DataSource pool, String schema) {
    var worker = new BoundaryWorker(pool);
    return Cairn.builder(pool)
        .schema(schema)
        .jobTimeout(Duration.ZERO)
        .heartbeatTimeout(Duration.ofSeconds(1))
        .flushInterval(Duration.ofMillis(20))
        .pollInterval(Duration.ofMillis(20))
        .workers(
            Workers.builder()
                .register(Bounded.class, (job, context) -> worker.work(job.args(), context))
                .build())
        .queue("default", 1)
        .build();
  }

  private void work(Bounded args, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    pass("the worker begins");
    steps.stepTx(
        "begin",
        connection -> {
          insert(connection, "once", 0);
          pass("before the commit of step begin");
        });
    pass("after step begin");
    steps.cursor(
        "rows",
        Integer.class,
        0,
        cursor -> {
          for (int row = cursor.get() + 1; row <= args.rows(); row++) {
            insertAlone("repeatable", row);
            pass("row " + row + " is done");
            cursor.checkpoint(row);
            pass("row " + row + " is durable");
          }
        });
    steps.cursor(
        "batches",
        Integer.class,
        0,
        cursor -> {
          while (cursor.get() < args.rows()) {
            cursor.advanceInTransaction((connection, row) -> {
              insert(connection, "once", row + 1);
              pass("before the commit of batch " + (row + 1));
              return row + 1;
            });
            pass("after the commit of batch " + cursor.get());
          }
        });
    steps.step("end", () -> insertAlone("repeatable", args.rows() + 1));
    pass("the worker returns");
  }

  private static void pass(String boundary) throws IOException {
    System.out.write((boundary + "\n").getBytes(StandardCharsets.UTF_8));
    System.out.flush();
    int read;
    do {
      read = System.in.read();
    } while (read >= 0 && read != '\n');
  }

  private void insertAlone(String what, int row) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      insert(connection, what, row);
    }
  }

  private static void insert(Connection connection, String what, int row) throws SQLException {
    try (var insert = connection.prepareStatement("INSERT INTO boundary_effect VALUES (?, ?)")) {
      insert.setString(1, what);
      insert.setInt(2, row);
      insert.executeUpdate();
    }
  }
}
