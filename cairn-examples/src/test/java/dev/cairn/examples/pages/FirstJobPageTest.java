package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.jobs.JobQuery;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** Does what docs/first-job.md tells its reader to do, and finds what it says. */
@Timeout(value = 20, unit = TimeUnit.MINUTES) // half a minute, unless the machine is busy
class FirstJobPageTest {
  private static final int ACCOUNTS = 300;
  private static final Pattern PAID = Pattern.compile("paid account (\\d+)");
  private static final Pattern EXPORT = Pattern.compile("export DATABASE_URL='(.+)'");

  @TempDir private Path folder = Path.of("");

  @Tag("thorough")
  @Test
  @DisabledOnOs(OS.WINDOWS) // which has no signals
  void whatIsKilledGoesOnAndPaysEachAccountOnce() throws Exception {
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    String url = url(database);

    try (var first = ChildProgram.start(folder, url, "firstjob.PayBonus")) {
      first.await(paidUpTo(20));
      first.kill(); // as kill -9 does
    }
    int whenKilled = paidOnce(database);
    assertThat(whenKilled).isBetween(20, ACCOUNTS - 1);

    try (var second = ChildProgram.start(folder, url, "firstjob.PayBonus")) {
      second.await(paidUpTo(whenKilled + 20));
      second.terminate(); // as Ctrl-C does
      assertThat(numbersOf(second)).allMatch(number -> number > whenKilled);
      assertThat(second.lines()).anyMatch(line -> line.endsWith("[CAIRN-508]"));
    }
    int whenStopped = paidOnce(database);
    assertThat(whenStopped).isBetween(whenKilled + 20, ACCOUNTS - 1);

    try (Cairn cairn = Cairn.builder(database.dataSource()).build();
        var third = ChildProgram.start(folder, url, "firstjob.PayBonus")) {
      String report = third.await(line -> line.contains("accounts, the poorest"));
      JobRow job =
          Awaitility.await()
              .atMost(1, TimeUnit.MINUTES)
              .until(() -> onlyJob(cairn), it -> it.state() == JobState.COMPLETED);

      assertThat(report).isEqualTo("300 accounts, the poorest has 1000 cents, the richest 1000");
      assertThat(numbersOf(third)).isNotEmpty().allMatch(number -> number > whenStopped);
      // It takes no job over. On a slow machine, it may lose its own one and take that back.
      assertThat(third.lines().stream().takeWhile(line -> number(line) == 0))
          .noneMatch(line -> line.endsWith("[CAIRN-508]"));
      assertThat(job.errors()).isEmpty();
      assertThat(job.attempt()).isEqualTo(1); // neither the kill nor the stop has used one up
    }
    assertThat(paidOnce(database)).isEqualTo(ACCOUNTS);
  }

  /** Not this very line: a process that was interrupted after a commit does not print it. */
  private static Predicate<String> paidUpTo(int account) {
    return line -> number(line) >= account;
  }

  private static List<Integer> numbersOf(ChildProgram program) {
    return program.lines().stream()
        .map(FirstJobPageTest::number)
        .filter(number -> number > 0)
        .toList();
  }

  private static int number(String line) {
    Matcher paid = PAID.matcher(line);
    return paid.matches() ? Integer.parseInt(paid.group(1)) : 0;
  }

  /** How many accounts are paid. Fails if one is paid twice, or if they are not the first ones. */
  private static int paidOnce(FreshDatabase database) throws SQLException {
    int paid =
        count(
            database.dataSource(),
            """
            SELECT CASE WHEN sum(cents) = 1000 * count(*) FILTER (WHERE cents > 0)
                         AND max(cents) <= 1000
                         AND coalesce(max(id) FILTER (WHERE cents > 0), 0)
                             = count(*) FILTER (WHERE cents > 0)
                   THEN count(*) FILTER (WHERE cents > 0) ELSE -1 END
            FROM account
            """);
    assertThat(paid).isNotNegative();
    return paid;
  }

  private static JobRow onlyJob(Cairn cairn) {
    List<JobRow> jobs = cairn.jobs().list(JobQuery.all()).jobs();
    assertThat(jobs).hasSize(1);
    return jobs.getFirst();
  }

  @Test
  void theServerKeepsItsDataBetweenTwoStarts() throws Exception {
    for (int start : List.of(1, 2)) {
      try (var server = ChildProgram.start(folder, "", "firstjob.Server")) {
        var export = EXPORT.matcher(server.await(EXPORT.asMatchPredicate()));
        assertThat(export.matches()).isTrue();
        var database = new PGSimpleDataSource();
        database.setUrl(export.group(1));
        if (start == 1) {
          execute(database, "CREATE TABLE kept AS SELECT 7 AS number");
        }
        assertThat(count(database, "SELECT number FROM kept")).isEqualTo(7);
        server.pressEnter();
        assertThat(server.exitCode()).isZero();
      }
    }
  }

  private static String url(FreshDatabase database) {
    return "%s?user=%s&password=%s"
        .formatted(database.jdbcUrl(), database.user(), database.password());
  }

  private static int count(DataSource database, String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        var statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getInt(1);
    }
  }

  private static void execute(DataSource database, String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
