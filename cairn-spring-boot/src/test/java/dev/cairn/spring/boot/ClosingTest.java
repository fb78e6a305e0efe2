package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/** Jobs that need an executor of the application while it closes. */
@Tag("long") // not yet green: see the note of issue 18
class ClosingTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ApplicationContextRunner application =
      Applications.jdbc(cairn).withUserConfiguration(Asynchronous.class);

  @JobKind("closing")
  record Closing(String how) {}

  @Configuration(proxyBeanMethods = false)
  @EnableAsync
  static class Asynchronous {
    @Bean
    ThreadPoolTaskExecutor applicationTaskExecutor() {
      var executor = new ThreadPoolTaskExecutor();
      executor.setCorePoolSize(1);
      return executor;
    }
  }

  static class Mails {
    @Async
    public void send() {}
  }

  static class Jobs {
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch asked = new CountDownLatch(1);
    private final ThreadPoolTaskExecutor executor;
    private final Mails mails;

    Jobs(ThreadPoolTaskExecutor executor, Mails mails) {
      this.executor = executor;
      this.mails = mails;
    }

    @CairnWorker
    void work(Closing args, WorkContext context) {
      switch (args.how()) {
        case "calls" -> {
          started.countDown();
          until(() -> executor.getThreadPoolExecutor().isShutdown());
          mails.send();
        }
        case "loops" -> {
          started.countDown();
          until(() -> context.interruption().isPresent());
          asked.countDown();
          context.yieldIfInterrupted();
        }
        default -> throw new RejectedExecutionException("refused for a reason of its own");
      }
    }

    private static void until(java.util.concurrent.Callable<Boolean> condition) {
      Awaitility.await().atMost(PATIENCE).pollInSameThread().until(condition);
    }
  }

  private static JobRow afterClosing(ApplicationContextRunner application, String how) {
    var id = new AtomicLong();
    application
        .withBean(Mails.class)
        .withBean(Jobs.class)
        .run(context -> {
          id.set(context.getBean(Cairn.class).insert(new Closing(how)).id());
          assertThat(context.getBean(Jobs.class).started.await(60, TimeUnit.SECONDS)).isTrue();
        });
    return cairn.client().jobs().find(id.get()).orElseThrow();
  }

  @Test
  void aTaskThatAClosingExecutorRefusesInterruptsTheJobAndFailsNone() {
    JobRow job = afterClosing(application, "calls");

    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(job.errors()).isEmpty();
  }

  /** Its tasks end only when the jobs have been asked to stop. */
  @Test
  void jobsAreAskedToStopBeforeAnExecutorWaitsForItsTasks() {
    Instant before = Instant.now();
    var id = new AtomicLong();
    application
        .withBean(Mails.class)
        .withBean(Jobs.class)
        .run(context -> {
          Jobs jobs = context.getBean(Jobs.class);
          id.set(context.getBean(Cairn.class).insert(new Closing("loops")).id());
          assertThat(jobs.started.await(60, TimeUnit.SECONDS)).isTrue();
          context
              .getBean(ThreadPoolTaskExecutor.class)
              .execute(() -> {
                try {
                  boolean ignored = jobs.asked.await(60, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
        });
    assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(28));
    assertThat(cairn.client().jobs().find(id.get()).orElseThrow().state())
        .isEqualTo(JobState.AVAILABLE);
  }

  @Test
  void aRefusalWhileNothingClosesIsAFailure() {
    application
        .withBean(Mails.class)
        .withBean(Jobs.class)
        .run(context -> {
          long id = context.getBean(Cairn.class).insert(new Closing("refused")).id();
          JobRow job = cairn.awaitJob(id, row -> !row.errors().isEmpty());
          assertThat(job.errors().getFirst().error()).contains("refused for a reason of its own");
        });
  }
}
