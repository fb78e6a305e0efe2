package dev.cairn.examples;

import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.migrate.Migrator;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/**
 * An application that binds each transaction to its thread, as Spring, jOOQ and JDBI do. Its
 * repository knows nothing of Cairn, and its rows still commit together with the steps of the job.
 */
public final class OwnTransactions {
  private final Transactions transactions;
  private final Postings postings;
  private final AtomicBoolean broken = new AtomicBoolean(true);
  private final CountDownLatch finished = new CountDownLatch(1);

  private OwnTransactions(DataSource database) {
    this.transactions = new Transactions(database);
    this.postings = new Postings(transactions);
  }

  @JobKind("book_postings")
  record BookPostings(long count) {}

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedDatabase.start()) {
      DataSource database = server.newDatabase().dataSource();
      Migrator.of(database).up();
      new OwnTransactions(database).run(database);
    }
  }

  private void run(DataSource database) throws Exception {
    transactions.run(postings::create);
    Workers workers = Workers.builder().register(BookPostings.class, this::work).build();
    try (Cairn cairn =
        Cairn.builder(database)
            .workers(workers)
            .queue("default", 1)
            .transactions(work -> transactions.run(() -> work.run(transactions.current())))
            .build()) {
      cairn.start();
      cairn.insert(new BookPostings(100));
      finished.await();
    }
    transactions.run(() -> System.out.println(postings.count() + " postings"));
  }

  private void work(Job<BookPostings> job, WorkContext context) throws Exception {
    Steps.of(context)
        .forEachTx(
            "book",
            Sources.range(0, job.args().count()),
            10,
            (connection, numbers) -> {
              for (long number : numbers) {
                postings.add(number); // on the connection of its thread, which is the step's
                if (number == 55 && broken.compareAndSet(true, false)) {
                  System.out.println("fails at posting 55");
                  throw new IllegalStateException("the ledger is locked");
                }
              }
            });
    finished.countDown();
  }

  /** Code that runs in a transaction. */
  @FunctionalInterface
  private interface Body {
    void run() throws Exception;
  }

  /** The transactions of this application: the place of its framework's. */
  private static final class Transactions {
    private final DataSource database;
    private final Map<Thread, Connection> bound = new ConcurrentHashMap<>();

    Transactions(DataSource database) {
      this.database = database;
    }

    /** Runs code in a new transaction, which is committed unless the code throws. */
    void run(Body body) throws Exception {
      try (Connection connection = database.getConnection()) {
        connection.setAutoCommit(false);
        bound.put(Thread.currentThread(), connection);
        try {
          body.run();
          connection.commit();
        } catch (Throwable e) {
          connection.rollback();
          throw e;
        } finally {
          bound.remove(Thread.currentThread());
        }
      }
    }

    Connection current() {
      Connection connection = bound.get(Thread.currentThread());
      if (connection == null) {
        throw new IllegalStateException("there is no transaction on this thread");
      }
      return connection;
    }
  }

  /** A repository: writes in the transaction of its thread. */
  private static final class Postings {
    private final Transactions transactions;

    Postings(Transactions transactions) {
      this.transactions = transactions;
    }

    void create() throws SQLException {
      try (var statement = transactions.current().createStatement()) {
        statement.execute("CREATE TABLE posting (number bigint)"); // nothing here forbids doubles
      }
    }

    void add(long number) throws SQLException {
      try (var insert = transactions.current().prepareStatement("INSERT INTO posting VALUES (?)")) {
        insert.setLong(1, number);
        insert.executeUpdate();
      }
    }

    long count() throws SQLException {
      try (var statement = transactions.current().createStatement();
          var rows = statement.executeQuery("SELECT count(*) FROM posting")) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }
}
