package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.StandIn;
import dev.cairn.StandIn.Answer;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Waits;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The timeout of a wait for a signal whose first check fails or is cut off (R36). */
class SignalTimeoutTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final AtomicInteger checks = new AtomicInteger();
  private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

  /** Steps whose first check for a signal fails; an hour later, all others are made. */
  private Steps steps(WorkContext context, Answer first) {
    var real = (MiddlewareContext) context;
    Waits waits =
        StandIn.before(Waits.class, real.waits())
            .on("now", call -> real.waits().now().plus(ahead.get()))
            .on(
                "signal",
                call -> {
                  if (checks.incrementAndGet() == 1) {
                    ahead.set(HOUR);
                    return first.to(call);
                  }
                  return real.waits()
                      .signal(call.argument(0, String.class), call.argument(1, String.class));
                })
            .object();
    return StepsOnDemand.of(
            StandIn.before(MiddlewareContext.class, real).on("waits", call -> waits).object(),
            JacksonCodec.create(),
            ResumableLimits.defaults())
        .get();
  }

  private Steps steps(WorkContext context) {
    return steps(
        context,
        call -> {
          throw new IllegalStateException("no answer");
        });
  }

  /** The job's own steps know nothing of those of the test, and would miss them at its end. */
  private static void complete(WorkContext context) throws Exception {
    context.inTransaction(connection -> {
      context.completeTx(connection);
      return true;
    });
  }

  private void await(Steps steps) throws Exception {
    jobs.notes.add("" + steps.awaitSignal("paid", "paid:7", String.class, TIMEOUT));
  }

  @Test
  void r36_aTimeoutDoesNotBeginAnewInTheNextTry() {
    JobRow job =
        jobs.firstAttempt(
            (steps, context) -> await(steps(context).retrying(2, Duration.ofMillis(1))));

    assertThat(job.state()).as(job.errors().toString()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("Optional.empty");
  }

  @Test
  void r36_aTimeoutDoesNotBeginAnewAfterAnInterruption() {
    Cairn client =
        jobs.start((steps, context) -> {
          await(
              steps(
                  context,
                  call -> {
                    throw context.yieldNow("a deploy");
                  }));
          complete(context);
        });

    JobRow job = clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
    assertThat(jobs.notes).as("the time has passed").containsExactly("Optional.empty");
  }

  @Test
  void r36_aTimeoutDoesNotBeginAnewInTheNextAttempt() {
    ResumableJobs.Code code = (steps, context) -> await(steps(context));
    JobRow job = jobs.firstAttempt(code);
    assertThat(job.errors().getLast().error()).isEqualTo("no answer");

    JobRow ignored = jobs.nextAttempt(job.id(), code);

    assertThat(jobs.notes).as("the time has passed").containsExactly("Optional.empty");
  }
}
