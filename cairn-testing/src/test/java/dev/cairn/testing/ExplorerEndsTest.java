package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.JobCancelException;
import dev.cairn.JobDiscardException;
import dev.cairn.JobKind;
import dev.cairn.JobSnoozeException;
import dev.cairn.Worker;
import dev.cairn.log.JobLog;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that are killed between the end of their code and its outcome, however it ends (R30). */
class ExplorerEndsTest {
  @JobKind("ended")
  record Ended(int number) {}

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private Explorer<Ended> explorer(Worker<Ended> worker) {
    return Explorer.of(worker).args(new Ended(1)).before(log::clear).effect(() -> List.copyOf(log));
  }

  @Test
  void r30_whatIsDoneBeforeASnoozeIsFound() {
    Explorer<Ended> poller =
        explorer((job, context) -> {
          if (!job.metadata().contains("asked")) {
            log.add("order");
            context.setMetadata("asked", true);
            throw new JobSnoozeException(Duration.ofMinutes(1));
          }
          Steps.of(context).step("fetch", () -> {});
        });

    assertThatThrownBy(poller::killEverywhere)
        .hasMessageContaining("run 1 killed after the worker had thrown, before the outcome")
        .hasMessageContaining("too much [order]")
        .hasMessageContaining("the effect lies outside of steps");
    assertThatThrownBy(() -> poller.replay("1:kept")).hasMessageContaining("too much [order]");
  }

  @Test
  void r30_whatIsDoneBeforeACancellationIsFound() {
    assertThatThrownBy(() ->
            explorer(
                    (job, context) -> {
                      log.add("refund");
                      throw new JobCancelException("refunded");
                    })
                .killEverywhere())
        .hasMessageContaining("too much [refund]");
  }

  @Test
  void r30_whatIsDoneBeforeADiscardIsFound() {
    assertThatThrownBy(() ->
            explorer(
                    (job, context) -> {
                      Steps.of(context).step("look", () -> {});
                      log.add("report");
                      throw new JobDiscardException("no such order");
                    })
                .killEverywhere())
        .hasMessageContaining("too much [report]");
  }

  @Test
  void r30_whatIsDoneBeforeAFailureIsFound() {
    assertThatThrownBy(() ->
            explorer(
                    (job, context) -> {
                      if (job.attempt() == 1) {
                        log.add("complain");
                        throw new IllegalStateException("not today");
                      }
                    })
                .killEverywhere())
        .hasMessageContaining("too much [complain]");
  }

  @Test
  void r30_anOutputOfWhatOneRunHasCountedIsFound() throws Exception {
    Explorer<Ended> counting =
        explorer(
                (job, context) -> {
                  var rows = new AtomicInteger();
                  Steps.of(context)
                      .forEach(
                          "rows",
                          Sources.range(0, 3),
                          row -> {
                            log.add("row " + row);
                            rows.incrementAndGet();
                          });
                  context.recordOutput(rows.get());
                })
            .allowingRepeats();

    assertThatThrownBy(counting::killEverywhere)
        .hasMessageContaining("the metadata of the job are {output=2} instead of {output=3}")
        .hasMessageContaining("ignoringMetadata()");
    counting.ignoringMetadata().killEverywhere();
    explorer(
            (job, context) -> {
              context.setMetadata("rows", 3);
              throw new JobCancelException("refused");
            })
        .comparingOnlyMetadata()
        .killEverywhere();
  }

  @Test
  void r30_metadataThatDifferByThemselvesAreNoFinding() throws Exception {
    var runs = new AtomicInteger();
    Explorer<Ended> logging =
        explorer(
                (job, context) -> {
                  Steps.of(context)
                      .forEach(
                          "rows", Sources.range(0, 3), row -> JobLog.of(context).add("row " + row));
                  context.setMetadata("run", runs.incrementAndGet());
                  context.recordOutput(Map.of("rows", 3, "at", Instant.now()));
                })
            .with(tester ->
                tester
                    .withMiddleware(new JobLog())
                    .withMiddleware((context, next) -> {
                      long start = System.nanoTime();
                      next.proceed();
                      context.setMetadata("nanos", System.nanoTime() - start);
                    }))
            .comparingOnlyMetadata();

    logging.killEverywhere();
    logging.replay("1:kept");
  }

  /** As a duration in milliseconds, which is zero in nearly all runs. */
  @ParameterizedTest
  @ValueSource(strings = {"5", "5, 11", "5, 12"})
  void r30_metadataThatDifferRarelyAreNoFinding(String slow) throws Exception {
    List<Integer> slowRuns = Stream.of(slow.split(", ")).map(Integer::valueOf).toList();
    var runs = new AtomicInteger();
    Explorer<Ended> measuring =
        explorer(
                (job, context) -> {
                  Steps.of(context).forEach("rows", Sources.range(0, 3), row -> {});
                  context.setMetadata("millis", slowRuns.contains(runs.incrementAndGet()) ? 1 : 0);
                })
            .comparingOnlyMetadata();

    measuring.killEverywhere();

    assertThat(runs).hasValueGreaterThan(slowRuns.getLast());
  }

  @Test
  void r30_metadataOfWhatOneRunHasCountedAreFoundBesideThoseThatDifferByThemselves() {
    Explorer<Ended> counting =
        explorer(
                (job, context) -> {
                  var rows = new AtomicInteger();
                  Steps.of(context)
                      .forEach("rows", Sources.range(0, 3), row -> rows.incrementAndGet());
                  context.setMetadata("rows", rows.get());
                  context.setMetadata("nanos", System.nanoTime());
                  JobLog.of(context).add(rows + " rows");
                })
            .with(tester -> tester.withMiddleware(new JobLog()))
            .comparingOnlyMetadata();

    assertThatThrownBy(counting::killEverywhere)
        .hasMessageContaining("the metadata of the job are {rows=2} instead of {rows=3}");
  }

  @Test
  void r18_aJobOfOneAttemptIsDiscardedByTheFirstKill() throws Exception {
    Explorer<Ended> explorer =
        explorer((job, context) -> Steps.of(context).step("ask", () -> log.add("ask")))
            .allowingRepeats();

    assertThatThrownBy(explorer.with(tester -> tester.withMaxAttempts(1))::killEverywhere)
        .hasMessageContaining("Allow more attempts");
    explorer.with(tester -> tester.withMaxAttempts(2)).pairs(0).killEverywhere();
  }

  @Test
  void r30_anEndThatNothingPrecedesIsRight() throws Exception {
    Exploration exploration =
        explorer(
                (job, context) -> {
                  Steps steps = Steps.of(context);
                  steps.step("ask", () -> log.add("ask"));
                  throw new JobCancelException("refused");
                })
            .allowingRepeats()
            .killEverywhere();

    assertThat(exploration.boundaries()).isGreaterThan(2);
  }

  /** With nothing in the buffer, a kill has the same consequence before and after a flush. */
  @Test
  void anEndAtWhichNothingCanBeLostIsTriedOnce() throws Exception {
    Exploration snoozing =
        explorer(
                (job, context) -> {
                  if (!job.metadata().contains("\"snoozes\":3")) {
                    throw new JobSnoozeException(Duration.ofMinutes(1));
                  }
                  log.add("end");
                })
            .allowingRepeats()
            .pairs(0)
            .killEverywhere();
    Exploration buffering =
        explorer((job, context) -> Steps.of(context).step("once", () -> log.add("once")))
            .allowingRepeats()
            .pairs(0)
            .killEverywhere();

    assertThat(snoozing.boundaries()).isEqualTo(4);
    assertThat(snoozing.schedules()).isEqualTo(4);
    // Each is lost, kept and stopped, and the end is not stopped.
    assertThat(buffering.schedules()).isEqualTo(3 * buffering.boundaries() - 1);
  }
}
