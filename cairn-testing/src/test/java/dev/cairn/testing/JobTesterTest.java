package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.ContextKey;
import dev.cairn.GenericType;
import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobCancelException;
import dev.cairn.JobKind;
import dev.cairn.JobSnoozeException;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.CheckpointMismatchException;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import dev.cairn.spi.Quarantine;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobTesterTest {
  @JobKind("tested")
  record Tested(String name) {}

  @JobKind("tested_secret")
  record Secretive(Runnable value) {}

  record Output(int rows) {}

  private final List<String> log = new ArrayList<>();

  private JobTester<Tested> tester(Worker<Tested> worker) {
    return JobTester.of(Tested.class, worker);
  }

  /** Three steps: one with a result, one with a cursor, one plain. */
  private void importRows(Job<Tested> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    String text = steps.step("fetch", String.class, () -> logged("fetch", job.args().name()));
    steps.cursor(
        "rows",
        Integer.class,
        0,
        cursor -> {
          for (int row = cursor.get() + 1; row <= 5; row++) {
            log.add(text + row);
            cursor.advance(row);
          }
        });
    steps.step("tidy", () -> log.add("tidy"));
    context.setMetadata("output", new Output(5));
  }

  private String logged(String entry, String value) {
    log.add(entry);
    return value;
  }

  @Test
  void aWorkerThatReturnsHasCompletedItsJob() {
    TestedAttempt<Tested> attempt = tester(this::importRows).work(new Tested("a"));

    assertThat(attempt.requireCompleted()).isSameAs(attempt);
    assertThat(attempt.outcome()).isEqualTo(new AttemptOutcome.Completed());
    assertThat(attempt.output(Output.class)).contains(new Output(5));
    assertThat(attempt.metadata()).containsEntry("output", "{\"rows\":5}");
    assertThat(attempt.hasFinished("tidy")).isTrue();
    assertThat(attempt.result("fetch", String.class)).contains("a");
    assertThat(attempt.failure()).isEmpty();
    assertThat(log).containsExactly("fetch", "a1", "a2", "a3", "a4", "a5", "tidy");
  }

  @Test
  void resultsAndPositionsAreReadWithTheirTypeArguments() {
    var rows = new GenericType<List<Output>>() {};
    TestedAttempt<Tested> attempt =
        tester(
                (job, context) -> {
                  Steps steps = Steps.of(context);
                  steps.step("fetch", rows, () -> List.of(new Output(5)));
                  steps.cursor(
                      "walk",
                      rows,
                      List.of(),
                      cursor -> {
                        cursor.advance(List.of(new Output(6)));
                        throw new IllegalStateException("no luck");
                      });
                })
            .work(new Tested("a"));

    assertThat(attempt.result("fetch", rows)).contains(List.of(new Output(5)));
    assertThat(attempt.cursor("walk", rows)).contains(List.of(new Output(6)));
  }

  sealed interface Stage {
    record Waiting() implements Stage {}

    record Loading(int row) implements Stage {}
  }

  @Test
  void anAttemptContinuesWithGenericResultsAndPositions() {
    var stages = new GenericType<List<Stage>>() {};
    List<Stage> both = List.of(new Stage.Waiting(), new Stage.Loading(7));
    var seen = new ArrayList<List<Stage>>();
    Worker<Tested> worker =
        (job, context) -> {
          Steps steps = Steps.of(context);
          seen.add(steps.step("fetch", stages, List::of));
          steps.cursor("walk", stages, List.of(), cursor -> seen.add(cursor.get()));
        };

    tester(worker).withResult("fetch", stages, both).work(new Tested("a"));
    tester(worker).resumeAfter("fetch", stages, both).work(new Tested("a"));
    tester(worker)
        .withResult("fetch", stages, both)
        .resumeAt("walk", stages, both)
        .work(new Tested("a"));

    assertThat(seen).containsExactly(both, List.of(), both, List.of(), both, both);
  }

  /** As the client does, which sends it without a declared type. */
  @Test
  void aSignalThatNoClientCouldSendIsRefused() {
    JobTester<Tested> tester = tester((job, context) -> {});

    assertThatIllegalArgumentException()
        .isThrownBy(() -> tester.withSignal("stages", List.of(new Stage.Loading(7))))
        .withMessageContaining("declare the type");
  }

  @Test
  void aFailureIsHandedOutWithTheRetryThatTheWorkerWants() {
    Instant retry = Instant.parse("2030-01-01T00:00:00Z");
    var worker =
        new Worker<Tested>() {
          @Override
          public void work(Job<Tested> job, WorkContext context) {
            context.setMetadata("seen", job.attempt());
            throw new IllegalStateException("no luck");
          }

          @Override
          public Optional<Instant> nextRetry(Job<Tested> job, Throwable failure) {
            return Optional.of(retry);
          }
        };

    TestedAttempt<Tested> attempt = tester(worker).withMaxAttempts(2).work(new Tested("a"));

    assertThat(attempt.failure()).get().isInstanceOf(IllegalStateException.class);
    assertThat(attempt.outcome())
        .isEqualTo(
            new AttemptOutcome.Failed(attempt.failure().orElseThrow(), false, Optional.of(retry)));
    assertThat(attempt.metadata("seen", Integer.class)).contains(1);
    assertThatThrownBy(attempt::requireCompleted)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("job 1 (tested) should be completed, but: Failed[")
        .hasRootCauseMessage("no luck");

    AttemptOutcome last =
        tester(worker).withMaxAttempts(2).withAttempt(2).work(new Tested("a")).outcome();
    assertThat(last)
        .isInstanceOfSatisfying(
            AttemptOutcome.Failed.class, failed -> assertThat(failed.discarded()).isTrue());
  }

  @Test
  void cancellationsAndSnoozesAreOutcomesAlsoWhenWrapped() {
    assertThat(
            tester(
                    (job, context) -> {
                      throw new IllegalStateException(new JobCancelException("hopeless"));
                    })
                .work(new Tested("a"))
                .outcome())
        .isEqualTo(new AttemptOutcome.Cancelled("hopeless"));
    assertThat(
            tester(
                    (job, context) -> {
                      throw new JobSnoozeException(Duration.ofHours(1));
                    })
                .work(new Tested("a"))
                .outcome())
        .isEqualTo(new AttemptOutcome.Snoozed(Duration.ofHours(1)));
  }

  @Test
  void theJobIsAsTheTestSays() {
    List<Job<Tested>> seen = new ArrayList<>();

    tester((job, context) -> seen.add(job))
        .withAttempt(3)
        .withMaxAttempts(4)
        .withQueue("mail")
        .withTags("one", "two")
        .withMetadata("{\"customer\":7}")
        .work(new Tested("a"));

    Job<Tested> job = seen.getFirst();
    assertThat(job.args()).isEqualTo(new Tested("a"));
    assertThat(job.kind()).isEqualTo("tested");
    assertThat(job.attempt()).isEqualTo(3);
    assertThat(job.failures()).isEqualTo(2);
    assertThat(job.maxAttempts()).isEqualTo(4);
    assertThat(job.queue()).isEqualTo("mail");
    assertThat(job.tags()).containsExactly("one", "two");
    assertThat(job.metadata()).isEqualTo("{\"customer\":7}");
  }

  @Test
  void middlewareIsAroundTheWorkerTheFirstOneOutermost() {
    ContextKey<String> key = ContextKey.of("greeting", String.class);

    tester((job, context) -> log.add(context.find(key).orElseThrow()))
        .withMiddleware((context, next) -> {
          log.add("outer");
          next.proceed();
          log.add("done");
        })
        .withMiddleware((context, next) -> {
          context.put(key, "hello");
          next.proceed();
        })
        .work(new Tested("a"));

    assertThat(log).containsExactly("outer", "hello", "done");
  }

  @Test
  void h17_middlewareThatWorksAJobTwiceIsRefused() {
    TestedAttempt<Tested> attempt =
        tester((job, context) -> log.add("worked"))
            .withMiddleware((context, next) -> {
              next.proceed();
              next.proceed();
            })
            .work(new Tested("a"));

    assertThat(attempt.failure()).get().asString().contains("called next.proceed() twice");
    assertThat(log).containsExactly("worked");
  }

  @Test
  void h17_theFirstReasonOfAnInterruptionStays() {
    TestedAttempt<Tested> attempt =
        tester(
                (job, context) -> {
                  try {
                    importRows(job, context);
                  } catch (Throwable e) {
                    throw context.yieldNow("later than its test");
                  }
                })
            .interruptAt("rows", 1)
            .work(new Tested("a"));

    assertThat(attempt.outcome())
        .isEqualTo(new AttemptOutcome.Interrupted(InterruptionReason.SHUTDOWN));
  }

  @Test
  void resumesAfterAStepWithWhatThatRemembers() {
    tester(this::importRows).resumeAfter("fetch", "b").work(new Tested("a")).requireCompleted();

    assertThat(log).containsExactly("b1", "b2", "b3", "b4", "b5", "tidy");
  }

  @Test
  void resumesAfterALaterStepAndPassesOverAllBefore() {
    tester(this::importRows)
        .resumeAfter("rows")
        .withResult("fetch", "b")
        .work(new Tested("a"))
        .requireCompleted();

    assertThat(log).containsExactly("tidy");
  }

  @Test
  void aStepWhoseResultIsNotGivenSaysSo() {
    assertThat(tester(this::importRows).resumeAfter("fetch").work(new Tested("a")).failure())
        .get()
        .isInstanceOf(CheckpointMismatchException.class)
        .extracting(Throwable::getMessage)
        .asString()
        .contains("step 'fetch'", "finished without a result");
  }

  @Test
  void resumesAtAPosition() {
    tester(this::importRows)
        .resumeAt("rows", 3)
        .withResult("fetch", "b")
        .work(new Tested("a"))
        .requireCompleted();

    assertThat(log).containsExactly("b4", "b5", "tidy");
  }

  @Test
  void interruptsAtAPositionAndResumesThere() {
    JobTester<Tested> tester = tester(this::importRows);

    TestedAttempt<Tested> stopped = tester.interruptAt("rows", 2).work(new Tested("a"));

    assertThat(stopped.outcome())
        .isEqualTo(new AttemptOutcome.Interrupted(InterruptionReason.SHUTDOWN));
    assertThat(stopped.cursor("rows", Integer.class)).contains(2);
    assertThat(stopped.hasFinished("fetch")).isTrue();
    assertThat(stopped.hasFinished("rows")).isFalse();
    TestedAttempt<Tested> ended = tester.resume(stopped).work(new Tested("a"));
    assertThat(ended.requireCompleted().job().attempt()).isEqualTo(1);
    assertThat(log).containsExactly("fetch", "a1", "a2", "a3", "a4", "a5", "tidy");
  }

  @Test
  void interruptsAfterAStep() {
    TestedAttempt<Tested> stopped =
        tester(this::importRows).interruptAfter("rows").work(new Tested("a"));

    assertThat(stopped.outcome()).isInstanceOf(AttemptOutcome.Interrupted.class);
    assertThat(log).containsExactly("fetch", "a1", "a2", "a3", "a4", "a5");
  }

  @Test
  void eachReasonOfAnInterruptionHasItsOutcome() {
    JobTester<Tested> tester = tester(this::importRows).interruptAfter("fetch");

    assertThat(tester.interruptedBy(InterruptionReason.CANCELLED).work(new Tested("a")).outcome())
        .isEqualTo(new AttemptOutcome.Cancelled("job cancelled remotely"));
    assertThat(tester.interruptedBy(InterruptionReason.LEASE_LOST).work(new Tested("a")).outcome())
        .isEqualTo(new AttemptOutcome.Interrupted(InterruptionReason.LEASE_LOST));
    assertThat(tester.interruptedBy(InterruptionReason.TIMEOUT).work(new Tested("a")).outcome())
        .isInstanceOf(AttemptOutcome.Failed.class);
    JobTester<Tested> standstill = tester.interruptedBy(InterruptionReason.PROGRESS_DEADLINE);
    assertThat(standstill.work(new Tested("a")).outcome())
        .isInstanceOf(AttemptOutcome.Failed.class);
  }

  @Test
  void anInterruptionThatAWorkerSwallowsIsOneAllTheSame() {
    TestedAttempt<Tested> attempt =
        tester(
                (job, context) -> {
                  try {
                    importRows(job, context);
                  } catch (Throwable e) {
                    log.add("swallowed");
                  }
                })
            .interruptAt("rows", 1)
            .work(new Tested("a"));

    assertThat(attempt.outcome()).isInstanceOf(AttemptOutcome.Interrupted.class);
    assertThat(log).contains("swallowed");
  }

  @Test
  void anInterruptionWhereTheJobDoesNotComeIsAMistakeOfTheTest() {
    assertThatThrownBy(() ->
            tester(this::importRows)
                .interruptAt("rows", 9)
                .interruptAfter("nowhere")
                .work(new Tested("a")))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "job 1 (tested), attempt 1 should be [interrupted at position 9 of step 'rows',"
                + " interrupted at the end of step 'nowhere'], but did not come there");
  }

  @Test
  void theAttemptAfterAFailureIsTheNextOneAndGoesOnThere() {
    JobTester<Tested> tester =
        tester((job, context) -> {
          Steps steps = Steps.of(context);
          steps.step("first", () -> log.add("first"));
          steps.step(
              "second",
              () -> {
                if (job.attempt() == 1) {
                  throw new IllegalStateException("once");
                }
                log.add("second of attempt " + job.attempt() + " after " + job.failures());
              });
        });

    TestedAttempt<Tested> failed = tester.work(new Tested("a"));
    tester.resume(failed).work(new Tested("a")).requireCompleted();

    assertThat(log).containsExactly("first", "second of attempt 2 after 1");
  }

  @Test
  void whatNeedsADatabaseNamesTheFormThatHasOne() {
    assertThat(needs((job, context) -> context.client().insert(job.args())))
        .contains(
            "the client needs a database, and job 1 (tested), attempt 1 is worked without one:"
                + " give it with JobTester.withClient(...), or work the job with the database through"
                + " CairnExtension.work(...)");
    assertThat(needs((job, context) -> context.inTransaction(connection -> null)))
        .contains("inTransaction needs a database", "JobTester.withDataSource(...)");
    assertThat(needs((job, context) -> Steps.of(context).stepTx("tx", connection -> {})))
        .contains("inTransaction needs a database");
  }

  private String needs(Worker<Tested> worker) {
    return tester(worker).work(new Tested("a")).failure().orElseThrow().toString();
  }

  @Test
  void argumentsThatDoNotSurviveJsonAreSaid() {
    assertThatThrownBy(
            () -> JobTester.of(Secretive.class, (job, context) -> {}).work(new Secretive(() -> {})))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("kind 'tested_secret' do not survive the way through JSON");
    assertThatThrownBy(() -> tester((job, context) -> {}).work(new Tested("a\0")))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("U+0000, which PostgreSQL cannot store");
  }

  @Test
  void attemptsCountFromOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tester(this::importRows).withAttempt(0))
        .withMessage("attempts count from 1: attempt 0 of 25");
  }

  @Test
  void aBranchThatWaitsLetsTheOthersGoOnAsInAClient() {
    JobTester<Tested> tester =
        tester((job, context) ->
            Steps.of(context)
                .parallel(
                    "all",
                    branches ->
                        branches
                            .add(
                                "approval",
                                own -> log.add(own.awaitSignal("signal", "approved", String.class)))
                            .add("nap", own -> own.sleep("nap", Duration.ofHours(1)))
                            .add("import", own -> own.step("rows", () -> log.add("rows")))));

    TestedAttempt<Tested> attempt = tester.work(new Tested("a"));
    assertThat(attempt.outcome()).isEqualTo(new AttemptOutcome.Suspended(Duration.ofHours(1)));
    assertThat(attempt.hasFinished("all/import")).isTrue();
    TestedAttempt<Tested> next =
        tester.withSignal("approved", "yes").resume(attempt).work(new Tested("a"));

    assertThat(next.hasFinished("all/approval")).isTrue();
    assertThat(next.hasFinished("all/nap")).isFalse();
    assertThat(log).containsExactly("rows", "yes");
  }

  /** As with a client: the next attempt knows that the loop passes items over. */
  @Test
  void whatWasPutAsideStaysSoInTheNextAttempt() throws Exception {
    Worker<Tested> worker =
        (job, context) -> {
          Steps steps = Steps.of(context);
          steps
              .failedItems(ItemPolicy.quarantine())
              .forEach(
                  "files",
                  Sources.range(0, 4),
                  file ->
                      steps.cursor(
                          Steps.name("file", file),
                          Long.class,
                          0L,
                          cursor -> {
                            cursor.advance(1L);
                            if (file == 1) {
                              throw new IllegalStateException("no file 1");
                            }
                          }));
        };
    TestedAttempt<Tested> killed = tester(worker).killAt("files", 2L).work(new Tested("a"));
    assertThat(killed.quarantined("files"))
        .singleElement()
        .satisfies(item -> assertThat(item.error()).contains("no file 1"));

    TestedAttempt<Tested> next =
        tester(worker).resume(killed).work(new Tested("a")).requireCompleted();

    assertThat(next.quarantined("files"))
        .extracting(Quarantine.Item::position)
        .containsExactly("1");
  }
}
