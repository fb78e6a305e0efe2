package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.JobCancelException;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.jobs.QuarantinedItem;
import dev.cairn.source.Source;
import dev.cairn.source.Sources;
import java.io.FileNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which failures are an item's, and what becomes of the items behind it (R31). */
class PassedOverItemsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final Duration SHORT = Duration.ofMillis(1);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final Effects effects = new Effects(database);

  @BeforeEach
  void prepare() {
    effects.clear();
    database.execute("DELETE FROM " + database.schema() + ".cairn_quarantine");
  }

  static Stream<ItemPolicy> policies() {
    return Stream.of(ItemPolicy.skip(100), ItemPolicy.quarantine());
  }

  private static List<String> notesWithout(long end, long... left) {
    return LongStream.range(0, end)
        .filter(number -> LongStream.of(left).noneMatch(each -> each == number))
        .mapToObj(number -> "did " + number)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("policies")
  void r31_aFailedStepWithinAnItemFailsNoOtherItem(ItemPolicy policy) {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(policy)
                .forEach(
                    "mails",
                    Sources.range(0, 50),
                    number ->
                        steps.step(
                            Steps.name("mail", number),
                            () -> {
                              if (number == 3) {
                                throw new IllegalStateException("three");
                              }
                              jobs.notes.add("did " + number);
                            })));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).isEqualTo(notesWithout(50, 3));
  }

  @ParameterizedTest
  @MethodSource("policies")
  void r31_norDoesItInATransaction(ItemPolicy policy) {
    JobRow job =
        jobs.firstAttempt(
            ResumableJobs.batches(
                policy,
                8,
                4,
                (steps, connection, number, batch) -> {
                  steps.step(
                      Steps.name("mail", number),
                      () -> {
                        if (number == 5) {
                          throw new IllegalStateException("five");
                        }
                        jobs.notes.add("did " + number);
                      });
                  Effects.insert(connection, "row " + number);
                }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes)
        .as("steps that have finished are not run again with their items alone")
        .containsExactlyElementsOf(notesWithout(8, 5));
    assertThat(effects.all()).hasSize(7).doesNotContain("row 5");
  }

  @ParameterizedTest
  @MethodSource("policies")
  void r31_aStepInProgressWithinAnItemThatWasPassedOverHoldsUpNoLaterAttempt(ItemPolicy policy) {
    var first = new AtomicBoolean(true);
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(policy)
                .forEach(
                    "files",
                    Sources.range(0, 4),
                    number ->
                        steps.cursor(
                            Steps.name("file", number),
                            Long.class,
                            0L,
                            cursor -> {
                              cursor.checkpoint(5L);
                              if (number == 1) {
                                throw new IllegalStateException("one");
                              }
                              if (number == 2 && first.getAndSet(false)) {
                                throw new JobSnoozeException(Duration.ofHours(1));
                              }
                              jobs.notes.add("did " + number);
                            }));
    JobRow job = jobs.firstAttempt(code);
    assertThat(job.state()).isEqualTo(JobState.SCHEDULED);

    JobRow next = jobs.nextAttempt(job.id(), code);

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).isEqualTo(notesWithout(4, 1));
  }

  /** Code that waits, and hides from its caller that it was interrupted. */
  private static void hang() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("hidden", e);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void r31_theTimeOfAStepIsNoItemsFailure(boolean looks) {
    var tries = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .retrying(10, SHORT)
                .timeout(Duration.ofMillis(250))
                .failedItems(ItemPolicy.skip(100))
                .forEach(
                    "numbers",
                    Sources.range(0, 12),
                    number -> {
                      if (number % 5 == 1 && tries.incrementAndGet() % 2 == 1) {
                        if (!looks) {
                          hang();
                        }
                        while (true) {
                          context.yieldIfInterrupted();
                          Thread.onSpinWait();
                        }
                      }
                      jobs.notes.add("did " + number);
                    }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).isEqualTo(notesWithout(12));
  }

  @Test
  void r31_theTimeOfAStepAroundIsNoItemsFailure() {
    var first = new AtomicBoolean(true);
    // More tries than the hang needs: on a busy machine, others may take too long too.
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .retrying(10, SHORT)
                .timeout(Duration.ofMillis(250))
                .step(
                    "around",
                    () ->
                        steps
                            .failedItems(ItemPolicy.quarantine())
                            .forEach(
                                "numbers",
                                Sources.range(0, 4),
                                number -> {
                                  if (number == 2 && first.getAndSet(false)) {
                                    hang();
                                  }
                                  jobs.notes.add("did " + number);
                                })));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).isEqualTo(notesWithout(4));
    assertThat(clients.inserter().jobs().quarantined(job.id())).isEmpty();
  }

  @Test
  void r31_theTimeThatAnItemGivesItselfIsItsOwn() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .timeout(Duration.ofMinutes(1))
                .failedItems(ItemPolicy.quarantine())
                .forEach(
                    "numbers",
                    Sources.range(0, 4),
                    number ->
                        context.within(
                            Duration.ofMillis(number == 2 ? 20 : 60_000),
                            () -> {
                              if (number == 2) {
                                hang();
                              }
                              return jobs.notes.add("did " + number);
                            })));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).isEqualTo(notesWithout(4, 2));
    assertThat(clients.inserter().jobs().quarantined(job.id()))
        .extracting(QuarantinedItem::position)
        .containsExactly("2");
  }

  @Test
  void r31_anOutageOfTheDatabaseIsNoItemsFailure() {
    Map<Exception, JobState> ends =
        Map.of(
            new StoreUnavailableException("gone", null),
            JobState.AVAILABLE,
            new SQLException("gone", "08006"),
            JobState.AVAILABLE,
            new IllegalStateException("wrapped", new SQLException("collision", "40001")),
            JobState.RETRYABLE,
            new SQLTransientConnectionException("the pool has no connection to give"),
            JobState.RETRYABLE,
            new IllegalStateException("wrapped", new SQLException("password", "28P01")),
            JobState.RETRYABLE);
    for (Exception outage : ends.keySet()) {
      JobRow job =
          jobs.firstAttempt((steps, context) ->
              steps
                  .failedItems(ItemPolicy.skip(100))
                  .forEach(
                      "numbers",
                      Sources.range(0, 4),
                      number -> {
                        if (number == 2) {
                          throw outage;
                        }
                      }));

      assertThat(job.state()).as(outage.toString()).isEqualTo(ends.get(outage));
      assertThat(jobs.savedValue(job.id(), "numbers")).isEqualTo("1");
    }
  }

  @ParameterizedTest
  @MethodSource("policies")
  void r31_aFailureThatTheJobHasARuleForIsNoItemsFailure(ItemPolicy policy) {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.giveUpOn(FileNotFoundException.class);
          steps
              .failedItems(policy)
              .forEach(
                  "numbers",
                  Sources.range(0, 4),
                  number -> {
                    if (number == 2) {
                      throw new IllegalStateException(new FileNotFoundException("gone"));
                    }
                    jobs.notes.add("did " + number);
                  });
        });

    assertThat(job.state()).isEqualTo(JobState.DISCARDED);
    assertThat(jobs.notes).isEqualTo(notesWithout(2));
  }

  /** Nobody knows whether it has failed by itself, or because of that. */
  @ParameterizedTest
  @MethodSource("policies")
  void r31_anItemThatFailsWhileItsJobHasToStopFailsNoAttempt(ItemPolicy policy) {
    var reached = new CountDownLatch(1);
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(policy)
                .forEach(
                    "numbers",
                    Sources.range(0, 4),
                    number -> {
                      if (number == 1) {
                        if (reached.getCount() > 0) {
                          reached.countDown();
                          await().until(() -> context.interruption().isPresent());
                        }
                        throw new IllegalStateException("one");
                      }
                      jobs.notes.add("did " + number);
                    });
    Cairn client = jobs.start(code);
    long id = jobs.insert(client);
    await().until(() -> reached.getCount() == 0);

    client.stop(Duration.ofSeconds(30));

    JobRow stopped = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(stopped.state()).as(stopped.errors().toString()).isEqualTo(JobState.AVAILABLE);
    assertThat(stopped.errors()).isEmpty();
    assertThat(jobs.nextAttempt(id, code).state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).isEqualTo(notesWithout(4, 1));
  }

  private static <T> Source<T, Long> failing(Source<T, Long> source, T odd) {
    return source.map(item -> {
      if (item.equals(odd)) {
        throw new IllegalArgumentException("cannot be read");
      }
      return item;
    });
  }

  @ParameterizedTest
  @MethodSource("policies")
  void r31_anItemThatCannotBeReadIsPassedOver(ItemPolicy policy) {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(policy)
                .forEach(
                    "numbers",
                    failing(Sources.range(0, 6), 4L),
                    number -> jobs.notes.add("did " + number)));
    JobRow inTransactions =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(policy)
                .forEachTx(
                    "numbers",
                    failing(Sources.range(0, 6), 4L),
                    4,
                    (connection, batch) -> {
                      for (long number : batch) {
                        Effects.insert(connection, "row " + number);
                      }
                    }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).isEqualTo(notesWithout(6, 4));
    assertThat(inTransactions.state()).isEqualTo(JobState.COMPLETED);
    assertThat(effects.all()).hasSize(5).doesNotContain("row 4");
  }

  @Test
  void r31_withoutAPolicyAnItemThatCannotBeReadFailsTheAttempt() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.forEach(
                "numbers",
                failing(Sources.range(0, 6), 4L),
                number -> jobs.notes.add("did " + number)));

    assertThat(job.errors().getLast().error()).isEqualTo("cannot be read");
    assertThat(jobs.notes).isEqualTo(notesWithout(4));
  }

  @Test
  void r31_aBrokenLineOfJsonIsAnItem(@TempDir Path folder) throws Exception {
    record Person(String name) {}
    Path file =
        Files.writeString(
            folder.resolve("people.ndjson"),
            "{\"name\":\"Kiri\"}\n{oops\n{\"name\":\"Ana\"}\n{\"name\":3}\n");
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEach(
                    "people",
                    Sources.ndjson(file, Person.class),
                    person -> jobs.notes.add(person.name())));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).startsWith("Kiri", "Ana");
    Cairn client = clients.inserter();
    assertThat(client.jobs().quarantined(job.id()).getFirst().error())
        .contains("people.ndjson, line 2 (byte 16): the line has no Person");
  }

  @Test
  void r31_aRowThatCannotBeMappedIsAnItem() {
    database.execute("DROP TABLE IF EXISTS thing");
    database.execute("CREATE TABLE thing (id bigint PRIMARY KEY, name text)");
    database.execute("INSERT INTO thing VALUES (1, 'a'), (2, NULL), (3, 'c')");
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(ItemPolicy.skip(1))
                .forEach(
                    "things",
                    Sources.keyset(database.dataSource(), "thing")
                        .key("id")
                        .rows(row -> row.getString("name").toUpperCase(Locale.ROOT)),
                    jobs.notes::add));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("A", "C");
  }

  /** As code in a pool or behind a proxy wraps what it throws. */
  @ParameterizedTest
  @MethodSource("policies")
  void r31_whatDecidesTheJobDoesSoThoughItIsWrapped(ItemPolicy policy) {
    var tries = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(policy)
                .retrying(3, SHORT)
                .forEach(
                    "mails",
                    Sources.range(0, 5),
                    number -> {
                      if (number == 2) {
                        tries.incrementAndGet();
                        throw new CompletionException(new JobCancelException("enough"));
                      }
                      jobs.notes.add("did " + number);
                    }));

    assertThat(job.state()).isEqualTo(JobState.CANCELLED);
    assertThat(tries).hasValue(1);
    assertThat(jobs.notes).isEqualTo(notesWithout(2));
  }

  /** The database then says at each further statement that the transaction has failed. */
  @ParameterizedTest
  @MethodSource("policies")
  void r31_anItemThatSwallowsTheFailureOfItsStatementFailsAlone(ItemPolicy policy) {
    JobRow job =
        jobs.firstAttempt(
            ResumableJobs.batches(
                policy,
                6,
                3,
                (steps, connection, number, batch) -> {
                  if (number == 4) {
                    try {
                      Effects.insert(connection, "\u0000");
                    } catch (SQLException e) {
                      jobs.notes.add("swallowed");
                    }
                  }
                  Effects.insert(connection, "row " + number);
                }));

    assertThat(job.state()).as(job.errors().toString()).isEqualTo(JobState.COMPLETED);
    assertThat(effects.all()).containsExactly("row 0", "row 1", "row 2", "row 3", "row 5");
  }

  /** Causes are foreign: nobody keeps them from going round in a circle. */
  @ParameterizedTest
  @MethodSource("policies")
  @Timeout(60)
  void r31_causesThatGoRoundInACircleAreLookedAtOnce(ItemPolicy policy) {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(policy)
                .forEach(
                    "rows",
                    Sources.range(0, 3),
                    number -> {
                      if (number == 1) {
                        var one = new SQLException("in a failed transaction", "25P02");
                        var other = new SQLException("in a failed transaction too", "25P02");
                        one.initCause(other);
                        other.initCause(one);
                        throw one;
                      }
                      jobs.notes.add("did " + number);
                    }));

    assertThat(job.state()).as(job.errors().toString()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("did 0", "did 2");
  }
}
