package dev.cairn.logback;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.log.JobLog;
import dev.cairn.resumable.Steps;
import dev.cairn.testing.CairnExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JobLogAppenderTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final Logger log = LoggerFactory.getLogger(JobLogAppenderTest.class);

  private final JobLog jobLog = new JobLog();
  private JobLogAppender appender;

  @JobKind("noted")
  record Noted(String name) {}

  @BeforeEach
  void attach() {
    ch.qos.logback.classic.Logger root =
        ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("ROOT");
    appender = JobLogAppender.attach(jobLog, root, Level.INFO, "%-5level %msg%n");
  }

  @AfterEach
  void detach() {
    appender.close();
  }

  private String logOf(Worker<Noted> worker) {
    Workers workers = Workers.builder().register(Noted.class, worker).build();
    Cairn client =
        cairn.start(settings -> settings.middleware(jobLog).workers(workers).queue("default", 5));
    long id = client.insert(new Noted("x")).id();
    JobRow job = cairn.awaitState(id, JobState.COMPLETED);
    JsonNode logs = JsonMapper.shared().readTree(job.metadata()).path("river:log");
    return logs.path(0).path("log").asString("");
  }

  @Test
  void whatAJobLogsIsKeptWithIt() {
    String kept =
        logOf((job, context) -> {
          log.info("hello from {}", MDC.get(JobLog.KIND));
          log.debug("too small to keep");
          log.warn("beware");
        });

    assertThat(kept).isEqualTo("INFO  hello from noted\nWARN  beware\n");
  }

  /** Blocks whoever formats it. */
  private record Slow(CountDownLatch begun, CountDownLatch end) {
    @Override
    public String toString() {
      begun.countDown();
      try {
        return "after " + end.await(60, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return "interrupted";
      }
    }
  }

  /** Other appenders of the root logger have locks of their own. */
  @Test
  void noThreadWaitsWhileTheLineOfAJobIsFormatted() {
    appender.close();
    ch.qos.logback.classic.Logger alone =
        ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("alone");
    alone.setAdditive(false);
    appender = JobLogAppender.attach(jobLog, alone, Level.INFO, "%msg%n");
    var slow = new Slow(new CountDownLatch(1), new CountDownLatch(1));
    String kept =
        logOf((job, context) -> {
          Map<String, String> mdc = MDC.getCopyOfContextMap();
          Thread formats =
              Thread.ofPlatform()
                  .start(() -> {
                    MDC.setContextMap(mdc);
                    alone.info("{}", slow);
                  });
          assertThat(slow.begun().await(60, TimeUnit.SECONDS)).isTrue();
          try {
            Thread stranger = Thread.ofPlatform().start(() -> alone.info("of a stranger"));
            assertThat(stranger.join(Duration.ofSeconds(30))).isTrue();
            alone.info("of the job");
          } finally {
            slow.end().countDown();
          }
          formats.join();
        });

    assertThat(kept).isEqualTo("of the job\nafter true\n");
  }

  @Test
  void aStackTraceIsKept() {
    String kept =
        logOf((job, context) -> log.warn("failed", new IllegalStateException("for a reason")));

    assertThat(kept).startsWith("WARN  failed\n").contains("IllegalStateException: for a reason");
  }

  @Test
  void aThreadThatCarriesTheMdcBelongsToTheJobAndOthersDoNot() {
    String kept =
        logOf((job, context) -> {
          Map<String, String> mdc = MDC.getCopyOfContextMap();
          Thread.ofVirtual()
              .start(() -> {
                MDC.setContextMap(mdc);
                log.info("from a child");
              })
              .join();
          Thread.ofVirtual().start(() -> log.info("from a stranger")).join();
        });

    assertThat(kept).isEqualTo("INFO  from a child\n");
  }

  @Test
  void branchesBelongToTheJob() {
    String kept =
        logOf((job, context) ->
            Steps.of(context)
                .parallel(
                    "both", branches -> branches.add("one", steps -> log.info("from a branch"))));

    assertThat(kept).isEqualTo("INFO  from a branch\n");
  }

  /** Does something to Logback, and restores the appenders of others at the end. */
  private void interrupting(Consumer<LoggerContext> disturbance, Runnable then) {
    LoggerContext logback = (LoggerContext) LoggerFactory.getILoggerFactory();
    var others = new ArrayList<Appender<ILoggingEvent>>();
    ch.qos.logback.classic.Logger root = logback.getLogger("ROOT");
    root.iteratorForAppenders().forEachRemaining(others::add);
    others.remove(appender);
    disturbance.accept(logback);
    root.setLevel(Level.INFO);
    try {
      then.run();
    } finally {
      for (Appender<ILoggingEvent> other : others) {
        other.start();
        root.addAppender(other);
      }
    }
  }

  @Test
  void whatIsLoggedAfterAResetIsKeptToo() {
    interrupting(
        LoggerContext::reset,
        () ->
            assertThat(logOf((job, context) -> log.info("after it")))
                .isEqualTo("INFO  after it\n"));
  }

  /** As Spring Boot does when it sets logging up once more. */
  @Test
  void whatIsLoggedAfterAStopIsKeptToo() {
    interrupting(
        logback -> {
          logback.stop();
          logback.reset();
          logback.start();
        },
        () ->
            assertThat(logOf((job, context) -> log.info("after it")))
                .isEqualTo("INFO  after it\n"));
  }

  /** The second one is for a logger that passes nothing on to the root logger. */
  @Test
  void whatIsLoggedThroughEachOfTwoAppendersAfterAStopIsKept() {
    ch.qos.logback.classic.Logger alone =
        ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("alone");
    try (var second = JobLogAppender.attach(jobLog, alone, Level.INFO, "second %msg%n")) {
      interrupting(
          logback -> {
            logback.stop();
            logback.reset();
            logback.start();
            alone.setAdditive(false);
          },
          () ->
              assertThat(
                      logOf((job, context) -> {
                        log.info("one");
                        alone.info("two");
                      }))
                  .isEqualTo("INFO  one\nsecond two\n"));
      assertThat(second.isStarted()).isTrue();
    }
    assertThat(alone.iteratorForAppenders().hasNext()).isFalse();
  }

  @Test
  void oneThatIsClosedStaysDetachedAfterAReset() {
    appender.close();
    interrupting(
        LoggerContext::reset,
        () -> assertThat(logOf((job, context) -> log.info("after it"))).isEmpty());
  }

  @Test
  void eventsComeThroughAnAsynchronousAppender() {
    ch.qos.logback.classic.Logger root =
        ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("ROOT");
    root.detachAppender(appender);
    var async = new AsyncAppender();
    async.setContext(root.getLoggerContext());
    async.addAppender(appender);
    async.start();
    root.addAppender(async);
    try {
      String kept =
          logOf((job, context) -> {
            log.info("later");
            // Ends the worker of the asynchronous appender, and so waits for the event.
            async.stop();
          });
      assertThat(kept).isEqualTo("INFO  later\n");
    } finally {
      root.detachAppender(async);
    }
  }

  @Test
  void nothingIsKeptOnceItIsDetached() {
    appender.close();

    assertThat(logOf((job, context) -> log.info("unheard"))).isEmpty();
  }

  @Test
  void attachesToTheRootLoggerUnlessToldOtherwise() {
    appender.close();
    try (var attached = JobLogAppender.attach(jobLog)) {
      assertThat(attached.isStarted()).isTrue();
      assertThat(logOf((job, context) -> log.info("by default")))
          .contains("INFO  dev.cairn.logback.JobLogAppenderTest - by default\n");
    }
  }
}
