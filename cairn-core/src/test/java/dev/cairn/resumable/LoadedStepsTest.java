package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterceptedCalls;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.MiddlewareContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LoadedStepsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final AtomicReference<Object> ledger = new AtomicReference<>(this);
  private final List<Boolean> locked = new ArrayList<>();

  /** Before JDK 24, who waits within a monitor keeps the carrier of its virtual thread. */
  @Test
  void savedStepsAreLoadedOutsideOfTheMonitor() {
    var job =
        new ResumableJobs(database, clients)
            .firstAttempt((steps, context) -> {
              MiddlewareContext watched = watched((MiddlewareContext) context);
              var limits = ResumableLimits.defaults();
              var values = new StepValues(context.job(), JacksonCodec.create(), limits);
              var known = new StepLedger(watched, values, limits);
              ledger.set(known);
              assertThat(
                      known
                          .enterOwn(new StepScope(watched, Thread.currentThread()), "a")
                          .isFinished())
                  .isFalse();
            });

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(locked).containsExactly(false);
  }

  private MiddlewareContext watched(MiddlewareContext context) {
    Checkpoints checkpoints =
        InterceptedCalls.of(
            Checkpoints.class,
            context.checkpoints(),
            (method, call) -> {
              if (method.equals("load")) {
                locked.add(Thread.holdsLock(ledger.get()));
              }
              return call.proceed();
            });
    return InterceptedCalls.of(
        MiddlewareContext.class,
        context,
        (method, call) -> method.equals("checkpoints") ? checkpoints : call.proceed());
  }
}
