package dev.cairn.resumable;

import static dev.cairn.resumable.ResumableJobs.cursorStep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.JobInterruption;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.ObservedDataSource;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.Workers;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a stale run may not do, and what checkpoints cost. */
class FencedCheckpointsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  private final Effects effects = new Effects(database);

  @BeforeEach
  void clearEffects() {
    effects.clear();
  }

  @Test
  void r7_aCompletedJobLeavesNothingBehind() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("one", jobs.noting("one"));
          steps.step("two", jobs.failing("two"));
        });
    assertThat(jobs.checkpoints(job.id()))
        .extracting(row -> row.get("name"))
        .containsExactly("one", "two");

    job =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("one", jobs.noting("one"));
              steps.step("two", jobs.noting("two"));
            });

    assertThat(job.metadata()).isEqualTo("{}");
    assertThat(jobs.checkpoints(job.id())).isEmpty();
  }

  @Test
  void r7_aJobWithoutStepsTouchesNoSideTable() {
    JobRow job = jobs.firstAttempt((steps, context) -> jobs.notes.add("no steps"));

    assertThat(job.metadata()).isEqualTo("{}");
    assertThat(jobs.checkpoints(job.id())).isEmpty();
  }

  /**
   * More updates than a page has line pointers: they must reuse what the earlier ones left. Each
   * look would find another page otherwise. A few are fine, because a statement of another session
   * that takes some milliseconds keeps the versions that it may need.
   */
  @Test
  void r7_theUpdatesOfACheckpointStayOnItsPage() {
    var pages = new TreeSet<String>();
    JobRow job =
        jobs.firstAttempt(
            cursorStep(
                "load",
                (cursor, context) -> {
                  for (long row = 1; row <= 600; row++) {
                    cursor.checkpoint(row);
                    if (row % 100 == 1) {
                      pages.add(page(context.job().id()));
                    }
                  }
                }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(pages).hasSizeLessThanOrEqualTo(3);
  }

  private String page(long id) {
    return String.valueOf(
        database.text(
            "SELECT split_part(ctid::text, ',', 1) FROM %s.cairn_checkpoint WHERE job_id = ?"
                .formatted(database.schema()),
            id));
  }

  @Test
  void r5_aStaleRunWritesNothingAndIsToldAtOnce() throws Exception {
    var taken = new CountDownLatch(1);
    var interruption = new AtomicReference<@Nullable Throwable>();
    Cairn stale =
        jobs.start(
            cursorStep(
                "load",
                (cursor, context) -> {
                  cursor.checkpoint(1L);
                  takeAway(context.job().id());
                  taken.await();
                  try {
                    cursor.checkpoint(2L);
                  } catch (JobInterruption e) {
                    interruption.set(e);
                    throw e;
                  }
                }),
            builder -> builder.heartbeatTimeout(Duration.ofHours(1)));
    long id = jobs.insert(stale);
    clients.awaitJob(id, job -> assertThat(job.attemptedBy()).contains("somebody else"));
    taken.countDown();

    await().until(() -> interruption.get() != null);
    assertThat(Objects.requireNonNull(interruption.get())).hasMessageContaining("job " + id);
    stale.stop();
    JobRow job = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.RUNNING);
    assertThat(job.attemptedBy()).last().isEqualTo("somebody else");
    assertThat(jobs.savedValue(id, "load")).isEqualTo("1");
  }

  @Test
  void r5_aRunWhoseJobWasCancelledOrDeletedBehindItsBackWritesNothing() {
    for (String end :
        List.of(
            "UPDATE %s.river_job SET state = 'cancelled', finalized_at = now() WHERE id = ?",
            "DELETE FROM %s.river_job WHERE id = ?")) {
      var failure = new AtomicReference<@Nullable Throwable>();
      Cairn stale =
          jobs.start(
              cursorStep(
                  "load",
                  (cursor, context) -> {
                    cursor.checkpoint(1L);
                    database.execute(end.formatted(database.schema()), context.job().id());
                    try {
                      cursor.checkpoint(2L);
                    } catch (JobInterruption e) {
                      failure.set(e);
                      throw e;
                    }
                  }),
              builder -> builder.heartbeatTimeout(Duration.ofHours(1)));
      long id = jobs.insert(stale);
      await().until(() -> failure.get() != null);
      stale.stop();

      assertThat(failure.get()).as(end).hasMessageContaining("job " + id);
      // The leader may already have cleaned up after the job that was deleted.
      assertThat(jobs.savedValue(id, "load")).as(end).isNotEqualTo("2");
      assertThat(stale.jobs().find(id).map(JobRow::state))
          .as(end)
          .isIn(Optional.empty(), Optional.of(JobState.CANCELLED));
    }
  }

  @Test
  void r5_aStaleTransactionIsAborted() {
    var failure = new AtomicReference<@Nullable Throwable>();
    Cairn stale =
        jobs.start(
            cursorStep(
                "copy",
                (cursor, context) -> {
                  cursor.checkpoint(1L);
                  takeAway(context.job().id());
                  try (Connection connection = database.dataSource().getConnection()) {
                    connection.setAutoCommit(false);
                    Effects.insert(connection, "stale");
                    try {
                      cursor.advanceTx(connection, 2L);
                    } catch (JobInterruption e) {
                      failure.set(e);
                    }
                    connection.commit();
                  }
                }),
            builder -> builder.heartbeatTimeout(Duration.ofHours(1)));
    long id = jobs.insert(stale);
    await().until(() -> failure.get() != null);
    stale.stop();

    assertThat(effects.all()).isEmpty();
    assertThat(jobs.savedValue(id, "copy")).isEqualTo("1");
  }

  @Test
  void r22_aLostJobInterruptsCodeBetweenCheckpoints() {
    var reason = new AtomicReference<@Nullable String>();
    Cairn stale =
        jobs.start(
            (steps, context) -> {
              takeAway(context.job().id());
              while (context.interruption().isEmpty()) {
                Thread.onSpinWait();
              }
              reason.set(context.interruption().orElseThrow().name());
            },
            builder -> builder.heartbeatTimeout(Duration.ofSeconds(1)));
    jobs.insert(stale);

    await().untilAsserted(() -> assertThat(reason).hasValue("LEASE_LOST"));
  }

  @Test
  void r26_theCostOfBufferedAdvancesDoesNotFollowTheirNumber() {
    var writes = new AtomicInteger();
    DataSource counting =
        new ObservedDataSource(
            database.dataSource(),
            () -> {
              if (Thread.currentThread().getName().equals("cairn-checkpoint")) {
                writes.incrementAndGet();
              }
            });
    var advances = new AtomicInteger();
    Cairn client =
        Cairn.builder(counting)
            .schema(database.schema())
            .flushInterval(Duration.ofMillis(100))
            .queue("default", 200)
            .workers(
                Workers.builder()
                    .register(
                        ResumableJobs.Args.class,
                        (job, context) ->
                            Steps.of(context)
                                .cursor(
                                    "load",
                                    Long.class,
                                    0L,
                                    cursor -> {
                                      for (long i = 1; i <= 1_000; i++) {
                                        cursor.advance(i);
                                        advances.incrementAndGet();
                                      }
                                    }))
                    .build())
            .build();
    List<InsertResult> inserted =
        client.insertMany(Collections.nCopies(200, JobInsert.of(new ResumableJobs.Args("many"))));
    long start = System.nanoTime();
    client.start();
    inserted.forEach(job -> clients.await(job.id(), JobState.COMPLETED));
    long intervals = Duration.ofNanos(System.nanoTime() - start).toMillis() / 100;
    client.stop();

    assertThat(advances).hasValue(200_000);
    assertThat(writes.get()).isLessThanOrEqualTo((int) intervals + 1);
  }

  private void takeAway(long id) {
    database.execute(
        """
        UPDATE %s.river_job
        SET attempted_at = attempted_at + interval '1 second', attempt = attempt + 1,
            attempted_by = array_append(attempted_by, 'somebody else')
        WHERE id = ?
        """
            .formatted(database.schema()),
        id);
  }
}
