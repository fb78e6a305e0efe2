package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.jobs.QuarantinedItem;
import dev.cairn.source.Sources;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A plan renames a step that runs several times, with a key for each run (R10). */
class RenamedRunsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final StepPlan RENAMED = StepPlan.of("sheet").renamed("page", "sheet");

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  /** Two finished runs, and a third one in the middle. */
  private void work(Steps steps, String name, boolean fails) throws Exception {
    for (int number = 1; number <= 2; number++) {
      String note = name + " " + number;
      steps.step(Steps.name(name, number), () -> steps.step("inner", jobs.noting(note)));
    }
    steps.cursor(
        Steps.name(name, "a/b"),
        Long.class,
        0L,
        cursor -> {
          jobs.notes.add(name + " from " + cursor.get());
          cursor.advance(7L);
          if (fails) {
            throw new IllegalStateException("stopped by the deploy");
          }
        });
  }

  /** Seen before: the finished runs were done a second time. */
  @Test
  void r10_theKeyedRunsOfARenamedStepKeepTheirState() {
    JobRow job = jobs.firstAttempt((steps, context) -> work(steps, "page", true));

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.plan(RENAMED);
              work(steps, "sheet", false);
            });

    assertThat(next.state()).as(next.errors().toString()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("page 1", "page 2", "page from 0", "sheet from 7");
  }

  @Test
  void r10_aRunThatThePlanNamesGetsThatName() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("page[1]", jobs.noting("first"));
          steps.step("page[2]", jobs.noting("second"));
          steps.step("page[3]", jobs.noting("third"));
          throw new IllegalStateException("stopped by the deploy");
        });

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.plan(
                  StepPlan.of("cover", "sheet", "page[3]")
                      .renamed("page", "sheet")
                      .renamed("page[1]", "cover"));
              steps.step("cover", jobs.noting("cover"));
              steps.step("sheet[1]", jobs.noting("sheet[1]"));
              steps.step("sheet[2]", jobs.noting("sheet[2]"));
              steps.step("page[3]", jobs.noting("page[3]"));
            });

    assertThat(next.state()).as(next.errors().toString()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("first", "second", "third", "sheet[1]");
  }

  @Test
  void r10_aKeyedRunOfRiverIsRenamedToo() {
    long id = jobs.begunInGo("{\"river:resumable_step\": \"page[2]\"}");

    JobRow job =
        jobs.nextAttempt(
            id,
            (steps, context) -> {
              steps.plan(RENAMED);
              for (int number = 1; number <= 3; number++) {
                steps.step(Steps.name("sheet", number), jobs.noting("sheet " + number));
              }
            });

    assertThat(job.state()).as(job.errors().toString()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("sheet 3");
  }

  @Test
  void r10_theItemsAsideFollowTheirKeyedRuns() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          for (String key : List.of("a", "b", "c")) {
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEach(
                    Steps.name("page", key),
                    Sources.range(0, 2),
                    number -> {
                      if (number == 1 && !key.equals("b")) {
                        throw new IllegalStateException("poison");
                      }
                    });
          }
          throw new IllegalStateException("stopped by the deploy");
        });

    JobRow next = jobs.nextAttempt(job.id(), (steps, context) -> steps.plan(RENAMED));

    assertThat(next.state()).as(next.errors().toString()).isEqualTo(JobState.COMPLETED);
    assertThat(clients.inserter().jobs().quarantined(job.id()))
        .extracting(QuarantinedItem::step)
        .containsExactlyInAnyOrder("sheet[a]", "sheet[c]");
  }

  /** A part is described by the source that was split. */
  @Test
  void r14_partsThatAnotherKindOfSourceHasSavedStopTheJob() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.forEachInParts(
                "rows",
                Sources.range(0, 10),
                2,
                number -> {
                  throw new IllegalStateException("stopped by the deploy");
                }));

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) ->
                steps.forEachInParts(
                    "rows",
                    Sources.keyset(database.dataSource(), "effect")
                        .key("id")
                        .rows(row -> row.getLong("id")),
                    2,
                    row -> jobs.notes.add("never")));

    assertThat(next.errors().getLast().error())
        .contains("step 'rows' of job " + job.id(), "another kind of source", "CAIRN-303");
    assertThat(next.attempt()).as("no attempt is used up").isEqualTo(1);
    assertThat(jobs.notes).isEmpty();
  }
}
