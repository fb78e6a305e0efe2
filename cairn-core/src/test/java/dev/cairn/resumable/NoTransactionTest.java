package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobInterruption;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.StandIn;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.source.Sources;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.MiddlewareContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connections that have no transaction: each statement is committed, or they are closed (R3). */
class NoTransactionTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final Effects effects = new Effects(database);

  @BeforeEach
  void clearEffects() {
    effects.clear();
  }

  /** What the code passes to Cairn before the second half of its work, which fails. */
  @FunctionalInterface
  private interface Call {
    void with(Connection connection) throws Exception;
  }

  private void halves(Call call) throws Exception {
    try (Connection connection = database.dataSource().getConnection()) {
      Effects.insert(connection, "first half");
      call.with(connection);
      throw new SQLException("the second half fails");
    }
  }

  private void assertRefused(JobRow job, String call) {
    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.errors().getLast().error())
        .contains("job " + job.id(), call, "auto-commit", "CAIRN-331");
    assertThat(jobs.checkpoints(job.id()))
        .noneSatisfy(row -> assertThat(row).containsEntry("finished", true));
  }

  /** Seen before: the step counted as finished without its second half. */
  @Test
  void r3_aStepIsNotFinishedWithoutATransaction() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.step("settle", () -> halves(connection -> steps.finishTx("settle", connection))));

    assertRefused(job, "finishTx");
  }

  @Test
  void r3_aCursorIsNotMovedWithoutATransaction() {
    JobRow job =
        jobs.firstAttempt(
            ResumableJobs.cursorStep(
                "rows", cursor -> halves(connection -> cursor.advanceTx(connection, 5L))));

    assertRefused(job, "advanceTx");
    assertThat(jobs.checkpoints(job.id()))
        .noneSatisfy(row -> assertThat(row).containsEntry("value", "5"));
  }

  /** Seen before: the attempt counted as cut off by an outage, five times. */
  @Test
  void r3_aBodyThatClosesItsConnectionFails() {
    JobRow step = jobs.firstAttempt((steps, context) -> steps.stepTx("settle", Connection::close));
    JobRow cursor =
        jobs.firstAttempt(
            ResumableJobs.cursorStep(
                "rows",
                it ->
                    it.advanceInTransaction((connection, position) -> {
                      connection.close();
                      return position + 1;
                    })));

    assertThat(List.of(step, cursor))
        .allSatisfy(job -> {
          assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
          assertThat(job.errors().getLast().error())
              .contains("of job " + job.id(), "closed the connection", "CAIRN-335");
        });
  }

  /** Whatever Cairn does next in the transaction, and whatever is done with failed items. */
  @Test
  void r3_aBodyThatClosesItsConnectionFailsInEachKindOfTransaction() {
    JobRow plain =
        jobs.firstAttempt((steps, context) ->
            context.inTransaction(connection -> {
              connection.close();
              return true;
            }));
    JobRow item =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(ItemPolicy.skip(5))
                .forEach(
                    "rows",
                    Sources.range(0, 2),
                    number ->
                        context.inTransaction(connection -> {
                          connection.close();
                          return true;
                        })));
    JobRow batch =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(ItemPolicy.skip(5))
                .forEachTx(
                    "rows", Sources.range(0, 2), 2, (connection, rows) -> connection.close()));
    var faulty = new AtomicBoolean(true);
    ResumableJobs.Code aside =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEachTx(
                    "rows",
                    Sources.range(0, 2),
                    1,
                    (connection, rows) -> {
                      if (rows.getFirst() == 1 && faulty.get()) {
                        throw new IllegalStateException("one");
                      }
                      if (!faulty.get()) {
                        connection.close();
                      }
                    });
    long id = jobs.firstAttempt(aside).id();
    faulty.set(false);
    clients.inserter().jobs().operator("ada").redrive(id);
    JobRow redriven = jobs.nextAttempt(id, aside);

    assertThat(List.of(plain, item, batch, redriven))
        .allSatisfy(job -> {
          assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
          assertThat(job.errors()).hasSize(1);
          assertThat(job.errors().getLast().error())
              .contains("job " + job.id(), "closed the connection", "CAIRN-335");
        });
    assertThat(clients.inserter().jobs().quarantined(id)).hasSize(1);
  }

  /** A connection that broke is closed, too, and a body may catch what the driver says. */
  @Test
  void r3_aBodyIsNotAccusedInAnOutage() {
    var outage = new AtomicBoolean(true);
    var asked = new AtomicInteger();
    Cairn client =
        jobs.start((steps, context) -> {
          var real = (MiddlewareContext) context;
          Checkpoints checkpoints =
              StandIn.before(Checkpoints.class, real.checkpoints())
                  .on(
                      "read",
                      call -> {
                        if (asked.incrementAndGet() <= 2) {
                          throw new StoreUnavailableException("gone", null);
                        }
                        return real.checkpoints().read(call.argument(0, String.class));
                      })
                  .object();
          Steps own =
              StepsOnDemand.of(
                      StandIn.before(MiddlewareContext.class, real)
                          .on("checkpoints", call -> checkpoints)
                          .object(),
                      JacksonCodec.create(),
                      ResumableLimits.defaults())
                  .get();
          own.stepTx(
              "settle",
              connection -> {
                if (outage.getAndSet(false)) {
                  connection.close();
                } else {
                  Effects.insert(connection, "settled");
                }
              });
        });

    JobRow job = clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
    assertThat(asked).hasPositiveValue();
    assertThat(effects.all()).containsExactly("settled");
  }

  /** Cairn's own interrupt closes the connection of a virtual thread. */
  @Test
  void r3_aBodyIsNotAccusedIfTheAttemptHasToStop() {
    ResumableJobs.Code stopped =
        (steps, context) ->
            steps.stepTx(
                "settle",
                connection -> {
                  try {
                    throw context.yieldNow("a deploy");
                  } catch (JobInterruption e) {
                    connection.close();
                  }
                });
    JobRow job = jobs.firstAttempt(stopped);

    assertThat(job.errors()).isEmpty();
    assertThat(job.state()).isNotEqualTo(JobState.RETRYABLE);
  }

  @Test
  void r3_aJobIsNotCompletedWithoutATransaction() {
    JobRow job = jobs.firstAttempt((steps, context) -> halves(context::completeTx));

    assertRefused(job, "completeTx");
  }
}
