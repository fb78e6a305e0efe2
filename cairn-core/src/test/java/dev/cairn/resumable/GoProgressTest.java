package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.ResumePolicy;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.source.Sources;
import java.sql.Connection;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Jobs that a worker in Go has begun. */
class GoProgressTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  record Place(String region, long lastId) {}

  @Test
  void r7_whatAGoWorkerHasSavedIsGoneOnWith() {
    long id = clients.inserter().insert(new ResumableJobs.Args("go")).id();
    database.execute(
        """
        UPDATE %s.river_job
        SET attempt = 1, attempted_by = '{go_client}', metadata =
          '{"river:resumable_step": "prepare", "river:resumable_cursor": {"load": {"region": "eu", "lastId": 17}}}'
        WHERE id = ?
        """
            .formatted(database.schema()),
        id);

    JobRow job =
        jobs.nextAttempt(
            id,
            (steps, context) -> {
              steps.step("validate", jobs.noting("validate"));
              steps.step("prepare", jobs.noting("prepare"));
              steps.cursor(
                  "load",
                  Place.class,
                  new Place("", 0),
                  cursor -> jobs.notes.add("load from " + cursor.get()));
              steps.step("report", jobs.failing("report"));
            });

    assertThat(jobs.notes).containsExactly("load from Place[region=eu, lastId=17]", "report");
    assertThat(job.metadata())
        .contains("\"river:resumable_step\": \"load\"")
        .doesNotContain("river:resumable_cursor");
  }

  @Test
  void r7_aGoWorkersProgressCountsEvenIfJavaBeganTheJob() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("one", jobs.noting("one"));
          steps.step("two", jobs.failing("two"));
        });
    database.execute(
        """
        UPDATE %s.river_job SET metadata = metadata || '{"river:resumable_step": "two"}'
        WHERE id = ?
        """
            .formatted(database.schema()),
        job.id());

    job =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("one", jobs.noting("one again"));
              steps.step("two", jobs.noting("two again"));
              steps.step("three", jobs.noting("three"));
            });

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("one", "two", "three");
  }

  private String metadata(long id) {
    return clients.inserter().jobs().find(id).orElseThrow().metadata();
  }

  /** As a leader of River for Go does: it knows nothing of the checkpoints beside the job. */
  private void rescueByTheClock(long id) {
    database.execute(
        "UPDATE %s.river_job SET state = 'available' WHERE id = ?".formatted(database.schema()),
        id);
  }

  @Test
  void r7_checkpointsInTransactionsAreInTheJobsRowForKindsThatGoWorksToo() {
    var seen = new CopyOnWriteArrayList<String>();
    Cairn client =
        jobs.start(
            (steps, context) -> {
              steps.stepTx("prepare", connection -> {});
              seen.add(metadata(context.job().id()));
              steps.cursor(
                  "load",
                  Place.class,
                  new Place("eu", 0),
                  cursor -> {
                    cursor.advanceInTransaction((connection, from) -> new Place("eu", 1));
                    seen.add(metadata(context.job().id()));
                    try (Connection connection = database.dataSource().getConnection()) {
                      connection.setAutoCommit(false);
                      cursor.advanceTx(connection, new Place("us", 2));
                      connection.rollback();
                    }
                    seen.add(metadata(context.job().id()));
                    rescueByTheClock(context.job().id());
                    throw new IllegalStateException("dead, as far as the database goes");
                  });
            },
            builder -> builder.resumePolicy(ResumePolicy.defaults().withJobRowForGo()));
    long id = jobs.insert(client);
    await().until(() -> seen.size() >= 3);
    client.stop();

    assertThat(seen.getFirst())
        .contains("\"river:resumable_step\": \"prepare\"")
        .doesNotContain("river:resumable_cursor");
    assertThat(seen.subList(1, 3))
        .as("after a commit, and after a rollback")
        .allSatisfy(row ->
            assertThat(row)
                .contains("\"river:resumable_step\": \"prepare\"")
                .contains(
                    "\"river:resumable_cursor\": {\"load\": {\"lastId\": 1, \"region\": \"eu\"}}"));
    JobRow next =
        jobs.nextAttempt(
            id,
            (steps, context) -> {
              steps.step("prepare", jobs.noting("prepare again"));
              steps.cursor(
                  "load",
                  Place.class,
                  new Place("", 0),
                  cursor -> jobs.notes.add("load from " + cursor.get()));
            });
    assertThat(jobs.notes).containsExactly("load from Place[region=eu, lastId=1]");
    assertThat(next.metadata()).doesNotContain("resumable");
  }

  @Test
  void r7_theJobsRowIsNotRewrittenForACheckpointUnlessItIsAskedFor() {
    var seen = new CopyOnWriteArrayList<String>();
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          String row =
              "SELECT ctid::text AS row FROM %s.river_job WHERE id = ?"
                  .formatted(database.schema());
          seen.add(database.query(row, context.job().id()).toString());
          steps.step("one", () -> {});
          steps.stepTx("two", connection -> {});
          steps.cursor("three", Long.class, 0L, cursor -> cursor.checkpoint(1L));
          seen.add(database.query(row, context.job().id()).toString());
        });

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(seen.getLast()).isEqualTo(seen.getFirst());
  }

  /** As the guide says to do with the work of another system that is under way. */
  @Test
  void r7_aJobMayBeInsertedSoThatItBeginsInTheMiddle() {
    database.execute("CREATE TABLE article (id bigint PRIMARY KEY)");
    database.execute("INSERT INTO article SELECT generate_series(4709, 4713)");
    Cairn client =
        jobs.start((steps, context) -> {
          steps.step("prepare", jobs.noting("prepare"));
          steps.forEach(
              "prices",
              Sources.keyset(database.dataSource(), "article")
                  .key("id")
                  .rows(row -> row.getLong("id")),
              id -> jobs.notes.add("article " + id));
        });

    long id =
        client
            .insert(
                new ResumableJobs.Args("from elsewhere"),
                InsertOptions.defaults()
                    .withMetadata(
                        """
                        {"river:resumable_step": "prepare",
                         "river:resumable_cursor": {"prices": {"key": ["4711"]}}}\
                        """))
            .id();

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("article 4712", "article 4713");
  }
}
