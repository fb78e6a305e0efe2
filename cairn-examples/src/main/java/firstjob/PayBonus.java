package firstjob;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.UniqueOptions;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.migrate.Migrator;
import dev.cairn.resumable.Steps;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Pays a bonus into each of 300 accounts. You can kill this program at any time. */
public final class PayBonus {
  private static final long ACCOUNTS = 300;

  private final DataSource database;

  private PayBonus(DataSource database) {
    this.database = database;
  }

  /** The arguments of the job. They are stored as JSON, under the kind "pay_bonus". */
  @JobKind("pay_bonus")
  record Bonus(int cents) {}

  public static void main(String[] args) throws Exception {
    System.out.println("process " + ProcessHandle.current().pid());
    var database = new PGSimpleDataSource(); // a real program passes its connection pool
    database.setUrl(System.getenv("DATABASE_URL"));
    new PayBonus(database).run();
  }

  private void run() throws SQLException {
    Migrator.of(database).up(); // creates Cairn's tables, if they are missing
    createAccounts();

    Workers workers = Workers.builder().register(Bonus.class, this::work).build();
    Cairn cairn =
        Cairn.builder(database)
            .workers(workers)
            .queue("default", 10) // works at most ten jobs at once
            .heartbeatTimeout(Duration.ofSeconds(5)) // 30 seconds, unless you set it
            .build();
    Runtime.getRuntime().addShutdownHook(new Thread(cairn::close)); // for Ctrl-C
    cairn.start();
    cairn.insert(new Bonus(1_000), InsertOptions.defaults().withUnique(UniqueOptions.byKind()));
    cairn.stopped().join();
  }

  private void work(Job<Bonus> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    steps.cursor(
        "pay",
        Integer.class,
        0,
        cursor -> {
          while (cursor.get() < ACCOUNTS) {
            // The payment and the new position of the cursor are committed together.
            cursor.advanceInTransaction((connection, last) -> {
              pay(connection, last + 1, job.args().cents());
              return last + 1;
            });
            cursor.progress(cursor.get(), ACCOUNTS);
            System.out.println("paid account " + cursor.get());
            Thread.sleep(Duration.ofMillis(100)); // so that you have time to kill the process
          }
        });
    steps.step("report", this::report);
  }

  private static void pay(Connection connection, int account, int cents) throws SQLException {
    try (var update =
        connection.prepareStatement("UPDATE account SET cents = cents + ? WHERE id = ?")) {
      update.setInt(1, cents);
      update.setInt(2, account);
      update.executeUpdate();
    }
  }

  private void createAccounts() throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE IF NOT EXISTS account (id int PRIMARY KEY, cents int NOT NULL)");
      statement.execute(
          "INSERT INTO account SELECT id, 0 FROM generate_series(1, "
              + ACCOUNTS
              + ") AS id"
              + " ON CONFLICT DO NOTHING");
    }
  }

  private void report() throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT count(*), min(cents), max(cents) FROM account")) {
      row.next();
      System.out.printf(
          "%d accounts, the poorest has %d cents, the richest %d%n",
          row.getInt(1), row.getInt(2), row.getInt(3));
    }
  }
}
