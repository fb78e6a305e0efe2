package dev.cairn.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.benchmarks.contenders.PlainSql;
import dev.cairn.benchmarks.measure.BurnDown.Cost;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class BurnDownTest {
  private static final int JOBS = 100;
  private static final long CLOSING_SECONDS = 2;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static Server server;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static Server.Database database;

  @BeforeAll
  static void start() throws SQLException {
    server = Server.start(Statistics.FULL);
    database = server.migrated();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** A contender that works nothing, and whose outcomes are written one look after the other. */
  private static class Pretender implements Contender {
    private final AtomicInteger looks = new AtomicInteger();

    @Override
    public String name() {
      return "pretender";
    }

    @Override
    public String setting() {
      return "none";
    }

    @Override
    public void fill(int jobs) {}

    @Override
    public void work(int jobs, Progress progress) throws Exception {
      progress.add(jobs);
    }

    @Override
    public int finished() {
      return Math.min(JOBS, looks.incrementAndGet() * JOBS / 3);
    }
  }

  @Test
  void theTimeToCloseAClientIsNotMeasured() throws Exception {
    long begun = System.nanoTime();
    Cost cost =
        database
            .burnDown()
            .measure(
                new Pretender() {
                  @Override
                  public void work(int jobs, Progress progress) throws Exception {
                    super.work(jobs, progress);
                    awaitOutcomes(jobs, progress);
                    TimeUnit.SECONDS.sleep(CLOSING_SECONDS);
                  }
                },
                JOBS);

    long all = System.nanoTime() - begun;
    assertThat(cost.time().toNanos())
        .isPositive()
        .isLessThanOrEqualTo(all - TimeUnit.SECONDS.toNanos(CLOSING_SECONDS));
    assertThat(cost.start()).isLessThanOrEqualTo(cost.time());
  }

  @Test
  void aContenderThatDoesNotStopTheClockIsNotMeasured() {
    Pretender finishesAll =
        new Pretender() {
          @Override
          public int finished() {
            return JOBS;
          }
        };

    assertThatThrownBy(() -> database.burnDown().measure(finishesAll, JOBS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("clock");
  }

  /** As for Cairn's claims, so that the yardstick does not wait for the disk once more. */
  @Test
  void onlyTheClaimOfPlainSqlDoesNotWaitForTheDisk() throws SQLException {
    database.table().fill(JOBS);
    try (Connection connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(PlainSql.claim("default"));
      assertThat(synchronousCommit(statement)).isEqualTo("off");
      connection.commit();
      assertThat(synchronousCommit(statement)).isEqualTo("on");
    }
    assertThat(database.table().count("state = 'running'")).isEqualTo(JOBS);
  }

  private static String synchronousCommit(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery("SHOW synchronous_commit")) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** What the planner knows of the states of jobs. */
  @ParameterizedTest
  @CsvSource({"FRESH,none", "EMPTY,none", "IDLE,{completed}", "FULL,{available}"})
  void thePlannerIsToldWhatWasAskedFor(Statistics statistics, String states) throws Exception {
    RiverTable table = server.migrated().table();
    statistics.prepare(table);
    table.fill(JOBS);
    statistics.settle(table);

    try (Connection connection = table.dataSource().getConnection();
        var statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT coalesce(max(most_common_vals::text), 'none')
                FROM pg_stats WHERE tablename = 'river_job' AND attname = 'state'
                """)) {
      rows.next();
      assertThat(rows.getString(1)).isEqualTo(states);
    }
  }
}
