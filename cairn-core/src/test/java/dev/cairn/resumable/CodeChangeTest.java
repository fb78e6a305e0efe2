package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.VersionChange.Decision;
import java.math.BigDecimal;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A job is begun by one version of its code and goes on under another (R10, R11). */
class CodeChangeTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final List<String> done = new CopyOnWriteArrayList<>();

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  @BeforeEach
  void forget() {
    done.clear();
  }

  /** The version that was deployed first: it stops in the middle of its load. */
  static final class First implements Worker<ResumableJobs.Args> {
    @Override
    public void work(Job<ResumableJobs.Args> job, WorkContext context) throws Exception {
      Steps steps = Steps.of(context);
      steps.plan(StepPlan.of("check", "old", "load").version(1, progress -> Decision.CONTINUE));
      steps.step("check", () -> done.add("check 1"));
      steps.step("old", () -> done.add("old 1"));
      steps.cursor(
          "load",
          Long.class,
          0L,
          cursor -> {
            cursor.advance(2L);
            throw new IllegalStateException("stopped by the deploy");
          });
    }
  }

  /** The next version: one step new, one renamed, one gone, two in another order. */
  static final class Second implements Worker<ResumableJobs.Args> {
    private final StepPlan plan;

    Second(StepPlan plan) {
      this.plan = plan;
    }

    @Override
    public void work(Job<ResumableJobs.Args> job, WorkContext context) throws Exception {
      Steps steps = Steps.of(context);
      steps.plan(plan);
      steps.step("new", () -> done.add("new 2"));
      steps.cursor("import", Long.class, 0L, cursor -> done.add("import 2 from " + cursor.get()));
      steps.step("check", () -> done.add("check 2"));
    }
  }

  private static final StepPlan SECOND = StepPlan.of("new", "import", "check");

  private JobRow first() {
    return jobs.firstAttempt((steps, context) -> new First().work(args(context), context));
  }

  private JobRow second(long id, StepPlan plan) {
    return jobs.nextAttempt(id, (steps, context) -> new Second(plan).work(args(context), context));
  }

  @SuppressWarnings("unchecked") // jobs of this test have these arguments
  private static Job<ResumableJobs.Args> args(WorkContext context) {
    return (Job<ResumableJobs.Args>) context.job();
  }

  @Test
  void r10_aStepThatIsPlannedTwiceIsPlannedOnce() {
    assertThat(StepPlan.of("one", "two", "one").names()).containsExactlyInAnyOrder("one", "two");
  }

  @Test
  void r10_aStepIsInsertedRenamedRemovedAndReorderedAtOnce() {
    JobRow job = first();

    JobRow next =
        second(
            job.id(), SECOND.renamed("load", "import").version(2, progress -> Decision.CONTINUE));

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(done).containsExactly("check 1", "old 1", "new 2", "import 2 from 2");
  }

  /** All checkpoints are replaced for it, also those that a branch is just about to move. */
  @Test
  void r10_aStepWithinABranchOrALoopIsNotRenamed() {
    JobRow inBranch =
        jobs.firstAttempt((steps, context) ->
            steps.parallel(
                "both",
                branches ->
                    branches.add("one", own -> own.renamedFrom("old").step("new", () -> {}))));
    JobRow inLoop =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "load", Long.class, 0L, cursor -> steps.renamedFrom("old").step("new", () -> {})));

    assertThat(List.of(inBranch, inLoop))
        .allSatisfy(job ->
            assertThat(job.errors().getLast().error())
                .contains("new' of job " + job.id(), "renamedFrom(\"old\")", "Keep the old name"));
  }

  @Test
  void r10_aRenamedStepKeepsItsStateWhenTheNextAttemptDiesToo() {
    JobRow job = first();

    JobRow second =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("check", () -> done.add("check 2"));
              steps
                  .renamedFrom("load")
                  .cursor(
                      "import",
                      Long.class,
                      0L,
                      cursor -> {
                        done.add("from " + cursor.get());
                        assertThat(jobs.savedValue(job.id(), "import")).isEqualTo("2");
                        assertThat(jobs.savedValue(job.id(), "load")).isNull();
                        throw new IllegalStateException("again");
                      });
            });

    assertThat(second.errors().getLast().error()).isEqualTo("again");
    assertThat(second.metadata()).contains("\"river:resumable_cursor\": {\"import\": 2}");
    assertThat(done).containsExactly("check 1", "old 1", "from 2");
  }

  @Test
  void r10_aStepInProgressThatIsNotInThePlanStopsTheJobBeforeAnyStepRuns() {
    JobRow job = first();

    JobRow next = second(job.id(), SECOND.version(2, progress -> Decision.CONTINUE));

    assertThat(next.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(next.attempt()).isEqualTo(1);
    assertThat(next.errors().getLast().error())
        .contains("'load'", "job " + job.id(), "[check, import, new]", "renamedFrom");
    assertThat(done).containsExactly("check 1", "old 1");
  }

  /** Nothing has come of it, and so nobody misses it. */
  @Test
  void r10_aStepWhoseOnlyTransactionWasRolledBackIsNotInProgress() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "load",
                Long.class,
                0L,
                cursor ->
                    cursor.advanceInTransaction((connection, from) -> {
                      throw new IllegalStateException("rolled back");
                    })));

    JobRow next =
        jobs.nextAttempt(
            job.id(), (steps, context) -> steps.step("instead", () -> done.add("instead")));

    assertThat(job.errors().getLast().error()).isEqualTo("rolled back");
    assertThat(next.state()).as(next.errors().toString()).isEqualTo(JobState.COMPLETED);
    assertThat(done).containsExactly("instead");
  }

  @Test
  void r10_aRemovedStepFailsTheJobWithoutAnAttemptIfThePlanSaysSo() {
    JobRow job = first();

    JobRow next = second(job.id(), SECOND.renamed("load", "import").onRemoved(RemovedSteps.FAIL));

    // Version 0 meets version 1: that comes first.
    assertThat(next.attempt()).isEqualTo(1);
    JobRow failed =
        second(
            job.id(),
            SECOND
                .renamed("load", "import")
                .onRemoved(RemovedSteps.FAIL)
                .version(2, progress -> Decision.CONTINUE));
    assertThat(failed.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(failed.errors().getLast().error()).contains("[old]", "plan [check, import, new]");
    assertThat(done).containsExactly("check 1", "old 1");
    assertThat(jobs.savedValue(job.id(), "load")).as("nothing was lost").isEqualTo("2");
  }

  @Test
  void r10_aRemovedStepStartsTheJobFromZeroIfThePlanSaysSo() {
    JobRow job = first();

    JobRow next =
        second(
            job.id(),
            SECOND.onRemoved(RemovedSteps.RESTART).version(2, progress -> Decision.CONTINUE));

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(done).containsExactly("check 1", "old 1", "new 2", "import 2 from 0", "check 2");
  }

  @Test
  void r11_theCallbackMovesTheCursorOfAnOlderVersion() {
    JobRow job = first();

    JobRow next =
        second(
            job.id(),
            SECOND.version(
                2,
                progress -> {
                  done.add("version " + progress.version() + " " + progress.finished());
                  long position = progress.cursor("load", Long.class).orElseThrow();
                  progress.forget("load").moveCursor("import", position * 1_000).forget("check");
                  return Decision.CONTINUE;
                }));

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(done)
        .containsExactly(
            "check 1", "old 1", "version 1 [check, old]", "new 2", "import 2 from 2000", "check 2");
  }

  record Price(long cents) {}

  record Amount(BigDecimal value, String currency) {}

  @Test
  void r14_aResultThatDoesNotFitAnyMoreIsTranslatedByANewVersion() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("price", Price.class, () -> new Price(1_250));
          steps.step("pay", jobs.failing("pay"));
        });

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.plan(
                  StepPlan.of("price", "pay")
                      .version(
                          2,
                          progress -> {
                            long cents =
                                progress.result("price", Price.class).orElseThrow().cents();
                            assertThat(progress.result("pay", Price.class)).isEmpty();
                            progress.finish(
                                "price", new Amount(BigDecimal.valueOf(cents, 2), "NZD"));
                            return Decision.CONTINUE;
                          }));
              Amount amount =
                  steps.step("price", Amount.class, () -> new Amount(BigDecimal.ZERO, ""));
              steps.step("pay", () -> done.add("pay " + amount));
            });

    assertThat(next.state()).as(next.errors().toString()).isEqualTo(JobState.COMPLETED);
    assertThat(done).containsExactly("pay Amount[value=12.50, currency=NZD]");
  }

  @Test
  void r11_theCallbackRestartsOrParksAJobOfAnOlderVersion() {
    JobRow job = first();

    JobRow parked = second(job.id(), SECOND.version(2, progress -> Decision.PARK));
    assertThat(parked.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(parked.attempt()).isEqualTo(1);
    assertThat(parked.errors().getLast().error()).contains("version 1", "version 2");

    JobRow restarted = second(job.id(), SECOND.version(2, progress -> Decision.RESTART));
    assertThat(restarted.state()).isEqualTo(JobState.COMPLETED);
    assertThat(done).containsExactly("check 1", "old 1", "new 2", "import 2 from 0", "check 2");
  }

  @Test
  void r11_aJobOfANewerVersionIsLeftToAnotherClientAndUsesUpNothing() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.plan(StepPlan.of("a").version(3, progress -> Decision.CONTINUE));
          steps.step("a", jobs.failing("a"));
        });

    JobRow left =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.plan(StepPlan.of("a").version(2, progress -> Decision.CONTINUE));
              done.add("never");
            });

    assertThat(left.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(left.attempt()).isEqualTo(1);
    assertThat(left.errors()).hasSize(1);
    assertThat(done).isEmpty();
    JobRow taken =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.plan(StepPlan.of("a").version(3, progress -> Decision.CONTINUE));
              steps.step("a", () -> done.add("a"));
            });
    assertThat(taken.state()).isEqualTo(JobState.COMPLETED);
    assertThat(taken.attempt()).as("the failure and this one").isEqualTo(2);
    assertThat(done).containsExactly("a");
  }

  @JobKind("unknown")
  record Unknown(String name) {}

  @Test
  void r11_aKindThatAClientHasNoWorkerForIsLeftToAnother() {
    Cairn first =
        clients.start(
            ResumableJobs.Args.class,
            (job, context) -> done.add(job.args().name()),
            CairnBuilder::onlyKnownKinds);
    long unknown =
        clients
            .build(CairnBuilder::insertUnknownKinds)
            .insert(new Unknown("unknown"), InsertOptions.defaults())
            .id();
    clients.await(jobs.insert(first), JobState.COMPLETED);
    assertThat(first.jobs().find(unknown))
        .hasValueSatisfying(job -> {
          assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
          assertThat(job.attempt()).isZero();
        });

    clients.start(Unknown.class, (job, context) -> done.add(job.args().name()));

    JobRow job = clients.await(unknown, JobState.COMPLETED);
    assertThat(job.errors()).isEmpty();
    assertThat(done).containsExactly("test", "unknown");
  }

  @Test
  void r10_aPlanSaysWhatItCannotMean() {
    StepPlan plan = StepPlan.of("a", "b");

    assertThatThrownBy(() -> plan.renamed("a", "b")).hasMessageContaining("'a'");
    assertThatThrownBy(() -> plan.renamed("x", "y")).hasMessageContaining("in the plan");
    assertThatThrownBy(() -> plan.version(0, progress -> Decision.CONTINUE))
        .hasMessageContaining("counts from 1");
  }

  @Test
  void r10_aPlannedNameStandsForItsKeyedRuns() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.plan("page");
          steps.step(Steps.name("page", 1), jobs.noting("1"));
          steps.step(Steps.name("page", 2), jobs.noting("2"));
          steps.step("other", jobs.noting("other"));
        });

    assertThat(jobs.notes).containsExactly("1", "2");
    assertThat(job.errors().getLast().error()).contains("'other'", "plan [page]");
  }

  /** Otherwise a job that dies behind the transaction counts as one of an older version. */
  @Test
  void r4_theVersionOfANewJobIsDurableBeforeATransactionOfItsFirstStep() {
    jobs.firstAttempt((steps, context) -> {
      steps.plan(StepPlan.of("debit").version(2, progress -> Decision.RESTART));
      steps.stepTx(
          "debit",
          connection ->
              assertThat(jobs.checkpoints(context.job().id()))
                  .extracting(row -> row.get("name"))
                  .contains("cairn:version"));
      done.add("debited");
    });

    assertThat(done).containsExactly("debited");
  }

  @Test
  void aJobThatCompletesItselfIsNotRefusedForAStepThatItsNewCodeLeavesOut() throws Exception {
    JobRow begun =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "load",
                Long.class,
                0L,
                cursor -> {
                  cursor.advance(2L);
                  throw new IllegalStateException("stopped by the deploy");
                }));
    var seen = new CopyOnWriteArrayList<Throwable>();

    Cairn client =
        jobs.start(
            (steps, context) -> complete(context),
            builder ->
                builder.middleware((context, next) -> {
                  try {
                    next.proceed();
                  } catch (Throwable e) {
                    seen.add(e);
                    throw e;
                  }
                }));
    database.execute(
        "UPDATE %s.river_job SET state = 'available', scheduled_at = now() WHERE id = ?"
            .formatted(database.schema()),
        begun.id());
    clients.awaitJob(begun.id(), job -> assertThat(job.state()).isEqualTo(JobState.COMPLETED));
    client.stop();

    assertThat(seen).isEmpty();
  }

  private static void complete(WorkContext context) throws Exception {
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      context.completeTx(connection);
      connection.commit();
      connection.setAutoCommit(true);
    }
  }
}
