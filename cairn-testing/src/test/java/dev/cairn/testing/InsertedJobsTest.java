package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.JsonArgs;
import dev.cairn.testing.internal.MisbehavingDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class InsertedJobsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final Instant LATER = Instant.parse("2100-01-01T00:00:00.123456789Z");

  @JobKind("inserted_mail")
  record Mail(String to, int size) {}

  @JobKind("inserted_report")
  record Report(String name) {}

  /** Without equals. */
  @JobKind("inserted_plain")
  static final class Plain {
    public int[] numbers = {};
  }

  record Nameless() {}

  @Test
  void findsTheOneJobWithAllItsOptions() {
    InsertOptions options =
        InsertOptions.defaults()
            .withQueue("mail")
            .withPriority(2)
            .withMaxAttempts(7)
            .withScheduledAt(LATER)
            .withTags("one", "two")
            .withMetadata("{\"customer\": 7, \"extra\": {\"a\": [1, 2]}}");
    cairn.client().insert(new Mail("bob", 1));
    JobRow inserted = cairn.client().insert(new Mail("ada", 2), options).job();

    JobRow found =
        cairn
            .inserted(Mail.class)
            .withArgs(new Mail("ada", 2))
            .withArgs("size above 1", mail -> mail.size() > 1)
            .withQueue("mail")
            .withPriority(2)
            .withMaxAttempts(7)
            .withScheduledAt(LATER)
            .withTags("two", "one")
            .withMetadata("{\"extra\": {\"a\": [2]}}")
            .withState(JobState.SCHEDULED)
            .one();

    assertThat(found).isEqualTo(inserted);
  }

  @Test
  void aFailureListsTheJobsThatAreThereAndInWhatEachDiffers() {
    cairn.client().insert(new Mail("ada", 2), InsertOptions.defaults().withMetadata("{\"a\":1}"));
    cairn.client().insert(new Report("may"));

    assertThatThrownBy(() ->
            cairn
                .inserted(Mail.class)
                .withArgs(new Mail("bob", 2))
                .withQueue("mail")
                .withPriority(3)
                .withMaxAttempts(1)
                .withScheduledAt(LATER)
                .withTags("vip")
                .withMetadata("{\"a\":2}")
                .withState(JobState.PENDING)
                .one())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(
            "wanted 1 inserted job with kind 'inserted_mail', args {\"to\":\"bob\",\"size\":2},"
                + " queue 'mail', priority 3, max attempts 1, scheduled at 2100-01-01T00:00:00.123456789Z,"
                + " tags [vip], metadata containing {\"a\":2}, state PENDING, but there are none;"
                + " these jobs were inserted:")
        .hasMessageContaining(
            "(inserted_mail), available, args {\"to\": \"ada\", \"size\": 2}: args are others,"
                + " queue is 'default', priority is 1, max attempts is 25, scheduled at is ")
        .hasMessageContaining("tags is [], metadata is {\"a\": 1}, state is AVAILABLE")
        .hasMessageContaining("(inserted_report)")
        .hasMessageContaining("kind is 'inserted_report', queue is 'default'");
  }

  @Test
  void tooManyJobsAreListedAsWanted() {
    cairn.client().insert(new Mail("ada", 1));
    cairn.client().insert(new Mail("ada", 2));

    assertThatThrownBy(() -> cairn.inserted(Mail.class).one())
        .hasMessageContaining("wanted 1 inserted job with kind 'inserted_mail', but there are 2;")
        .hasMessageContaining("as wanted");
    assertThat(cairn.inserted(Mail.class).exactly(2)).hasSize(2);
    assertThat(cairn.inserted(Mail.class).all()).hasSize(2);
  }

  @Test
  void aLongListEndsWithHowManyMoreThereAre() {
    for (int i = 0; i < 25; i++) {
      cairn.client().insert(new Report("r" + i));
    }

    assertThatThrownBy(() -> cairn.inserted(Mail.class).one())
        .hasMessageContaining("\n  ... and 5 more");
  }

  @Test
  void noneMeansNone() {
    cairn.inserted(Mail.class).none();
    cairn.client().insert(new Mail("ada", 1));
    cairn.inserted(Mail.class).withQueue("mail").none();

    assertThatThrownBy(() -> cairn.inserted(Mail.class).none())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("wanted 0 inserted jobs with kind 'inserted_mail', but there is 1;");
  }

  @Test
  void saysThatNothingWasInserted() {
    assertThatThrownBy(() -> cairn.inserted().one())
        .hasMessage("wanted 1 inserted job, but there are none; no jobs were inserted at all");
  }

  @Test
  void typesInOrderLeaveOthersOut() {
    cairn.client().insert(new Mail("ada", 1));
    cairn.client().insert(new Report("may"));
    cairn.client().insert(new Mail("bob", 1));
    cairn.client().insert(new Plain());

    assertThat(cairn.inserted().inOrder(Mail.class, Report.class, Mail.class))
        .extracting(JobRow::kind)
        .containsExactly("inserted_mail", "inserted_report", "inserted_mail");
    assertThatThrownBy(() -> cairn.inserted().inOrder(Report.class, Mail.class))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(
            "of the kinds [inserted_report, inserted_mail] in this order, but there are"
                + " [inserted_mail, inserted_report, inserted_mail]; these jobs were inserted:");
  }

  @Test
  void aTransactionSeesItsOwnJobs() throws SQLException {
    try (Connection connection = cairn.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      cairn.client().insert(connection, new Mail("ada", 1));

      cairn.inserted(Mail.class).inTransaction(connection).withMetadata("{}").one();
      cairn.inserted(Mail.class).none();

      connection.rollback();
    }
  }

  @Test
  void argumentsWithoutEqualsAreComparedByTheirJson() {
    var args = new Plain();
    args.numbers = new int[] {1, 2};
    cairn.client().insert(args);
    var same = new Plain();
    same.numbers = new int[] {1, 2};

    cairn.inserted(Plain.class).withArgs(same).one();
    cairn.inserted(Plain.class).withArgs(new Plain()).none();
  }

  @Test
  void argumentsThatDoNotDecodeDiffer() {
    cairn.client().insert(JsonArgs.of("inserted_mail", "{\"size\": \"many\"}"));
    cairn.client().insert(new Mail("ada", 2));

    cairn.inserted(Mail.class).withArgs(new Mail("ada", 2)).one();
    cairn.inserted(Mail.class).withArgs(new Mail("bob", 2)).none();
    assertThatThrownBy(() -> cairn.inserted(Mail.class).withArgs("a size", mail -> true).exactly(2))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("args do not decode: ");
  }

  @Test
  void aClientAloneSeesAllJobsOfItsSchema() {
    JobRow job = cairn.client().insert(new Mail("everywhere", 9)).job();

    assertThat(
            InsertedJobs.of(cairn.client())
                .ofType(Mail.class)
                .withArgs(new Mail("everywhere", 9))
                .one())
        .isEqualTo(job);
  }

  @Test
  void mistakesInTheQuestionAreSaid() {
    cairn.client().insert(new Mail("ada", 1));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> cairn.inserted(Nameless.class))
        .withMessageContaining("has no kind of job");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> cairn.inserted().withArgs(new Mail("ada", 1)).one())
        .withMessageContaining("say ofType(...)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> cairn.inserted().withMetadata("[]"))
        .withMessageContaining("must be a JSON object");
  }

  /** As in a database that others use too: the tests of an application often have one. */
  @Test
  void manyOtherJobsAreNotRead() throws SQLException {
    insertMany("inserted_report", 3_000);
    MisbehavingDataSource counting = new MisbehavingDataSource(cairn.dataSource());
    Cairn client = Cairn.builder(counting).schema(cairn.schema()).build();
    JobMark mark = JobMark.now(client, counting, cairn.schema());
    long id = client.insert(new Mail("ada", 1)).id();

    assertThat(lists(counting, () -> InsertedJobs.of(client).after(mark).one())).isEqualTo(1);
    assertThat(lists(counting, () -> InsertedJobs.of(client).after(id - 1).one())).isEqualTo(1);
    assertThat(
            lists(
                counting,
                () ->
                    InsertedJobs.of(client).ofType(Mail.class).withState(JobState.AVAILABLE).all()))
        .isEqualTo(1);
    assertThat(lists(counting, () -> InsertedJobs.of(client).after(mark).inOrder(Mail.class)))
        .isEqualTo(1);
  }

  @Test
  void aFailureSaysHowManyMoreJobsThereAre() throws SQLException {
    insertMany("inserted_report", 2_023);

    assertThatThrownBy(() -> cairn.inserted(Mail.class).one())
        .hasMessageContaining("but there are none; these jobs were inserted:")
        .hasMessageEndingWith("\n  ... and 2003 more");
  }

  private static long lists(MisbehavingDataSource counting, Runnable action) {
    long before = lists(counting);
    action.run();
    return lists(counting) - before;
  }

  private static long lists(MisbehavingDataSource counting) {
    return counting.counts().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith("list jobs"))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static void insertMany(String kind, int count) throws SQLException {
    try (Connection connection = cairn.dataSource().getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                """
                INSERT INTO river_job (args, kind, max_attempts)
                SELECT '{}', ?, 25 FROM generate_series(1, ?)
                """)) {
      statement.setString(1, kind);
      statement.setInt(2, count);
      statement.execute();
    }
  }
}
