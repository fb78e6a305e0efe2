package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.jobs.QuarantinedItem;
import dev.cairn.source.Source;
import dev.cairn.source.Sources;
import dev.cairn.source.SplittableSource;
import java.lang.reflect.Type;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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

  /** A job whose first attempt is stopped by a deploy, and which the new code completes. */
  private JobRow afterDeploy(ResumableJobs.Code before, ResumableJobs.Code after) {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          before.run(steps, context);
          throw new IllegalStateException("stopped by the deploy");
        });

    JobRow next = jobs.nextAttempt(job.id(), after);

    assertThat(next.state()).as(next.errors().toString()).isEqualTo(JobState.COMPLETED);
    return next;
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
    afterDeploy(
        (steps, context) -> {
          steps.step("page[1]", jobs.noting("first"));
          steps.step("page[2]", jobs.noting("second"));
          steps.step("page[3]", jobs.noting("third"));
        },
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
        afterDeploy(
            (steps, context) -> {
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
            },
            (steps, context) -> steps.plan(RENAMED));

    assertThat(clients.inserter().jobs().quarantined(job.id()))
        .extracting(QuarantinedItem::step)
        .containsExactlyInAnyOrder("sheet[a]", "sheet[c]");
  }

  /** Seen before: another order, and so another winner, in each process. */
  @Test
  void r10_theFirstOfSeveralOldNamesCounts() {
    StepPlan plan = StepPlan.of("sheet");
    List<String> old = List.of("page", "leaf", "side", "folio", "verso", "recto", "quire");
    for (String name : old) {
      plan = plan.renamed(name, "sheet");
    }
    StepPlan renamed = plan;
    afterDeploy(
        (steps, context) -> {
          steps.step("leaf[1]", jobs.noting("leaf"));
          steps.step("page[1]", jobs.noting("page"));
          steps.step("quire[2]", jobs.noting("quire"));
        },
        (steps, context) -> {
          steps.plan(renamed);
          steps.step("sheet[1]", jobs.noting("never"));
          steps.step("sheet[2]", jobs.noting("never"));
        });

    assertThat(renamed.renames().keySet()).containsExactlyElementsOf(old);
    assertThat(jobs.notes).containsExactly("leaf", "page", "quire");
  }

  /** A source whose parts are days. */
  private record Days(List<String> descriptions) implements SplittableSource<Long, Long> {
    @Override
    public List<String> split(int parts) {
      return descriptions;
    }

    @Override
    public Source<Long, Long> part(String description) {
      return Sources.range(0, LocalDate.parse(description).getDayOfMonth());
    }

    @Override
    public Type cursorType() {
      return Long.class;
    }

    @Override
    public Reader<Long, Long> open(@Nullable Long after, Optional<String> pinned) {
      throw new IllegalStateException("only its parts are read");
    }
  }

  /** What a source throws for a text that it cannot read is its own choice. */
  @Test
  void r14_partsThatASourceOfTheUserCannotReadStopTheJob() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.forEachInParts(
                "rows",
                Sources.range(0, 10),
                2,
                number -> {
                  throw new IllegalStateException("stopped by the deploy");
                }));
    SplittableSource<Long, Long> days = new Days(List.of("2026-01-02"));

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) ->
                steps.forEachInParts("rows", days, 2, row -> jobs.notes.add("never")));

    assertThat(next.errors().getLast().error())
        .contains("step 'rows' of job " + job.id(), "another kind of source", "CAIRN-303");
    assertThat(next.attempt()).as("no attempt is used up").isEqualTo(1);
    assertThat(jobs.notes).isEmpty();
  }

  @Test
  void r14_aSourceThatCannotReadItsOwnNewPartsIsToldSo() {
    SplittableSource<Long, Long> days = new Days(List.of("yesterday"));

    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.forEachInParts("rows", days, 2, row -> jobs.notes.add("never")));

    assertThat(job.errors().getLast().error())
        .contains("yesterday")
        .doesNotContain("another kind of source");
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
