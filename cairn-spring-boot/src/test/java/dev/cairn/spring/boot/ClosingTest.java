package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.ClientStatus;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.jobs.JobQuery;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.task.ThreadPoolTaskExecutorCustomizer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/** Jobs that need the application's beans while it closes. */
class ClosingTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final String VIRTUAL = "spring.threads.virtual.enabled=";

  private final ApplicationContextRunner application =
      Applications.jdbc(cairn)
          .withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
          .withUserConfiguration(Asynchronous.class)
          .withBean(WebServer.class)
          .withBean(Mails.class)
          .withBean(Jobs.class);

  @JobKind("closing")
  record Closing(String how) {}

  @Configuration(proxyBeanMethods = false)
  @EnableAsync
  static class Asynchronous {}

  static class Mails {
    @Async
    public CompletableFuture<String> send() {
      return CompletableFuture.completedFuture("sent");
    }
  }

  /** Stops when that of Boot does. */
  static class WebServer implements SmartLifecycle {
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean running;

    @Override
    public void start() {
      running = true;
    }

    @Override
    public void stop() {
      running = false;
      stopped.countDown();
    }

    @Override
    public boolean isRunning() {
      return running;
    }

    @Override
    public int getPhase() {
      return DEFAULT_PHASE - 2048;
    }
  }

  static class Jobs {
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch asked = new CountDownLatch(1);
    private final WebServer server;
    private final Mails mails;
    private final JdbcClient database;
    private final HikariDataSource pool;
    private final Cairn client;
    private final AtomicReference<@Nullable Thread> closing = new AtomicReference<>();

    Jobs(WebServer server, Mails mails, JdbcClient database, HikariDataSource pool, Cairn client) {
      this.server = server;
      this.mails = mails;
      this.database = database;
      this.pool = pool;
      this.client = client;
    }

    @CairnWorker
    void work(Closing args, WorkContext context) throws Exception {
      switch (args.how()) {
        case "calls" -> {
          started.countDown();
          await(server.stopped);
          callEverything(context);
        }
        case "sends" -> {
          started.countDown();
          while (true) {
            mails.send().get(60, TimeUnit.SECONDS);
          }
        }
        case "lingers" -> {
          started.countDown();
          await(server.stopped);
          Awaitility.await("the end of the context")
              .atMost(Duration.ofSeconds(60))
              .pollInSameThread()
              .until(() -> pool.isClosed() || isWaitedFor());
          database.sql("SELECT 1").query(Integer.class).single();
        }
        case "stops" -> {
          started.countDown();
          awaitInterruption(context);
          asked.countDown();
          context.yieldIfInterrupted();
        }
        default -> throw new RejectedExecutionException("refused for a reason of its own");
      }
    }

    /** After the stop of the web server, the context waits for nothing but the client. */
    private boolean isWaitedFor() {
      Thread thread = closing.get();
      return thread != null && thread.getState() == Thread.State.TIMED_WAITING;
    }

    private void callEverything(WorkContext context) throws Exception {
      awaitInterruption(context);
      assertThat(database.sql("SELECT 1").query(Integer.class).single()).isEqualTo(1);
      client.insert(new Closing("later"));
      context.recordOutput(mails.send().get(60, TimeUnit.SECONDS));
    }
  }

  private static void awaitInterruption(WorkContext context) {
    Awaitility.await("to be asked to stop")
        .atMost(Duration.ofSeconds(60))
        .pollInSameThread()
        .until(() -> context.interruption().isPresent());
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
  }

  private static JobRow afterClosing(ApplicationContextRunner application, String how) {
    var id = new AtomicLong();
    application.run(context -> {
      id.set(context.getBean(Cairn.class).insert(new Closing(how)).id());
      await(context.getBean(Jobs.class).started);
    });
    return cairn.client().jobs().find(id.get()).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aJobThatStillRunsFindsTheApplicationsBeansUsable(boolean virtualThreads) {
    JobRow job = afterClosing(application.withPropertyValues(VIRTUAL + virtualThreads), "calls");

    assertThat(job.errors()).isEmpty();
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(job.output()).contains("\"sent\"");
    assertThat(cairn.client().jobs().countByState()).containsEntry(JobState.AVAILABLE, 1L);
  }

  @Test
  void aTaskThatAClosingExecutorRefusesInterruptsTheJobAndFailsNone() {
    ThreadPoolTaskExecutorCustomizer strict = it -> it.setStrictEarlyShutdown(true);
    JobRow job =
        afterClosing(
            application.withBean(ThreadPoolTaskExecutorCustomizer.class, () -> strict), "sends");

    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(job.attempt()).isZero();
    assertThat(job.errors()).isEmpty();
  }

  /** Its tasks end only when the jobs have been asked to stop. */
  @Test
  void jobsAreAskedToStopBeforeAnExecutorWaitsForItsTasks() {
    var closing = new AtomicReference<Instant>();
    var id = new AtomicLong();
    application.run(context -> {
      Jobs jobs = context.getBean(Jobs.class);
      id.set(context.getBean(Cairn.class).insert(new Closing("stops")).id());
      await(jobs.started);
      context
          .getBean(ThreadPoolTaskExecutor.class)
          .execute(() -> {
            try {
              await(jobs.asked);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      closing.set(Instant.now());
    });
    assertThat(Duration.between(closing.get(), Instant.now())).isLessThan(Duration.ofSeconds(28));
    assertThat(cairn.client().jobs().find(id.get()).orElseThrow().state())
        .isEqualTo(JobState.AVAILABLE);
  }

  /** Such a stop, as by a job, does not wait for the context, so the context waits for it. */
  @Test
  void theJobsOfAClientThatIsBeingStoppedAreWaitedFor() {
    var id = new AtomicLong();
    application.run(context -> {
      Jobs jobs = context.getBean(Jobs.class);
      Cairn client = context.getBean(Cairn.class);
      id.set(client.insert(new Closing("lingers")).id());
      await(jobs.started);
      Thread.ofPlatform().name("stops-before").start(() -> client.stop(Duration.ofMinutes(1)));
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> client.status().phase() == ClientStatus.Phase.STOPPING);
      jobs.closing.set(Thread.currentThread());
    });

    JobRow job = cairn.client().jobs().find(id.get()).orElseThrow();
    assertThat(job.errors()).isEmpty();
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void aRefusalWhileNothingClosesIsAFailure() {
    application.run(context -> {
      long id = context.getBean(Cairn.class).insert(new Closing("refused")).id();
      JobRow job = cairn.awaitJob(id, row -> !row.errors().isEmpty());
      assertThat(job.errors().getFirst().error()).contains("refused for a reason of its own");
    });
  }

  /** So that no other test's application works them. */
  @AfterEach
  void deleteJobs() {
    cairn.client().jobs().deleteMany(JobQuery.all());
  }
}
