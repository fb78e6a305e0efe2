package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InterceptedStatements;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.ResumePolicy;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.jobs.QuarantinedItem;
import dev.cairn.source.Keyset;
import dev.cairn.source.Nested;
import dev.cairn.source.Source;
import dev.cairn.source.Sources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Items that were put aside, and are done again or met again (R33, R34). */
class RedriveTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final Set<Long> poisonous = ConcurrentHashMap.newKeySet();

  @BeforeEach
  void prepare() {
    database.execute("DELETE FROM " + database.schema() + ".cairn_quarantine");
  }

  private void work(long number) {
    if (poisonous.contains(number)) {
      throw new IllegalStateException("number " + number + " is poisonous");
    }
    jobs.notes.add("did " + number);
  }

  /** Goes through the numbers 0 to 9. */
  private void numbers(Steps steps, ItemPolicy policy) throws Exception {
    steps.failedItems(policy).forEach("numbers", Sources.range(0, 10), this::work);
  }

  private List<String> aside(long id) {
    return clients.inserter().jobs().quarantined(id).stream()
        .map(QuarantinedItem::position)
        .toList();
  }

  /** Has what was put aside done again, with nothing poisonous any more. */
  private JobRow redrive(long id, ResumableJobs.Code code) {
    poisonous.clear();
    jobs.notes.clear();
    clients.inserter().jobs().operator("ada").redrive(id);
    return jobs.nextAttempt(id, code);
  }

  private void assertRedriven(ResumableJobs.Code code, String... notes) {
    JobRow job = jobs.firstAttempt(code);
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(aside(job.id())).isNotEmpty();

    JobRow again = redrive(job.id(), code);

    assertThat(again.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactlyInAnyOrder(notes);
    assertThat(aside(job.id())).isEmpty();
  }

  @Test
  void r33_itemsOfAFileThatIsAwayStayToBeDoneAgain(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("numbers.txt"), "0\n1\n2\n");
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEach("numbers", Sources.lines(file), line -> work(Long.parseLong(line)));
    poisonous.add(1L);
    JobRow job = jobs.firstAttempt(code);

    Files.delete(file);
    JobRow away = redrive(job.id(), code);
    assertThat(away.errors().getLast().error())
        .startsWith(
            "step 'numbers' of job %d (resumable) cannot read its source".formatted(job.id()))
        .endsWith("[CAIRN-330]");
    assertThat(aside(job.id())).hasSize(1);

    Files.writeString(file, "0\n1\n2\n");
    assertThat(jobs.nextAttempt(job.id(), code).state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("did 1");
    assertThat(aside(job.id())).isEmpty();
  }

  @Test
  void r33_itemsOfPartsAreDoneAgain() {
    poisonous.addAll(List.of(3L, 8L));
    assertRedriven(
        (steps, context) -> {
          steps
              .failedItems(ItemPolicy.quarantine())
              .forEachInParts("numbers", Sources.range(0, 10), 3, this::work);
          steps.step("close", jobs.noting("close"));
        },
        "did 3",
        "did 8");
  }

  @Test
  void r33_aRedriveOfPartsLeavesTheirStepFinished() {
    poisonous.add(3L);
    ResumableJobs.Code code =
        (steps, context) -> {
          steps
              .failedItems(ItemPolicy.quarantine())
              .forEachInParts("numbers", Sources.range(0, 10), 3, this::work);
          steps.cursor(
              "import",
              Long.class,
              0L,
              cursor -> {
                cursor.checkpoint(cursor.get() + 1);
                throw new IllegalStateException("the import fails at " + cursor.get());
              });
        };
    JobRow job = jobs.firstAttempt(code);
    assertThat(redrive(job.id(), code).errors().getLast().error()).contains("fails at 2");
    assertThat(jobs.notes).containsExactly("did 3");

    assertThat(jobs.nextAttempt(job.id(), code).errors().getLast().error()).contains("fails at 3");
  }

  @Test
  void r33_nothingIsDoneTwiceThoughTheStepAroundIsTriedAgainAfterItsRedriveFailed() {
    poisonous.add(3L);
    var away = new AtomicBoolean(true);
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.step(
                "outer",
                () ->
                    steps
                        .failedItems(ItemPolicy.quarantine())
                        .forEach(
                            "numbers",
                            Sources.range(0, 10),
                            number -> {
                              if (number == 6) {
                                throw new SQLException("cancelled", "57014");
                              }
                              work(number);
                            })));
    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);

    JobRow again =
        redrive(
            job.id(),
            (steps, context) ->
                steps
                    .retrying(2, Duration.ZERO)
                    .step(
                        "outer",
                        () ->
                            steps
                                .failedItems(ItemPolicy.quarantine())
                                .forEach(
                                    "numbers",
                                    Sources.range(0, 10),
                                    number -> {
                                      if (number == 3 && away.getAndSet(false)) {
                                        throw new SQLException("cancelled", "57014");
                                      }
                                      work(number);
                                    })));

    assertThat(again.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("did 6", "did 7", "did 8", "did 9", "did 3");
  }

  @Test
  void r33_itemsThatCannotBeReachedDoNotKeepAnIsolatedStepFromRunning() {
    poisonous.add(3L);
    ResumableJobs.Code code =
        (steps, context) -> {
          steps.step(
              "import",
              () ->
                  steps.cursor(
                      "files", Long.class, 0L, cursor -> numbers(steps, ItemPolicy.quarantine())));
          steps.isolated().step("send", jobs.noting("sent"));
        };
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step(
              "import",
              () ->
                  steps.cursor(
                      "files", Long.class, 0L, cursor -> numbers(steps, ItemPolicy.quarantine())));
          steps.step("send", jobs.failing("not sent"));
        });

    JobRow again = redrive(job.id(), code);

    assertThat(again.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("sent");
    assertThat(aside(job.id())).hasSize(1);
  }

  static Stream<ItemPolicy> otherPolicies() {
    return Stream.of(ItemPolicy.skip(3), ItemPolicy.retryJob());
  }

  @ParameterizedTest
  @MethodSource("otherPolicies")
  void r33_aChangeOfPolicyForgetsNoItem(ItemPolicy policy) {
    poisonous.addAll(List.of(3L, 8L));
    JobRow job = jobs.firstAttempt((steps, context) -> numbers(steps, ItemPolicy.quarantine()));

    redrive(job.id(), (steps, context) -> numbers(steps, policy));

    assertThat(jobs.notes).containsExactly("did 3", "did 8");
    assertThat(aside(job.id())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("otherPolicies")
  void r33_whatFailsAgainStaysPutAsideWhateverThePolicy(ItemPolicy policy) {
    poisonous.addAll(List.of(3L, 8L));
    JobRow job = jobs.firstAttempt((steps, context) -> numbers(steps, ItemPolicy.quarantine()));
    jobs.notes.clear();
    poisonous.remove(8L);
    clients.inserter().jobs().operator("ada").redrive(job.id());

    JobRow again = jobs.nextAttempt(job.id(), (steps, context) -> numbers(steps, policy));

    assertThat(again.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("did 8");
    assertThat(clients.inserter().jobs().quarantined(job.id()))
        .extracting(QuarantinedItem::position, QuarantinedItem::redrive)
        .containsExactly(tuple("3", false));
  }

  @Test
  void r33_itemsOfStepsWithinOthersAreDoneAgainAndNothingElse() {
    poisonous.add(3L);
    var results = new ArrayList<String>();
    assertRedriven(
        (steps, context) -> {
          results.add(
              steps.step(
                  "load",
                  String.class,
                  () -> {
                    steps.step("open", jobs.noting("open"));
                    numbers(steps, ItemPolicy.quarantine());
                    steps.step("close", jobs.noting("close"));
                    return "result " + results.size();
                  }));
          steps.parallel(
              "both",
              branches ->
                  branches
                      .add(
                          "one",
                          own ->
                              own.failedItems(ItemPolicy.quarantine())
                                  .forEach("numbers", Sources.range(3, 5), this::work))
                      .add("other", own -> own.step("only", jobs.noting("only"))));
          steps.step("after", jobs.noting("after"));
        },
        "did 3",
        "did 3");
    assertThat(results).as("a finished step keeps its result").containsOnly("result 0");
  }

  @Test
  void r33_anItemOfAStepThatIsGoneStaysPutAside() {
    poisonous.add(3L);
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.step("around", () -> numbers(steps, ItemPolicy.quarantine())));

    redrive(job.id(), (steps, context) -> numbers(steps, ItemPolicy.quarantine()));

    assertThat(clients.inserter().jobs().quarantined(job.id()))
        .extracting(QuarantinedItem::step)
        .containsExactly("around/numbers");
  }

  @Test
  void r33_stepsWithinAnItemAreKnownWhenItIsDoneAgain() {
    poisonous.add(3L);
    assertRedriven(
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEach(
                    "numbers",
                    Sources.range(3, 5),
                    number -> {
                      steps.step(Steps.name("once", number), jobs.noting("once " + number));
                      steps.cursor(
                          Steps.name("cursor", number),
                          Long.class,
                          0L,
                          cursor -> {
                            jobs.notes.add("at " + cursor.get());
                            cursor.advance(7L);
                            work(number);
                          });
                    }),
        "at 7",
        "did 3");
  }

  @Test
  void r34_anItemThatSucceedsWhenItIsMetAgainIsNoLongerPutAside() {
    var dead = new AtomicBoolean();
    poisonous.add(3L);
    Cairn client =
        jobs.start((steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEach(
                    "numbers",
                    Sources.range(0, 10),
                    number -> {
                      if (number == 4 && !dead.getAndSet(true)) {
                        poisonous.clear();
                        die(context);
                      }
                      work(number);
                    }));
    long id = jobs.insert(client);

    clients.await(id, JobState.COMPLETED);

    assertThat(jobs.notes).as("what was put aside is met again").contains("did 3");
    assertThat(aside(id)).isEmpty();
  }

  /** As a row that was mapped to a column which is NULL. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void r33_anItemThatIsNullIsDoneAgain(boolean inTransactions) {
    Source<String, Long> names = Sources.range(0, 3).map(RedriveTest::nameOrNull);
    var broken = new AtomicBoolean(true);
    assertRedriven(
        (steps, context) -> {
          Steps guarded = steps.failedItems(ItemPolicy.quarantine());
          if (inTransactions) {
            guarded.forEachTx(
                "names",
                names,
                1,
                (connection, batch) -> batch.forEach(name -> greet(name, broken)));
          } else {
            guarded.forEach("names", names, name -> greet(name, broken));
          }
          broken.set(false);
        },
        "greeted null");
  }

  @SuppressWarnings("NullAway") // code without annotations may return null
  private static String nameOrNull(long number) {
    return number == 1 ? null : "name " + number;
  }

  private void greet(@Nullable String name, AtomicBoolean broken) {
    if (name == null && broken.get()) {
      throw new IllegalStateException("nobody to greet");
    }
    jobs.notes.add("greeted " + name);
  }

  /**
   * Seen before: the job's row was locked while the worker's code ran, so an interruption waited
   * for it, and so did the takeover of a process that hung there.
   */
  @Test
  void r33_theJobIsNotLockedWhileAnItemIsDoneAgainInATransaction() {
    var locked = new AtomicInteger();
    poisonous.add(1L);

    assertRedriven(
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEachTx(
                    "numbers",
                    Sources.range(0, 3),
                    1,
                    (connection, batch) -> {
                      if (poisonous.isEmpty()) {
                        lock(context.job().id());
                        locked.incrementAndGet();
                      }
                      batch.forEach(this::work);
                    }),
        "did 1");
    assertThat(locked.get()).isPositive();
  }

  /** As with the unique key of a row that the commit without an answer has written. */
  @Test
  void r33_anItemThatFailsBecauseAnEarlierCommitHasDoneItIsNotPutAsideAgain() {
    poisonous.add(1L);

    assertRedriven((steps, context) ->
        steps
            .failedItems(ItemPolicy.quarantine())
            .forEachTx(
                "numbers",
                Sources.range(0, 3),
                1,
                (connection, batch) -> {
                  if (poisonous.isEmpty()) {
                    database.execute(
                        "DELETE FROM %s.cairn_quarantine".formatted(database.schema()));
                    throw new IllegalStateException("there already");
                  }
                  batch.forEach(this::work);
                }));
  }

  /** Seen before: what was done was rolled back, and done a second time by the next attempt. */
  @Test
  void r33_anItemThatIsDoneAgainIsKeptIfTheAttemptHasToStopMeanwhile() {
    poisonous.add(1L);
    var asked = new AtomicBoolean();
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEachTx(
                    "numbers",
                    Sources.range(0, 3),
                    1,
                    (connection, batch) -> {
                      if (poisonous.isEmpty() && asked.compareAndSet(false, true)) {
                        clients.inserter().jobs().operator("ada").interrupt(context.job().id());
                        await().until(() -> context.interruption().isPresent());
                      }
                      batch.forEach(this::work);
                    });
    long id = jobs.firstAttempt(code).id();
    poisonous.clear();
    jobs.notes.clear();
    clients.inserter().jobs().operator("ada").redrive(id);

    jobs.start(code);

    clients.await(id, JobState.COMPLETED);
    assertThat(asked).isTrue();
    assertThat(jobs.notes).containsExactly("did 1");
    assertThat(aside(id)).isEmpty();
  }

  /** Seen before: each item that failed again read the positions of all of them. */
  @Test
  void r33_itemsThatFailAgainDoNotReadThePositionsOfAll() {
    LongStream.range(0, 10).forEach(poisonous::add);
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEachTx(
                    "numbers",
                    Sources.range(0, 10),
                    1,
                    (connection, batch) -> batch.forEach(this::work));
    long id = jobs.firstAttempt(code).id();
    var read = new AtomicInteger();
    DataSource counting =
        InterceptedStatements.of(
            database.dataSource(),
            (purpose, call) -> {
              if (purpose.equals("read the positions of items put aside")) {
                read.incrementAndGet();
              }
              return call.proceed();
            });
    clients.inserter().jobs().operator("ada").redrive(id);

    clients
        .build(ignored ->
            Cairn.builder(counting)
                .schema(database.schema())
                .workers(
                    Workers.builder()
                        .register(
                            ResumableJobs.Args.class,
                            (job, context) -> code.run(Steps.of(context), context))
                        .build())
                .queue("default", 1))
        .start();

    clients.await(id, JobState.COMPLETED);
    assertThat(aside(id)).hasSize(10);
    assertThat(read).as("once, when the step begins").hasValueLessThanOrEqualTo(1);
  }

  /** Locks and frees the job's row at once, or fails. */
  private static void lock(long id) throws SQLException {
    try (var connection = database.dataSource().getConnection();
        var statement =
            connection.prepareStatement(
                "SELECT id FROM %s.river_job WHERE id = ? FOR UPDATE NOWAIT"
                    .formatted(database.schema()))) {
      statement.setLong(1, id);
      statement.executeQuery();
    }
  }

  @Test
  void r34_anItemThatIsMetAgainIsNotDoneAgainBesides() {
    poisonous.add(3L);
    var stops = new AtomicBoolean(true);
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEachTx(
                    "numbers",
                    Sources.range(0, 10),
                    2,
                    (connection, batch) -> {
                      if (batch.contains(8L) && stops.getAndSet(false)) {
                        throw context.yieldNow("of its own accord");
                      }
                      batch.forEach(this::work);
                    });
    Cairn client = jobs.start(code);
    long id = jobs.insert(client);
    clients.await(id, JobState.COMPLETED);
    client.stop();
    assertThat(aside(id)).containsExactly("3");

    // As after a restore: the position is before the item, which is to be done again besides.
    poisonous.clear();
    jobs.notes.clear();
    clients.inserter().jobs().operator("ada").redrive(id);
    database.execute(
        "UPDATE %s.cairn_checkpoint SET finished = false, value = '1' WHERE job_id = ?"
            .formatted(database.schema()),
        id);
    jobs.nextAttempt(id, code);

    assertThat(jobs.notes).containsOnlyOnce("did 3").hasSize(8);
    assertThat(aside(id)).isEmpty();
  }

  /** A failure after which a job begins from zero. */
  private static final class Stale extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void r34_whatWasPutAsideIsForgottenWithTheProgress() {
    poisonous.add(3L);
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.restartOn(Stale.class);
          numbers(steps, ItemPolicy.quarantine());
          steps.step(
              "after",
              () -> {
                throw new Stale();
              });
        });
    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(aside(job.id())).isEmpty();
  }

  @Test
  void r34_aNewVersionThatBeginsFromZeroForgetsWhatWasPutAside() {
    poisonous.add(3L);
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          numbers(steps, ItemPolicy.quarantine());
          steps.step("after", jobs.failing("after"));
        });
    assertThat(aside(job.id())).containsExactly("3");

    poisonous.clear();
    jobs.nextAttempt(
        job.id(),
        (steps, context) -> {
          steps.plan(
              StepPlan.of("numbers", "after")
                  .version(1, progress -> VersionChange.Decision.RESTART));
          steps.step("after", jobs.failing("after"));
        });
    assertThat(aside(job.id())).isEmpty();
  }

  @Test
  void r34_itemsFollowTheirStepToItsNewName() {
    poisonous.add(3L);
    JobRow job =
        jobs.firstAttempt(
            (steps, context) -> steps.step("old", () -> numbers(steps, ItemPolicy.quarantine())));
    ResumableJobs.Code renamed =
        (steps, context) -> {
          steps.plan(StepPlan.of("new").renamed("old", "new"));
          steps.step(
              "new",
              () ->
                  steps
                      .renamedFrom("numbers")
                      .failedItems(ItemPolicy.quarantine())
                      .forEach("others", Sources.range(0, 10), this::work));
        };

    JobRow again = redrive(job.id(), renamed);

    assertThat(again.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("did 3");
    assertThat(aside(job.id())).isEmpty();
  }

  @Test
  void r34_aRewindForgetsWhatTheStepsBehindItHavePutAside() {
    poisonous.addAll(List.of(3L, 8L));
    ResumableJobs.Code code =
        (steps, context) -> {
          numbers(steps, ItemPolicy.quarantine());
          steps
              .failedItems(ItemPolicy.quarantine())
              .forEach("more", Sources.range(0, 10), this::work);
          steps.step("after", jobs.failing("after"));
        };
    long id = jobs.firstAttempt(code).id();
    assertThat(aside(id)).hasSize(4);

    clients.inserter().jobs().operator("ada").rewindToStep(id, "more");
    assertThat(aside(id)).hasSize(2);
    clients.inserter().jobs().operator("ada").rewindCursor(id, "numbers", "5");
    poisonous.clear();
    jobs.nextAttempt(id, code);
    assertThat(aside(id)).as("8 was met again, 3 was not").containsExactly("3");
  }

  @Test
  void r35_itemsOfInnerLoopsStayAsideThoughTheOuterOneGoesBackToALaterItem() {
    poisonous.addAll(List.of(31L, 62L));
    ResumableJobs.Code code =
        (steps, context) -> {
          steps.forEach(
              "load",
              Sources.range(0, 8),
              outer ->
                  steps
                      .failedItems(ItemPolicy.quarantine())
                      .forEach(
                          Steps.name("inner", outer),
                          Sources.range(outer * 10, outer * 10 + 4),
                          this::work));
          steps.step("after", jobs.failing("after"));
        };
    long id = jobs.firstAttempt(code).id();
    assertThat(aside(id)).containsExactlyInAnyOrder("31", "62");

    clients.inserter().jobs().operator("ada").rewindCursor(id, "load", "4");
    assertThat(aside(id)).as("nothing is forgotten").hasSize(2);
    poisonous.clear();
    jobs.notes.clear();
    jobs.nextAttempt(id, code);

    assertThat(aside(id)).as("62 was met again, 31 was not").containsExactly("31");
    assertThat(jobs.notes).contains("did 62").doesNotContain("did 31", "did 30");
  }

  @Test
  void r28_aStepThatGoesBackToACursorKeepsTheBoundOfItsSource() {
    database.execute("DROP TABLE IF EXISTS thing");
    database.execute("CREATE TABLE thing (id bigint PRIMARY KEY)");
    database.execute("INSERT INTO thing SELECT generate_series(1, 6)");
    ResumableJobs.Code code =
        (steps, context) -> {
          steps.forEach(
              "things", things().upToLastRowNow().rows(row -> row.getLong("id")), this::work);
          steps.step("after", jobs.failing("after"));
        };
    long id = jobs.firstAttempt(code).id();

    database.execute("INSERT INTO thing VALUES (7)");
    clients.inserter().jobs().operator("ada").rewindCursor(id, "things", "{\"key\": [\"4\"]}");
    jobs.notes.clear();
    jobs.nextAttempt(id, code);

    assertThat(jobs.notes).containsExactly("did 5", "did 6", "after");
  }

  @Test
  void r20_noMoreItemsArePutAsideThanThePolicyAllowsOverAllAttempts() {
    var tries = new AtomicInteger();
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .retrying(3, Duration.ofMillis(1))
                .failedItems(ItemPolicy.quarantine(3))
                .forEach(
                    "numbers",
                    Sources.range(0, 20),
                    number -> {
                      if (number == 4) {
                        tries.incrementAndGet();
                      }
                      work(number);
                    });
    poisonous.addAll(List.of(1L, 2L, 3L, 4L, 5L));
    JobRow job = jobs.firstAttempt(code);

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.errors().getLast().error())
        .contains("step 'numbers'", "has put 3 items aside", "[CAIRN-333]");
    assertThat(tries).as("another try would not help").hasValue(1);
    assertThat(aside(job.id())).containsExactlyInAnyOrder("1", "2", "3");
    jobs.nextAttempt(job.id(), code);
    assertThat(aside(job.id())).as("of all attempts").hasSize(3);

    poisonous.removeAll(List.of(4L, 5L));
    assertThat(jobs.nextAttempt(job.id(), code).state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void r20_itemsThatWerePutAsideBeforeAnotherTryCountOnce() {
    // How often each item still meets a lock, for which no item is to blame.
    var locked = new ConcurrentHashMap<>(Map.of(3L, 2, 6L, 1));
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .retrying(2, Duration.ofMillis(1))
                .failedItems(ItemPolicy.quarantine(4))
                .forEach(
                    "numbers",
                    Sources.range(0, 10),
                    number -> {
                      if (locked.merge(number, -1, Integer::sum) >= 0) {
                        throw new SQLException("locked", "55P03");
                      }
                      work(number);
                    });
    poisonous.addAll(List.of(1L, 4L, 5L, 7L));
    long id = jobs.firstAttempt(code).id();
    assertThat(aside(id)).containsExactly("1");

    JobRow job = jobs.nextAttempt(id, code);

    assertThat(job.errors()).as("of the first attempt").hasSize(1);
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(aside(id)).as("four, as many as may be").hasSize(4);
  }

  @Test
  void r20_itemsThatTheFirstAttemptHasPutAsideCountInItsNextTry() {
    var locked = new ConcurrentHashMap<>(Map.of(3L, 1));
    poisonous.addAll(List.of(1L, 4L));
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .retrying(3, Duration.ofMillis(1))
                .failedItems(ItemPolicy.quarantine(1))
                .forEach(
                    "numbers",
                    Sources.range(0, 10),
                    number -> {
                      if (locked.merge(number, -1, Integer::sum) >= 0) {
                        throw new SQLException("locked", "55P03");
                      }
                      work(number);
                    }));

    assertThat(job.errors().getLast().error()).contains("has put 1 items aside", "[CAIRN-333]");
    assertThat(aside(job.id())).containsExactly("1");
  }

  @Test
  void r20_tooManyItemsAsideStopTheOuterLoopTooHoweverTheyAreWrapped() {
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEach(
                    "files",
                    Sources.range(0, 3),
                    file -> {
                      try {
                        steps
                            .failedItems(ItemPolicy.quarantine(1))
                            .forEach(
                                Steps.name("lines", file),
                                Sources.range(file * 10, file * 10 + 5),
                                this::work);
                      } catch (Exception e) {
                        throw new IllegalStateException("file " + file, e);
                      }
                    });
    poisonous.addAll(List.of(1L, 2L, 11L));

    JobRow job = jobs.firstAttempt(code);

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(aside(job.id())).as("of the inner loop, and no file").containsExactly("1");
  }

  /** They are read page by page. */
  @Test
  void r20_manyItemsAreDoneAgain() {
    ResumableJobs.Code code =
        (steps, context) -> {
          steps
              .failedItems(ItemPolicy.quarantine())
              .forEach("numbers", Sources.range(0, 1_200), this::work);
        };
    LongStream.range(0, 1_100).forEach(poisonous::add);
    JobRow job = jobs.firstAttempt(code);
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);

    assertThat(redrive(job.id(), code).state()).isEqualTo(JobState.COMPLETED);

    assertThat(jobs.notes).hasSize(1_100).doesNotHaveDuplicates();
    assertThat(aside(job.id())).isEmpty();
  }

  private static Keyset things() {
    return Sources.keyset(database.dataSource(), "thing").pageSize(2).key("id");
  }

  @Test
  void r35_anItemIsFoundThoughOthersHaveComeBeforeIt() {
    database.execute("DROP TABLE IF EXISTS thing");
    database.execute("CREATE TABLE thing (id bigint PRIMARY KEY)");
    database.execute("INSERT INTO thing VALUES (10), (20), (30), (40)");
    poisonous.addAll(List.of(10L, 20L, 30L, 40L));
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEach("things", things().rows(row -> row.getLong("id")), this::work);
    JobRow job = jobs.firstAttempt(code);

    database.execute("DELETE FROM thing WHERE id IN (20, 40)");
    database.execute("INSERT INTO thing SELECT generate_series(1, 9)");
    database.execute("INSERT INTO thing SELECT generate_series(11, 19)");
    database.execute("INSERT INTO thing SELECT generate_series(21, 29)");
    redrive(job.id(), code);

    assertThat(jobs.notes).containsExactly("did 10", "did 30");
    assertThat(clients.inserter().jobs().quarantined(job.id()))
        .extracting(QuarantinedItem::error)
        .containsExactly("the item no longer exists", "the item no longer exists");
  }

  @Test
  void r35_anElementBeyondTheEndOfAShorterListIsGoneAndTheOthersAreDone() {
    poisonous.addAll(List.of(10L, 20L, 30L, 40L));
    var list = new ArrayList<>(List.of(10L, 20L, 30L, 40L));
    ResumableJobs.Code code =
        (steps, context) -> {
          Steps aside = steps.failedItems(ItemPolicy.quarantine());
          aside.forEach("things", Sources.list(list), this::work);
          aside.forEachInParts("parts", Sources.list(list), 2, this::work);
        };
    JobRow job = jobs.firstAttempt(code);

    list.removeLast();
    redrive(job.id(), code);

    assertThat(jobs.notes)
        .containsExactlyInAnyOrder("did 10", "did 20", "did 30", "did 10", "did 20", "did 30");
    assertThat(clients.inserter().jobs().quarantined(job.id()))
        .extracting(QuarantinedItem::error)
        .containsExactly("the item no longer exists", "the item no longer exists");
  }

  @Test
  void r35_aFileIsFoundThoughOthersHaveComeBeforeIt(@TempDir Path folder) throws Exception {
    Files.createDirectories(folder.resolve("b"));
    Files.writeString(folder.resolve("b/x"), "1\n2\n");
    Source<Nested<Path, Long>, Nested.Position<String, Long>> source =
        Sources.nested(Sources.files(folder), Long.class, file -> Sources.range(1, 3));
    var fails = new AtomicBoolean(true);
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEach(
                    "files",
                    source,
                    item -> {
                      String name = item.outer().getFileName() + "." + item.inner();
                      if (fails.get() && item.inner() == 2) {
                        throw new IllegalStateException(name);
                      }
                      jobs.notes.add(name);
                    });
    JobRow job = jobs.firstAttempt(code);
    assertThat(jobs.notes).containsExactly("x.1");

    fails.set(false);
    Files.writeString(folder.resolve("a"), "");
    Files.writeString(folder.resolve("b/w"), "");
    redrive(job.id(), code);

    assertThat(jobs.notes).containsExactly("x.2");
    assertThat(aside(job.id())).isEmpty();
  }

  @Test
  void r33_anItemIsDoneAgainOnceItCanBeRead() {
    var readable = new AtomicBoolean();
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEach(
                    "numbers",
                    Sources.range(0, 6)
                        .map(number -> {
                          if (number == 4 && !readable.get()) {
                            throw new IllegalArgumentException("not yet");
                          }
                          return number;
                        }),
                    this::work);
    JobRow job = jobs.firstAttempt(code);
    redrive(job.id(), code);
    assertThat(aside(job.id())).as("it cannot be read still").containsExactly("4");

    readable.set(true);
    redrive(job.id(), code);

    assertThat(jobs.notes).containsExactly("did 4");
    assertThat(aside(job.id())).isEmpty();
  }

  /** Seen before: what a redrive does counted as no progress, and the job was discarded for it. */
  @Test
  void r33_aRedriveThatGoesOnIsProgress() {
    Duration deadline = Duration.ofSeconds(1);
    poisonous.addAll(List.of(1L, 2L, 3L, 4L, 5L, 6L));
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEach(
                    "numbers",
                    Sources.range(0, 8),
                    number -> {
                      work(number);
                      Thread.sleep(Duration.ofMillis(jobs.notes.contains("redriven") ? 250 : 0));
                    });
    JobRow job = jobs.firstAttempt(code);
    poisonous.clear();
    jobs.notes.add("redriven");
    clients.inserter().jobs().operator("ada").redrive(job.id());

    jobs.start(
        code,
        builder -> builder.resumePolicy(ResumePolicy.defaults().withProgressDeadline(deadline)));

    JobRow again = clients.await(job.id(), JobState.COMPLETED);
    assertThat(again.errors()).isEmpty();
    assertThat(aside(job.id())).isEmpty();
  }

  /** As a rescue does after the death of a client; what this one still does is not written. */
  private static void die(WorkContext context) {
    database.execute(
        """
        UPDATE %s.river_job
        SET state = 'available', attempt = 0, scheduled_at = now(),
            metadata = metadata || '{"river:rescue_count": 1}'
        WHERE id = ?
        """
            .formatted(database.schema()),
        context.job().id());
    throw new IllegalStateException("the process is dead");
  }
}
