package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.JobKind;
import dev.cairn.Worker;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.ServerOptions;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Workers with transactions, killed before and after each commit (R30). */
class ExplorerDatabaseTest {
  @JobKind("explored")
  record Explored(int rows) {}

  private static EmbeddedDatabase server;
  private static HikariDataSource dataSource;

  @BeforeAll
  static void start() throws Exception {
    server = EmbeddedDatabase.start(ServerOptions.forTests());
    var config = new HikariConfig();
    config.setDataSource(server.newDatabase().dataSource());
    dataSource = new HikariDataSource(config);
    execute("CREATE TABLE done (note text)");
  }

  @AfterAll
  static void stop() {
    dataSource.close();
    server.close();
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> rows() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT note FROM done ORDER BY note")) {
      var all = new ArrayList<String>();
      while (rows.next()) {
        all.add(rows.getString(1));
      }
      return all;
    }
  }

  private static void insert(Connection connection, String note) throws SQLException {
    try (var insert = connection.prepareStatement("INSERT INTO done VALUES (?)")) {
      insert.setString(1, note);
      insert.executeUpdate();
    }
  }

  private static Explorer<Explored> explorer(Worker<Explored> worker) {
    return Explorer.of(worker)
        .args(new Explored(3))
        .withDataSource(dataSource)
        .before(() -> execute("DELETE FROM done"))
        .effect(ExplorerDatabaseTest::rows)
        .pairs(40);
  }

  @Test
  void r30_workInTheTransactionOfItsCheckpointHappensOnceWhereverItIsKilled() throws Exception {
    Exploration exploration =
        explorer(
                (job, context) -> {
                  Steps steps = Steps.of(context);
                  steps.stepTx("begin", connection -> insert(connection, "begin"));
                  steps.cursor(
                      "rows",
                      Integer.class,
                      0,
                      cursor -> {
                        while (cursor.get() < job.args().rows()) {
                          cursor.advanceInTransaction((connection, row) -> {
                            insert(connection, "row " + (row + 1));
                            return row + 1;
                          });
                        }
                      });
                  steps.forEachTx(
                      "more",
                      Sources.range(0, 3),
                      2,
                      (connection, batch) -> {
                        for (long number : batch) {
                          insert(connection, "more " + number);
                        }
                      });
                })
            .killEverywhere();

    assertThat(exploration.boundaries()).isGreaterThan(12);
  }

  @Test
  void r30_workInATransactionOfTheWorkersOwnHappensOnceToo() throws Exception {
    explorer((job, context) ->
            Steps.of(context)
                .cursor(
                    "rows",
                    Integer.class,
                    0,
                    cursor -> {
                      for (int row = cursor.get() + 1; row <= job.args().rows(); row++) {
                        try (Connection connection = dataSource.getConnection()) {
                          connection.setAutoCommit(false);
                          insert(connection, "row " + row);
                          cursor.advanceTx(connection, row);
                          connection.commit();
                        }
                      }
                    }))
        .killEverywhere();
  }

  @Test
  void r30_findsATransactionThatDoesNotHoldTheCheckpoint() {
    assertThatThrownBy(() ->
            explorer((job, context) ->
                    Steps.of(context)
                        .cursor(
                            "rows",
                            Integer.class,
                            0,
                            cursor -> {
                              for (int row = cursor.get() + 1; row <= job.args().rows(); row++) {
                                int number = row;
                                context.<Boolean>inTransaction(connection -> {
                                  insert(connection, "row " + number);
                                  return true;
                                });
                                cursor.checkpoint(row);
                              }
                            }))
                .killEverywhere())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("after the commit of a transaction that holds no checkpoint")
        .hasMessageContaining("too much [row 1]")
        .hasMessageContaining("advanceTx, advanceInTransaction or stepTx");
  }

  /** Seen before: a run that was killed after it had completed its job was run again. */
  @Test
  void h7_aJobThatCompletesItselfIsNotAccused() throws Exception {
    explorer((job, context) ->
            context.<Boolean>inTransaction(connection -> {
              insert(connection, "all");
              context.completeTx(connection);
              return true;
            }))
        .killEverywhere();
  }
}
