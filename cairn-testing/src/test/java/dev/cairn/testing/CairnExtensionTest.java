package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.Workers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

class CairnExtensionTest {
  @RegisterExtension
  static final CairnExtension cairn = new CairnExtension().withTimeout(Duration.ofSeconds(50));

  private static final Queue<String> GREETED = new ConcurrentLinkedQueue<>();

  @Test
  void runsTheVersionThatTheBuildNames(DataSource dataSource) throws SQLException {
    assertThat(System.getProperty("cairn.test.postgres"))
        .startsWith(text(dataSource, "SHOW server_version") + ".");
  }

  @Test
  void refusesATimeoutThatNobodyWaitsFor() {
    for (Duration time :
        List.of(Duration.ZERO, Duration.ofSeconds(-1), ChronoUnit.FOREVER.getDuration())) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new CairnExtension().withTimeout(time))
          .withMessageContaining("timeout")
          .withMessageContaining(time.toString());
    }
  }

  @Test
  void waitsForTheStateOfAJob() {
    cairn.start(greeters());
    JobRow job = cairn.client().insert(new Greeting("Ada")).job();
    JobRow ended = cairn.awaitState(job.id(), JobState.COMPLETED);
    assertThat(ended.id()).isEqualTo(job.id());
    assertThat(GREETED).contains("Ada");
  }

  @Test
  void waitsForAnythingElseAboutAJob() {
    cairn.start(greeters());
    JobRow job = cairn.client().insert(new Greeting("Grace")).job();
    assertThat(cairn.awaitJob(job.id(), row -> row.attempt() == 1).attemptedBy()).hasSize(1);
  }

  @Test
  void aWaitInVainShowsTheWholeJob() {
    JobRow job =
        cairn.client().insert(new Greeting("Nobody"), InsertOptions.defaults().withPending()).job();
    assertThatThrownBy(() ->
            new JobWait(cairn.client(), job.id(), Duration.ofMillis(50))
                .until("be completed", row -> false, row -> false))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("job " + job.id() + " should be completed")
        .hasMessageContaining("state=PENDING")
        .hasMessageContaining("Nobody");
  }

  @Test
  void aJobThatEndsOtherwiseIsReportedAtOnce() {
    JobRow job = cairn.client().insert(new Greeting("Nobody")).job();
    cairn.client().jobs().cancel(job.id());
    assertThatThrownBy(() -> cairn.awaitState(job.id(), JobState.COMPLETED))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has ended otherwise")
        .hasMessageContaining("state=CANCELLED");
  }

  @Test
  void aJobThatDoesNotExistIsSaidSo() {
    assertThatThrownBy(() ->
            new JobWait(cairn.client(), -1, Duration.ofMillis(20))
                .until("exist", row -> true, row -> false))
        .hasMessageContaining("no such job");
  }

  @Test
  void handsOutWhatATestNeeds(CairnExtension extension, Cairn client, DataSource dataSource) {
    assertThat(extension).isSameAs(cairn);
    assertThat(client).isSameAs(cairn.client());
    assertThat(dataSource).isSameAs(cairn.dataSource());
  }

  @Test
  void theSchemaIsFirstInTheSearchPath(DataSource dataSource) throws SQLException {
    assertThat(text(dataSource, "SELECT current_schema()")).isEqualTo(cairn.schema());
  }

  @Nested
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  class JobsOfATest {
    @Test
    @Order(1)
    void areInserted() {
      cairn.client().insert(new Greeting("left over"));
      cairn.inserted(Greeting.class).one();
    }

    @Test
    @Order(2)
    void areNotThoseOfTheTestBefore() {
      cairn.inserted().none();
      assertThat(cairn.drain(greeters())).isEmpty();
      cairn.client().insert(new Greeting("new"));
      assertThat(cairn.drain(greeters())).hasSize(1);
      assertThat(GREETED).doesNotContain("left over");
    }
  }

  /** With the statement of docs/testing.md. */
  @Nested
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  class JobsOfTablesThatAreEmptiedBeforeEachTest {
    @BeforeEach
    void empty(DataSource dataSource) throws SQLException {
      try (Connection connection = dataSource.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(
            """
            TRUNCATE river_job, cairn_checkpoint, cairn_wait, cairn_signal, cairn_quarantine
            RESTART IDENTITY
            """);
      }
    }

    @RepeatedTest(2)
    @Order(1)
    void areSeenThoughTheirIdsAreThoseOfEarlierJobs() {
      cairn.client().insert(new Greeting("Bob"));
      cairn.inserted(Greeting.class).one();
      assertThat(cairn.drain(greeters())).hasSize(1);
      for (int i = 0; i < 4; i++) {
        cairn.client().insert(new Greeting("of a crowd"));
      }
      cairn.inserted().exactly(5);
      assertThatThrownBy(() -> cairn.inserted().none())
          .hasMessageContaining("but there are 5; these jobs were inserted:");
    }

    @Test
    @Order(2)
    void areSeenInATransactionThatEmptiesTheTables(DataSource dataSource) throws SQLException {
      cairn.client().insert(new Greeting("committed"));
      try (Connection connection = dataSource.getConnection();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute("TRUNCATE river_job RESTART IDENTITY");
        cairn.client().insert(connection, new Greeting("Eve"));

        cairn.inserted().inTransaction(connection).one();
        connection.rollback();
      }
      cairn.inserted(Greeting.class).withArgs(new Greeting("committed")).one();
    }

    @Test
    @Order(3)
    void areNotThoseBeforeADeletedOne() {
      cairn.client().insert(new Greeting("left over"));
      JobMark mark = JobMark.now(cairn.client(), cairn.dataSource(), cairn.schema());
      cairn.client().jobs().delete(cairn.inserted().one().id());
      cairn.inserted().after(mark).none();
    }
  }

  @Nested
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  class ClientsOfATest {
    private static final List<Cairn> CLIENTS = new ArrayList<>();

    @BeforeAll
    static void startOneForTheClass() {
      CLIENTS.add(cairn.start(client -> client.workers(greeters()).queue("elsewhere", 1)));
    }

    @Test
    @Order(1)
    void runUntilItEnds() {
      CLIENTS.add(cairn.start(greeters()));
      JobRow job = cairn.client().insert(new Greeting("Ada")).job();
      cairn.awaitState(job.id(), JobState.COMPLETED);
    }

    @Test
    @Order(2)
    void areStoppedAfterwardsUnlessTheyAreOfTheClass() {
      assertThat(CLIENTS.getFirst().stopped()).isNotDone();
      assertThat(CLIENTS.getLast().stopped()).isCompleted();
    }
  }

  private static Workers greeters() {
    return Workers.builder()
        .register(Greeting.class, (job, context) -> GREETED.add(job.args().name()))
        .build();
  }

  private static String text(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @JobKind("testing_greeting")
  record Greeting(String name) {}
}
