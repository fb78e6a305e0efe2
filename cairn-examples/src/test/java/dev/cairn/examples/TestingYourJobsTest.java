package dev.cairn.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.UniqueOptions;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.resumable.Steps;
import dev.cairn.testing.AttemptOutcome;
import dev.cairn.testing.CairnExtension;
import dev.cairn.testing.Explorer;
import dev.cairn.testing.JobTester;
import dev.cairn.testing.TestClock;
import dev.cairn.testing.TestedAttempt;
import dev.cairn.testing.WithoutUnique;
import dev.cairn.testing.WorkedJob;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The programs of docs/testing.md. */
class TestingYourJobsTest {
  // docs: testing.md
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  // end docs

  @JobKind("testing_welcome")
  record Welcome(String to) {}

  @JobKind("testing_reminder")
  record Reminder(String to) {}

  @JobKind("testing_load")
  record Load(String file) {}

  private final List<String> sent = new ArrayList<>();
  private final List<Integer> loaded = new ArrayList<>();

  /** Sends a mail, and inserts a job for the reminder. */
  private void welcome(Job<Welcome> job, WorkContext context) {
    sent.add(job.args().to());
    context
        .client()
        .insert(
            new Reminder(job.args().to()),
            InsertOptions.defaults().withQueue("mail").withTags("reminder"));
  }

  private void load(Job<Load> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    int rows = steps.step("count", Integer.class, () -> job.args().file().length());
    steps.cursor(
        "rows",
        Integer.class,
        0,
        cursor -> {
          for (int row = cursor.get() + 1; row <= rows; row++) {
            loaded.add(row);
            cursor.advance(row);
          }
        });
    context.setMetadata("output", rows);
  }

  private void register(Connection connection, String name) {
    cairn.client().insert(connection, new Welcome(name));
  }

  @Test
  void wasItInserted() throws SQLException {
    try (Connection connection = cairn.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      register(connection, "ada");

      // docs: testing.md
      cairn.inserted(Welcome.class).inTransaction(connection).withArgs(new Welcome("ada")).one();
      cairn.inserted(Reminder.class).inTransaction(connection).none();
      // end docs

      connection.commit();
    }
    // docs: testing.md
    JobRow job =
        cairn
            .inserted(Welcome.class)
            .withArgs("a short name", args -> args.to().length() < 5)
            .withQueue("default")
            .withState(JobState.AVAILABLE)
            .one();
    // end docs
    assertThat(job.attempt()).isZero();
    cairn.inserted().inOrder(Welcome.class);
  }

  @Test
  void withoutADatabase() {
    // docs: testing.md
    JobTester<Load> tester = JobTester.of(Load.class, this::load);

    TestedAttempt<Load> attempt = tester.work(new Load("a.csv")).requireCompleted();
    assertThat(attempt.output(Integer.class)).contains(5);
    // end docs

    loaded.clear();
    // docs: testing.md
    TestedAttempt<Load> stopped = tester.interruptAt("rows", 3).work(new Load("a.csv"));
    assertThat(stopped.outcome()).isInstanceOf(AttemptOutcome.Interrupted.class);
    tester.resume(stopped).work(new Load("a.csv")).requireCompleted();
    // end docs
    assertThat(loaded).containsExactly(1, 2, 3, 4, 5);

    loaded.clear();
    // docs: testing.md
    tester.resumeAt("rows", 4).withResult("count", 5).work(new Load("a.csv")).requireCompleted();
    // end docs
    assertThat(loaded).containsExactly(5);
  }

  @Test
  void killedEverywhere() throws Exception {
    // docs: testing.md
    Explorer.of(this::load)
        .args(new Load("a.csv"))
        .before(loaded::clear)
        .effect(() -> new TreeSet<>(loaded))
        .killEverywhere();
    // end docs

    assertThat(loaded).contains(1, 2, 3, 4, 5);
  }

  @Test
  void withTheDatabase() {
    Workers workers = Workers.builder().register(Welcome.class, this::welcome).build();

    // docs: testing.md
    WorkedJob worked = cairn.work(new Welcome("ada"), workers).requireCompleted();

    assertThat(worked.job().attempt()).isEqualTo(1);
    cairn.inserted(Reminder.class).withQueue("mail").withTags("reminder").one();
    // end docs
  }

  @Test
  void everythingThatIsDue() {
    TestClock clock = TestClock.startingNow();
    Worker<Reminder> flaky =
        (job, context) -> {
          if (job.attempt() == 1) {
            throw new IllegalStateException("the mail server is down");
          }
          sent.add("reminder for " + job.args().to());
        };
    Workers workers =
        Workers.builder()
            .register(Welcome.class, this::welcome)
            .register(Reminder.class, flaky)
            .build();
    cairn.client().insert(new Welcome("ada"));
    // docs: testing.md
    var runner = cairn.runner(workers).withClock(clock);

    List<WorkedJob> worked = runner.drain();
    assertThat(worked).hasSize(2);
    assertThat(worked.getLast().failure()).isPresent();

    clock.advance(Duration.ofSeconds(2));
    runner.drain();
    assertThat(sent).containsExactly("ada", "reminder for ada");
    // end docs
  }

  @Test
  void withoutUniqueness() {
    InsertOptions once = InsertOptions.defaults().withUnique(UniqueOptions.byKind());
    // docs: testing.md
    Cairn client =
        Cairn.builder(cairn.dataSource())
            .schema(cairn.schema())
            .middleware(new WithoutUnique())
            .build();
    // end docs
    client.insertMany(
        List.of(JobInsert.of(new Welcome("ada"), once), JobInsert.of(new Welcome("ada"), once)));

    cairn.inserted(Welcome.class).exactly(2);
  }
}
