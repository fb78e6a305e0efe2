package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.Workers;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Jobs that wait without a thread or slot, and steps in attempts of their own (R23, R24). */
class WaitingTest {
  private static final long SEED = 20261124;

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  private Cairn waiting(ResumableJobs.Code code) {
    return jobs.start(code);
  }

  @Test
  void r24_aSleepFreesTheSlotAndGoesOnWhenItIsOver() {
    Cairn client =
        clients.start(
            ResumableJobs.Args.class,
            (job, context) -> {
              Steps steps = Steps.of(context);
              steps.step("before", jobs.noting("before " + job.args().name()));
              if (job.args().name().equals("sleeper")) {
                steps.sleep("nap", Duration.ofMillis(300));
              }
              jobs.notes.add("after " + job.args().name());
            });
    long sleeper = client.insert(new ResumableJobs.Args("sleeper")).id();

    JobRow job = clients.await(sleeper, JobState.COMPLETED);

    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.errors()).isEmpty();
    assertThat(job.attemptedBy()).hasSize(2);
    assertThat(jobs.notes).containsExactly("before sleeper", "after sleeper");
  }

  /** Seen before: it slept for ever. A leader of River for Go knows nothing of waits. */
  @Test
  void r24_aJobThatWaitsForAnotherIsWokenThoughRiverForGoLeads() {
    database.execute(
        """
        INSERT INTO river_leader (name, leader_id, elected_at, expires_at)
        VALUES ('default', 'go', now(), now() + interval '1 hour')
        """);
    try {
      var awaited = new AtomicLong();
      Cairn client =
          waiting((steps, context) -> {
            jobs.notes.add(steps.awaitJob("the other one ended", awaited.get()).toString());
          });
      awaited.set(
          database.number(
              """
              INSERT INTO river_job (kind, args, max_attempts, state)
              VALUES ('elsewhere', '{}', 25, 'pending') RETURNING id
              """));
      long waiting = client.insert(new ResumableJobs.Args("waits")).id();
      clients.await(waiting, JobState.SCHEDULED);

      database.execute(
          "UPDATE river_job SET state = 'completed', finalized_at = now() WHERE id = ?",
          awaited.get());

      clients.await(waiting, JobState.COMPLETED);
      assertThat(database.text("SELECT leader_id FROM river_leader")).isEqualTo("go");
    } finally {
      database.execute("DELETE FROM river_leader WHERE leader_id = 'go'");
    }
  }

  @Tag("thorough")
  @Test
  void r24_manyJobsThatWaitForASignalAreAllWokenThoughRiverForGoLeads() {
    database.execute(
        """
        INSERT INTO river_leader (name, leader_id, elected_at, expires_at)
        VALUES ('default', 'go', now(), now() + interval '1 hour')
        """);
    try {
      int waiting = 2_500;
      Map<Long, String> heard = new ConcurrentHashMap<>();
      Cairn client =
          waiting((steps, context) ->
              heard.put(context.job().id(), steps.awaitSignal("opened", "open", String.class)));
      database.execute(
          """
          WITH job AS (
            INSERT INTO river_job (kind, args, max_attempts, state, scheduled_at, metadata)
            SELECT 'resumable', '{"name": "waits"}', 25, 'scheduled', now() + interval '100 years', '{}'
            FROM generate_series(1, ?)
            RETURNING id
          )
          INSERT INTO cairn_wait (job_id, step, signal) SELECT id, 'opened', 'open' FROM job
          """,
          waiting);

      assertThat(client.signal("open", "now")).isEqualTo(1_000);

      await()
          .atMost(Duration.ofMinutes(1))
          .until(() ->
              database.number("SELECT count(*) FROM river_job WHERE state = 'completed'")
                  == waiting);
      assertThat(heard).hasSize(waiting);
      assertThat(heard.values()).containsOnly("now");
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> database.number("SELECT count(*) FROM cairn_wait") == 0);
      assertThat(database.text("SELECT leader_id FROM river_leader")).isEqualTo("go");
    } finally {
      database.execute("DELETE FROM river_leader WHERE leader_id = 'go'");
    }
  }

  @Test
  void r24_aJobThatIsWokenTooEarlySleepsOn() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.sleep("nap", Duration.ofHours(1));
          jobs.notes.add("after");
        });
    assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(job.attempt()).isZero();
    Instant end = job.scheduledAt();

    JobRow again =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.sleep("nap", Duration.ofHours(1));
              jobs.notes.add("after");
            });

    assertThat(again.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(Duration.between(end, again.scheduledAt()).abs())
        .as("not an hour from now, but from the first time")
        .isLessThan(Duration.ofSeconds(5));
    assertThat(jobs.notes).isEmpty();
  }

  @Test
  void r24_aSignalWakesTheJobThatWaitsForIt() {
    Cairn client =
        waiting((steps, context) ->
            jobs.notes.add("got " + steps.awaitSignal("paid", "paid:7", String.class)));
    long id = jobs.insert(client);
    JobRow waiting = clients.await(id, JobState.SCHEDULED);
    assertThat(waiting.attempt()).isZero();

    assertThat(client.signal("paid:7", "ten euros")).isEqualTo(1);

    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("got ten euros");
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.metadata()).doesNotContain("cairn:woken");
  }

  @Test
  void r24_aSignalThatCameFirstIsFoundAtOnceByEveryJobThatAsks() {
    Cairn client =
        waiting((steps, context) ->
            jobs.notes.add("got " + steps.awaitSignal("paid", "paid:8", Integer.class)));
    assertThat(client.signal("paid:8", 42)).isZero();

    JobRow one = clients.await(jobs.insert(client), JobState.COMPLETED);
    JobRow other = clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(jobs.notes).containsExactly("got 42", "got 42");
    assertThat(one.attemptedBy()).hasSize(1);
    assertThat(other.attemptedBy()).hasSize(1);
  }

  @Test
  void r24_whatASignalBroughtIsRememberedWhateverIsSignalledLater() {
    Cairn giver = clients.inserter();
    giver.signal("s", "first");
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          jobs.notes.add(steps.awaitSignal("wait", "s", String.class));
          giver.signal("s", "second");
          throw new IllegalStateException("fails after it");
        });

    jobs.nextAttempt(
        job.id(), (steps, context) -> jobs.notes.add(steps.awaitSignal("wait", "s", String.class)));

    assertThat(jobs.notes).containsExactly("first", "first");
  }

  @Test
  void r24_aWaitEndsWithoutASignalWhenItsTimeIsOver() {
    Cairn client =
        waiting((steps, context) -> {
          Optional<String> payload =
              steps.awaitSignal("paid", "never", String.class, Duration.ofMillis(300));
          jobs.notes.add("payload " + payload.isPresent());
        });
    long id = jobs.insert(client);

    clients.await(id, JobState.COMPLETED);

    assertThat(jobs.notes).containsExactly("payload false");
    assertThat(database.number("SELECT count(*) FROM %s.cairn_wait".formatted(database.schema())))
        .isZero();
  }

  @Test
  void r24_aSignalInATransactionThatIsRolledBackWakesNobody() throws Exception {
    Cairn client =
        waiting((steps, context) -> jobs.notes.add(steps.awaitSignal("w", "tx", String.class)));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);

    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      client.signal(connection, "tx", "rolled back");
      connection.rollback();
      assertThat(client.jobs().find(id).orElseThrow().state()).isEqualTo(JobState.SCHEDULED);
      client.signal(connection, "tx", "committed");
      connection.commit();
      connection.setAutoCommit(true);
    }

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("committed");
  }

  /**
   * The invariant: a job whose signal was given ends, however the two meet. The signals come from
   * other threads at times of a fixed seed, before, while and after the jobs go to sleep.
   */
  @Test
  void r24_noSignalIsLostHoweverItMeetsTheJobThatGoesToSleep() throws Exception {
    int count = 300;
    Set<String> ended = ConcurrentHashMap.newKeySet();
    Cairn client =
        clients.start(
            ResumableJobs.Args.class,
            (job, context) -> {
              Steps.of(context).awaitSignal("wait", job.args().name(), Integer.class);
              ended.add(job.args().name());
            },
            builder -> builder.queue("more", 20));
    var random = new Random(SEED);
    try (ExecutorService givers = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < count; i++) {
        String name = "signal " + i;
        int number = i;
        int yields = random.nextInt(200_000);
        if (random.nextInt(4) == 0) {
          client.signal(name, number);
          client.insert(new ResumableJobs.Args(name));
        } else {
          client.insert(new ResumableJobs.Args(name));
          givers.execute(() -> {
            for (int y = 0; y < yields; y++) {
              Thread.onSpinWait();
            }
            client.signal(name, number);
          });
        }
      }
    }

    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(ended).as("seed %d", SEED).hasSize(count));
  }

  @JobKind("awaited")
  record Awaited(boolean fails) {}

  @Test
  void r24_aJobWaitsForAnotherOneHoweverThatEnds() {
    List<String> notes = new CopyOnWriteArrayList<>();
    var workers =
        Workers.builder()
            .register(
                Awaited.class,
                (job, context) -> {
                  if (job.args().fails()) {
                    throw new IllegalStateException("the awaited job fails");
                  }
                })
            .register(
                ResumableJobs.Args.class,
                (job, context) -> {
                  Steps steps = Steps.of(context);
                  long good =
                      steps.step(
                          "good",
                          Long.class,
                          () -> context.client().insert(new Awaited(false)).id());
                  long bad =
                      steps.step(
                          "bad",
                          Long.class,
                          () ->
                              context
                                  .client()
                                  .insert(
                                      new Awaited(true),
                                      InsertOptions.defaults().withMaxAttempts(1))
                                  .id());
                  notes.add("good " + steps.awaitJob("good ended", good));
                  notes.add("bad " + steps.awaitJob("bad ended", bad));
                })
            .build();
    Cairn client = clients.build(builder -> builder.workers(workers).queue("default", 2));
    client.start();
    long id = client.insert(new ResumableJobs.Args("waits")).id();

    JobRow job = clients.await(id, JobState.COMPLETED);

    assertThat(job.attempt()).isEqualTo(1);
    assertThat(notes).endsWith("bad Optional[DISCARDED]").contains("good Optional[COMPLETED]");
  }

  @Test
  void r24_aJobThatIsGoneIsNotWaitedForAndNoneWaitsForItself() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          jobs.notes.add("gone " + steps.awaitJob("gone", 999_999_999));
          steps.awaitJob("self", context.job().id());
        });

    assertThat(jobs.notes).containsExactly("gone Optional.empty");
    assertThat(job.errors().getLast().error()).contains("wait for itself");
  }

  @Test
  void r23_anIsolatedStepBeginsInAnAttemptOfItsOwnWithAllBeforeItDurable() {
    Cairn client =
        waiting((steps, context) -> {
          jobs.notes.add("attempt");
          steps.step("before", jobs.noting("before"));
          steps
              .isolated()
              .step(
                  "alone",
                  () -> {
                    jobs.notes.add("alone");
                    assertThat(jobs.checkpoints(context.job().id()))
                        .extracting(row -> row.get("name"), row -> row.get("finished"))
                        .contains(tuple("before", true));
                  });
          steps.isolated().step("alone too", jobs.noting("alone too"));
          steps.step("after", jobs.noting("after"));
        });
    long id = jobs.insert(client);

    JobRow job = clients.await(id, JobState.COMPLETED);

    assertThat(jobs.notes)
        .containsExactly("attempt", "before", "attempt", "alone", "attempt", "alone too", "after");
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.metadata()).doesNotContain("cairn:interruptions", "snoozes");
  }

  @Test
  void r23_anIsolatedWaitBeginsInAnAttemptOfItsOwn() {
    Cairn client =
        waiting((steps, context) -> {
          jobs.notes.add("attempt");
          steps.step("before", jobs.noting("before"));
          jobs.notes.add(steps.isolated().awaitSignal("signal", "given before", String.class));
        });
    client.signal("given before", "at once");

    clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(jobs.notes).containsExactly("attempt", "before", "attempt", "at once");
  }

  /** Nothing would end when it is over: the time in which a job waits is in no limit. */
  @Test
  void r37_aWaitIsGivenNoTimeOfAStep() {
    JobRow sleeping =
        jobs.firstAttempt(
            (steps, context) -> steps.timeout(Duration.ofMinutes(1)).sleep("nap", Duration.ZERO));
    JobRow awaiting =
        jobs.firstAttempt((steps, context) ->
            steps.timeout(Duration.ofMinutes(1)).awaitSignal("signal", "any", String.class));

    assertThat(Stream.of(sleeping, awaiting))
        .allSatisfy(job ->
            assertThat(job.errors().getFirst().error())
                .contains("waits and has a timeout of 1 min", "leave timeout(...) out"));
  }

  /** Seen before: the job kept its slot for as long as the transaction was open. */
  @Test
  void r24_aJobDoesNotWaitInItsSlotForATransactionThatGivesItsSignal() throws Exception {
    Cairn giver = clients.inserter();
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      giver.signal(connection, "slow", "in the end");
      JobRow impatient =
          jobs.firstAttempt((steps, context) -> {
            Optional<String> answer =
                steps.awaitSignal("signal", "slow", String.class, Duration.ofMillis(1));
            jobs.notes.add("present " + answer.isPresent());
          });
      assertThat(impatient.state()).as("its time passed meanwhile").isEqualTo(JobState.COMPLETED);
      assertThat(jobs.notes).containsExactly("present false");

      Cairn client =
          waiting((steps, context) ->
              jobs.notes.add(steps.awaitSignal("signal", "slow", String.class)));
      long id = jobs.insert(client);
      clients.awaitJob(
          id,
          job -> {
            assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
            assertThat(job.attemptedBy()).as("it has looked").isNotEmpty();
          });
      connection.commit();
      connection.setAutoCommit(true);

      JobRow job = clients.await(id, JobState.COMPLETED);
      assertThat(job.attempt()).isEqualTo(1);
      assertThat(jobs.notes).containsExactly("present false", "in the end");
    }
  }

  @Test
  void r24_aNameThatNoSignalCanHaveIsNotWaitedFor() {
    for (String name : new String[] {"", "x".repeat(256), "a\u0000b"}) {
      JobRow job =
          jobs.firstAttempt((steps, context) -> steps.awaitSignal("signal", name, String.class));
      assertThat(job.errors().getLast().error()).contains("signal").doesNotContain("Could not");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> clients.inserter().signal(name, 1))
          .withMessage(job.errors().getLast().error());
    }
  }

  @Test
  void r8_thePayloadOfASignalIsNoLargerThanAResult() {
    Cairn giver = clients.inserter();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> giver.signal("large", "x".repeat(300_000)))
        .withMessageContainingAll("payload of signal 'large'", "300002 bytes", "resumableLimits");
    assertThat(
            clients
                .build(builder ->
                    builder.resumableLimits(ResumableLimits.defaults().withResultBytes(400_000)))
                .signal("large", "x".repeat(300_000)))
        .isZero();
  }
}
