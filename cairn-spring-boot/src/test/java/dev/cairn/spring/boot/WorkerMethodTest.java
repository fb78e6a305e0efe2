package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.ResumePolicy;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spring.CairnBuilderCustomizer;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mockito.Mockito;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What the attributes of annotated methods become. */
class WorkerMethodTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final ApplicationContextRunner application =
      Applications.jdbc(cairn).withBean(Methods.class);

  @JobKind("method_all")
  record All() {}

  @JobKind("method_one")
  record One() {}

  @JobKind("method_none")
  record None() {}

  static class Methods {
    @CairnWorker(
        timeout = "2m",
        progressDeadline = "0",
        maxRuntime = "${app.runtime:1h}",
        interruptionsMax = "7",
        totalFailuresMax = "9",
        noProgressAfter = "4",
        renewedByProgress = true)
    void all(All args) {}

    @CairnWorker(progressDeadline = "30m", totalFailuresMax = "1000")
    void one(One args) {}

    @CairnWorker
    void none(None args) {}

    @CairnPeriodic(
        cron = "0 3 * * *",
        zone = "Europe/Berlin",
        id = "nightly",
        missed = MissedRuns.ALL,
        runOnStart = true)
    None nightly() {
      return new None();
    }

    @CairnPeriodic(every = "15m")
    None often() {
      return new None();
    }
  }

  private static WorkerBean<?> worker(WorkerBeans workers, String kind) {
    return workers.all().stream().filter(it -> it.kind().equals(kind)).findFirst().orElseThrow();
  }

  private static <A> Optional<ResumePolicy> policy(WorkerBean<A> worker) {
    Job<A> job = Mockito.mock();
    return worker.worker().resumePolicy(job);
  }

  private static <A> Optional<Duration> timeout(WorkerBean<A> worker) {
    Job<A> job = Mockito.mock();
    return worker.worker().timeout(job);
  }

  private void check(ApplicationContextRunner application, ResumePolicy usual) {
    application.run(context -> {
      var workers = context.getBean(WorkerBeans.class);
      assertThat(context.getBean(Cairn.class).resumePolicy()).isEqualTo(usual);
      assertThat(policy(worker(workers, "method_all")))
          .contains(
              usual
                  .renewedByProgress()
                  .withoutProgressDeadline()
                  .withMaxRuntime(Duration.ofHours(1))
                  .withInterruptionsMax(7)
                  .withTotalFailuresMax(9)
                  .withNoProgressAfter(4));
      assertThat(policy(worker(workers, "method_one")))
          .contains(usual.withProgressDeadline(Duration.ofMinutes(30)).withTotalFailuresMax(1000));
      assertThat(policy(worker(workers, "method_none"))).isEmpty();
    });
  }

  @Test
  void theLimitsOfAMethodAreItsPolicy() {
    check(application, ResumePolicy.defaults());
  }

  @Test
  void theOtherLimitsOfAMethodAreThoseOfTheProperties() {
    check(
        application.withPropertyValues(
            "cairn.resume.max-runtime=2h",
            "cairn.resume.interruptions-max=11",
            "cairn.resume.total-failures-max=20",
            "cairn.resume.job-row-for-go=true"),
        ResumePolicy.defaults()
            .withMaxRuntime(Duration.ofHours(2))
            .withInterruptionsMax(11)
            .withTotalFailuresMax(20)
            .withJobRowForGo());
  }

  @Test
  void theOtherLimitsOfAMethodAreThoseThatACustomizerGivesTheClient() {
    var customized = ResumePolicy.defaults().withInterruptionsMax(3).withTotalFailuresMax(5);
    check(
        application
            .withBean(CairnBuilderCustomizer.class, () -> client -> client.resumePolicy(customized))
            .withPropertyValues("cairn.resume.interruptions-max=11"),
        customized);
  }

  @Test
  void theTimeoutOfAMethodIsThatOfItsJobs() {
    application.run(context -> {
      var workers = context.getBean(WorkerBeans.class);
      assertThat(timeout(worker(workers, "method_all"))).contains(Duration.ofMinutes(2));
      assertThat(timeout(worker(workers, "method_none"))).isEmpty();
    });
  }

  @Test
  void thePlaceholderOfALimitIsReplaced() {
    application
        .withPropertyValues("app.runtime=3h")
        .run(context ->
            assertThat(policy(worker(context.getBean(WorkerBeans.class), "method_all")))
                .map(ResumePolicy::maxRuntime)
                .contains(Duration.ofHours(3)));
  }

  @Test
  void aWrongLimitStopsTheApplication() {
    Applications.jdbc(cairn)
        .withBean(Methods.class)
        .withPropertyValues("app.runtime=-1h")
        .run(context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContaining("Methods.all(All)")
                .hasMessageContaining("maxRuntime")
                .hasMessageContaining("[CAIRN-701]"));
  }

  /** The class that was there before the application was changed. */
  @JobKind("method_renamed")
  record FormerName(String text) {}

  @JobKind("method_renamed")
  record NewName(String text) {}

  static class Renamed {
    private final BlockingQueue<String> worked = new LinkedBlockingQueue<>();

    @CairnWorker
    void work(NewName args) {
      worked.add(args.text());
    }
  }

  @Test
  void jobsOfAClassThatWasRenamedSinceAreWorked() {
    String stored = cairn.client().insert(new FormerName("hello")).job().args();
    assertThat(stored).contains("hello").doesNotContain("FormerName");
    Applications.jdbc(cairn)
        .withBean(Renamed.class)
        .run(context ->
            assertThat(context.getBean(Renamed.class).worked.poll(1, TimeUnit.MINUTES))
                .isEqualTo("hello"));
  }

  private static PeriodicJob periodic(Cairn client, String id) {
    return client.periodicJobs().list().stream()
        .filter(it -> it.id().endsWith(id))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theScheduleOfAMethodIsThatOfItsPeriodicJob() {
    application.run(context -> {
      Cairn client = context.getBean(Cairn.class);
      PeriodicJob nightly = periodic(client, "nightly");
      // In summer, three o'clock in Berlin is one o'clock in UTC.
      assertThat(nightly.schedule().next(Instant.parse("2026-07-01T00:30:00Z")))
          .contains(Instant.parse("2026-07-01T01:00:00Z"));
      assertThat(nightly.schedule().next(Instant.parse("2026-01-01T00:30:00Z")))
          .contains(Instant.parse("2026-01-01T02:00:00Z"));
      assertThat(nightly.id()).isEqualTo("nightly");
      assertThat(nightly.missedRuns()).isEqualTo(MissedRuns.ALL);
      assertThat(nightly.runsOnStart()).isTrue();

      PeriodicJob often = periodic(client, ".often");
      Instant now = Instant.parse("2026-01-01T00:30:00Z");
      assertThat(often.schedule().next(now)).contains(now.plus(Duration.ofMinutes(15)));
      assertThat(often.missedRuns()).isEqualTo(MissedRuns.ONCE);
      assertThat(often.runsOnStart()).isFalse();
    });
  }
}
