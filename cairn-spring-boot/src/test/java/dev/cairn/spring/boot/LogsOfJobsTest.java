package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.log.JobLog;
import dev.cairn.logback.JobLogAppender;
import dev.cairn.spi.Middleware;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.boot.log.CairnJobLogAutoConfiguration;
import dev.cairn.testing.CairnExtension;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** The logs of jobs, without a line of code. */
class LogsOfJobsTest {
  @RegisterExtension
  static final CairnExtension cairn = new CairnExtension().withTimeout(Duration.ofMinutes(1));

  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger("shop");

  private final ApplicationContextRunner application =
      Applications.jdbc(cairn)
          .withConfiguration(AutoConfigurations.of(CairnJobLogAutoConfiguration.class))
          .withPropertyValues("cairn.job-log.logger=shop");

  @JobKind("logged")
  record Logged(String name) {}

  static class Worker {
    @CairnWorker
    void work(Logged args, WorkContext context) {
      LOG.debug("searched {}", args.name());
      LOG.info("found {}", args.name());
      context.recordOutput(String.valueOf(MDC.get(JobLog.KIND)));
    }
  }

  @BeforeEach
  void asBootHasIt() {
    ((Logger) LOG).setLevel(Level.INFO);
  }

  @AfterEach
  void asItWas() {
    ((Logger) LOG).setLevel(null);
  }

  private static JobRow worked(Cairn client) {
    return cairn.awaitState(client.insert(new Logged("tea")).id(), JobState.COMPLETED);
  }

  private static boolean isAttached() {
    Iterator<?> appenders = ((Logger) LOG).iteratorForAppenders();
    return appenders.hasNext();
  }

  @Test
  void whatAJobLogsIsKeptWithIt() {
    application
        .withBean(Worker.class)
        .run(context -> {
          JobRow job = worked(context.getBean(Cairn.class));
          assertThat(job.metadata())
              .contains("river:log", "INFO  shop - found tea")
              .doesNotContain("searched");
          assertThat(job.output()).contains("\"logged\"");
        });
    assertThat(isAttached()).isFalse();
  }

  @Test
  void propertiesSayWhatIsKept() {
    ((Logger) LOG).setLevel(Level.DEBUG);
    application
        .withBean(Worker.class)
        .withPropertyValues(
            "cairn.job-log.level=debug", "cairn.job-log.pattern=%level: %msg %X{cairn.attempt}%n")
        .run(context ->
            assertThat(worked(context.getBean(Cairn.class)).metadata())
                .contains("DEBUG: searched tea 1\\nINFO: found tea 1\\n"));
  }

  /** Logs around each job, and so belongs to it. */
  static class LoggingMiddleware implements Middleware {
    @Override
    public void work(dev.cairn.spi.MiddlewareContext context, Next next) throws Exception {
      LOG.info("around");
      next.proceed();
    }
  }

  @Test
  void aLazyApplicationKeepsThemTooAndThoseOfItsMiddleware() {
    application
        .withInitializer(context ->
            context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
        .withBean(LoggingMiddleware.class)
        .withBean(Worker.class)
        .run(context ->
            assertThat(worked(context.getBean(Cairn.class)).metadata())
                .contains("around", "found tea"));
  }

  @Test
  void withoutTheAppenderTheIdsAreInTheMdc() {
    application
        .withBean(Worker.class)
        .withClassLoader(new FilteredClassLoader(JobLogAppender.class, LoggerContext.class))
        .run(context -> {
          JobRow job = worked(context.getBean(Cairn.class));
          assertThat(job.output()).contains("\"logged\"");
          assertThat(job.metadata()).doesNotContain("river:log");
          assertThat(context).hasSingleBean(JobLog.class);
        });
  }

  @Test
  void itCanBeSwitchedOffOrReplaced() {
    application
        .withBean(Worker.class)
        .withPropertyValues("cairn.job-log.enabled=false")
        .run(context -> {
          assertThat(worked(context.getBean(Cairn.class)).output()).contains("\"null\"");
          assertThat(isAttached()).isFalse();
        });
    application
        .withPropertyValues("cairn.enabled=false")
        .run(context -> {
          assertThat(context).hasNotFailed().doesNotHaveBean(JobLog.class);
          assertThat(isAttached()).isFalse();
        });
    var own = new JobLog();
    application
        .withBean("own", JobLog.class, () -> own)
        .run(context -> assertThat(context.getBean(JobLog.class)).isSameAs(own));
  }

  /** Works when the other one does. */
  static class Both {
    private final CountDownLatch both;
    private final String name;

    Both(CountDownLatch both, String name) {
      this.both = both;
      this.name = name;
    }

    @CairnWorker
    void work(Logged args) throws InterruptedException {
      both.countDown();
      assertThat(both.await(60, TimeUnit.SECONDS)).isTrue();
      LOG.info("of {}", name);
    }
  }

  /** Both appenders are on the logger, and each sees the lines of both. */
  @Test
  void twoContextsOfAProcessDoNotMixTheirLogs() {
    var both = new CountDownLatch(2);
    application
        .withBean(Both.class, both, "one")
        .withPropertyValues("cairn.queues.one.max-workers=1", "cairn.client-id=one")
        .run(one ->
            application
                .withBean(Both.class, both, "two")
                .withPropertyValues("cairn.queues.two.max-workers=1")
                .run(two -> {
                  long first = insert(one.getBean(Cairn.class), "one");
                  long second = insert(two.getBean(Cairn.class), "two");
                  assertThat(cairn.awaitState(first, JobState.COMPLETED).metadata())
                      .contains("of one")
                      .doesNotContain("of two");
                  assertThat(cairn.awaitState(second, JobState.COMPLETED).metadata())
                      .contains("of two")
                      .doesNotContain("of one");
                }));
  }

  private static long insert(Cairn client, String queue) {
    return client
        .insert(new Logged(queue), dev.cairn.InsertOptions.defaults().withQueue(queue))
        .id();
  }
}
