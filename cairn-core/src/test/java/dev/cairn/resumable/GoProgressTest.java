package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
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
}
