package dev.cairn.examples.pages;

import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.RemovedSteps;
import dev.cairn.resumable.StepPlan;
import dev.cairn.resumable.Steps;
import dev.cairn.resumable.VersionChange;
import dev.cairn.source.Sources;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.IntConsumer;
import javax.sql.DataSource;
import org.jooq.DSLContext;

/** The code of docs/resumable.md. */
abstract class ResumablePage {
  private DataSource dataSource;
  private Api api;
  private Payments payments;

  @JobKind("import_catalog")
  record ImportCatalog(String catalog) {}

  record Quote(long cents) {}

  record Row(long id) {}

  record Order(long id) {}

  interface Api {
    Quote quote(ImportCatalog args);
  }

  interface Payments {
    void charge(Order order, String key);
  }

  abstract void validate(ImportCatalog args);

  abstract List<Row> rowsAfter(long id);

  abstract void process(Row row, Quote quote);

  abstract void process(Row row);

  abstract void settle(Connection connection);

  abstract void insertRow(Connection connection, long number);

  abstract void index(IntConsumer progress);

  abstract void mail(String address);

  abstract void loadPeople(Cursor<Long> cursor);

  abstract void loadOrders();

  // docs: resumable.md
  public void work(Job<ImportCatalog> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);

    steps.step("validate", () -> validate(job.args())); // once

    // once, and its result is kept
    Quote quote = steps.step("quote", Quote.class, () -> api.quote(job.args()));

    steps.cursor(
        "import",
        Long.class,
        0L,
        cursor -> { // from where it stopped
          for (Row row : rowsAfter(cursor.get())) {
            process(row, quote);
            cursor.advance(row.id());
          }
        });

    steps.stepTx("settle", connection -> settle(connection)); // once, with its rows
  }

  // end docs

  void advanceInTransaction(Cursor<Long> cursor) throws Exception {
    // docs: resumable.md
    cursor.advanceInTransaction((connection, position) -> {
      insertRow(connection, position + 1);
      return position + 1;
    });
    // end docs
  }

  void ownTransactions(Workers workers, DSLContext jooq) {
    // docs: resumable.md
    Cairn cairn =
        Cairn.builder(dataSource)
            .workers(workers)
            .queue("default", 10)
            .transactions(work -> jooq.transaction(it -> it.dsl().connection(work::run)))
            .build();
    // end docs
    cairn.start();
  }

  private Connection begin() throws SQLException {
    Connection connection = dataSource.getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  void byHand(Steps steps) throws Exception {
    // docs: resumable.md
    steps.step(
        "settle",
        () -> {
          try (Connection connection = begin()) {
            settle(connection);
            steps.finishTx("settle", connection); // the name of the step that runs
            connection.commit();
          }
        });
    // end docs
  }

  long total;

  // docs: resumable.md
  void load(Steps steps) throws Exception {
    steps.cursor(
        "import",
        Position.class,
        new Position(0, 0),
        cursor -> {
          for (Row row : rowsAfter(cursor.get().id())) {
            process(row);
            long done = cursor.get().done() + 1; // over all attempts, as the position is
            cursor.progress(done, total); // saved with the next position
            cursor.advance(new Position(row.id(), done));
          }
        });
    // in a step without a cursor
    steps.step("index", () -> index(part -> steps.progress(part, 40L)));
  }

  record Position(long id, long done) {}

  // end docs

  void goThrough(Steps steps) throws Exception {
    // docs: resumable.md
    steps.forEach(
        "notify",
        Sources.keyset(dataSource, "person")
            .key("created_at", "id")
            .rows(row -> row.getString("email")),
        email -> mail(email));
    // end docs
  }

  void branch(Steps steps) throws Exception {
    // docs: resumable.md
    steps.parallel(
        "load",
        branches ->
            branches
                .add("people", own -> own.cursor("rows", Long.class, 0L, this::loadPeople))
                .add("orders", own -> own.step("all", this::loadOrders))
                .atMost(4));
    // end docs
  }

  void call(Steps steps, Order order) throws Exception {
    // docs: resumable.md
    steps.step("charge", () -> payments.charge(order, steps.idempotencyKey("charge", order.id())));
    // end docs
  }

  void changeTheCode(Steps steps) throws Exception {
    // docs: resumable.md
    steps.plan(
        StepPlan.of("validate", "quote", "import", "settle")
            .renamed("load", "import")
            .onRemoved(RemovedSteps.IGNORE)
            .version(
                3,
                progress -> {
                  if (progress.version() < 2) {
                    long old = progress.cursor("import", Long.class).orElse(0L);
                    progress.moveCursor("import", old * 1_000);
                  }
                  return VersionChange.Decision.CONTINUE; // or RESTART, or PARK
                }));
    // end docs
  }
}
