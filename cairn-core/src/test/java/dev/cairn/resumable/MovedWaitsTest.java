package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.jobs.JobUpdate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A job that waits in a step keeps what it waits for, whatever time it is given (R24). */
class MovedWaitsTest {
  private static final Duration LONG = Duration.ofHours(1);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  private JobRow move(long id, Duration in) {
    return clients
        .inserter()
        .jobs()
        .update(
            id,
            JobUpdate.nothing()
                .withScheduledAt(Instant.now().plus(in).truncatedTo(ChronoUnit.MICROS)))
        .orElseThrow();
  }

  /** Until the job has run again, and waits again. */
  private JobRow awaitAnotherLook(long id, int attempts) {
    clients.awaitJob(
        id,
        job -> {
          assertThat(job.attemptedBy()).hasSize(attempts);
          assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
        });
    return clients.inserter().jobs().find(id).orElseThrow();
  }

  @Test
  void r24_aSleeperThatRunsEarlySleepsOnUntilItsTime() {
    Cairn client =
        jobs.start((steps, context) -> {
          steps.sleep("nap", LONG);
          jobs.notes.add("awake");
        });
    long id = jobs.insert(client);
    Instant end = clients.await(id, JobState.SCHEDULED).scheduledAt();

    JobRow moved = move(id, Duration.ofMinutes(-1));

    assertThat(moved.state()).isEqualTo(JobState.AVAILABLE);
    JobRow asleep = awaitAnotherLook(id, 2);
    assertThat(Duration.between(end, asleep.scheduledAt()).abs()).isLessThan(Duration.ofSeconds(5));
    assertThat(asleep.attempt()).isZero();
    assertThat(jobs.notes).isEmpty();
    client.jobs().operator("ada").skipStep(id, "nap");
    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("awake");
  }

  @Test
  void r24_aSleepThatWasOverBeforeTheNewTimeEndsWhenTheJobRuns() {
    Cairn client = jobs.start((steps, context) -> steps.sleep("nap", LONG));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);
    assertThat(move(id, LONG.multipliedBy(2)).state()).isEqualTo(JobState.SCHEDULED);
    // An hour later.
    database.execute(
        "UPDATE cairn_checkpoint SET value = to_jsonb(?::text) WHERE job_id = ?",
        Instant.now().minusSeconds(60).toString(),
        id);

    move(id, Duration.ofMinutes(-1));

    assertThat(clients.await(id, JobState.COMPLETED).attemptedBy()).hasSize(2);
  }

  @Test
  void r24_aSignalWakesAJobBeforeItsNewTime() {
    Cairn client =
        jobs.start(
            (steps, context) -> jobs.notes.add(steps.awaitSignal("paid", "paid:1", String.class)));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);
    move(id, Duration.ofMinutes(-1));
    awaitAnotherLook(id, 2);
    assertThat(move(id, LONG).state()).isEqualTo(JobState.SCHEDULED);

    client.signal("paid:1", "yes");

    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("yes");
    assertThat(job.attempt()).isEqualTo(1);
  }

  /** Seen before: it slept until its new time, with the signal that had woken it. */
  @Test
  void r24_aJobThatWasJustWokenIsNotPutOff() {
    Cairn client =
        jobs.start(
            (steps, context) -> jobs.notes.add(steps.awaitSignal("paid", "paid:5", String.class)));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);
    client.stop();
    client.signal("paid:5", "yes");
    assertThat(clients.inserter().jobs().find(id).orElseThrow().state())
        .isEqualTo(JobState.AVAILABLE);

    assertThatIllegalStateException()
        .isThrownBy(() -> move(id, LONG))
        .withMessageContainingAll("job %d".formatted(id), "pause it", "[CAIRN-409]");

    assertThat(move(id, Duration.ofMinutes(-1)).state()).isEqualTo(JobState.AVAILABLE);
    client.start();
    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("yes");
  }

  @Test
  void r24_aTimeoutKeepsItsTimeWhateverTheTimeOfTheJob() {
    Cairn client =
        jobs.start((steps, context) ->
            jobs.notes.add(steps.awaitSignal("paid", "paid:2", String.class, LONG).toString()));
    long id = jobs.insert(client);
    Instant end = clients.await(id, JobState.SCHEDULED).scheduledAt();

    move(id, Duration.ofMinutes(-1));

    JobRow again = awaitAnotherLook(id, 2);
    assertThat(Duration.between(end, again.scheduledAt()).abs()).isLessThan(Duration.ofSeconds(5));
    assertThat(jobs.notes).isEmpty();
    client.signal("paid:2", "yes");
    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("Optional[yes]");
  }

  @Test
  void r24_aJobThatHasEndedWakesTheOneThatWaitsForItBeforeItsNewTime() {
    var awaited = new AtomicLong();
    Cairn client =
        jobs.start(
            (steps, context) -> jobs.notes.add(steps.awaitJob("end", awaited.get()).toString()));
    awaited.set(
        client
            .insert(new ResumableJobs.Args("other"), InsertOptions.defaults().withQueue("no_one"))
            .id());
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);
    move(id, LONG);

    client.jobs().cancel(awaited.get());

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("Optional[CANCELLED]");
  }

  /** What it waits for may have come while it was paused: it has to look, whatever its time. */
  @Test
  void r24_aPausedJobThatWaitsLooksAtOnceWhenItIsResumed() {
    Cairn client =
        jobs.start(
            (steps, context) -> jobs.notes.add(steps.awaitSignal("paid", "paid:3", String.class)));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);
    client.jobs().operator("ada").pause(id);
    assertThat(move(id, LONG).state()).isEqualTo(JobState.PENDING);
    client.signal("paid:3", "yes");

    client.jobs().operator("ada").resume(id);

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("yes");
  }

  @Test
  void r24_aSnoozedJobRunsAtItsNewTime() {
    var runs = new AtomicInteger();
    Cairn client =
        jobs.start((steps, context) -> {
          if (runs.incrementAndGet() == 1) {
            throw new JobSnoozeException(LONG);
          }
        });
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);

    move(id, Duration.ofMinutes(-1));

    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(runs).hasValue(2);
  }

  /** The clients of the new queue know nothing of what the job has waited for so far. */
  @Test
  void r24_aJobThatWaitsGoesOnInAnotherQueue() {
    ResumableJobs.Code code =
        (steps, context) -> {
          steps.step("before", jobs.noting("before in " + context.job().queue()));
          jobs.notes.add(
              steps.awaitSignal("paid", "paid:4", String.class) + " in " + context.job().queue());
        };
    Cairn first = jobs.start(code);
    long id = jobs.insert(first);
    clients.await(id, JobState.SCHEDULED);
    jobs.start(code, builder -> builder.queue("other", 1));

    first.jobs().update(id, JobUpdate.nothing().withQueue("other"));
    first.signal("paid:4", "yes");

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).isEqualTo(List.of("before in default", "yes in other"));
  }
}
