package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.resumable.Steps;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Branches that wait for each other in plain Java, of which one is killed or stopped (R30). */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WaitingBranchesTest {
  @JobKind("waiting")
  record Waiting(int number) {}

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private void work(Job<Waiting> job, WorkContext context) throws Exception {
    var latch = new CountDownLatch(1);
    Steps.of(context)
        .parallel(
            "all",
            branches -> {
              branches.add(
                  "first",
                  own -> {
                    own.step("one", () -> log.add("one"));
                    own.step("two", () -> log.add("two"));
                    latch.countDown();
                  });
              branches.add(
                  "second",
                  own -> {
                    latch.await();
                    own.step("three", () -> log.add("three"));
                  });
            });
  }

  @Test
  void r30_aBranchThatWaitsForAKilledOneEndsWithIt() {
    var tester = JobTester.of(Waiting.class, this::work);

    TestedAttempt<Waiting> dead = tester.killAfter("all/first/one").work(new Waiting(1));

    assertThat(dead.outcome())
        .isEqualTo(new AttemptOutcome.Interrupted(InterruptionReason.LEASE_LOST));
    tester.resume(dead).work(new Waiting(1)).requireCompleted();
  }

  @Test
  void r30_aBranchThatWaitsForAStoppedOneIsInterrupted() {
    var tester = JobTester.of(Waiting.class, this::work);

    TestedAttempt<Waiting> stopped = tester.interruptAfter("all/first/one").work(new Waiting(1));

    assertThat(stopped.outcome())
        .isEqualTo(new AttemptOutcome.Interrupted(InterruptionReason.SHUTDOWN));
    tester.resume(stopped).work(new Waiting(1)).requireCompleted();
  }

  @Test
  void r30_anExplorerEndsThem() throws Exception {
    Explorer.<Waiting>of(this::work)
        .args(new Waiting(1))
        .before(log::clear)
        .effect(() -> new TreeSet<>(log))
        .pairs(5)
        .killEverywhere();
  }
}
