package dev.cairn.logback;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggerContextListener;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.cairn.log.JobLog;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * Keeps with each job what its attempts log through Logback, including on threads that carry the
 * MDC of the attempt, after Logback has read a changed configuration, and behind an asynchronous
 * appender, as long as the attempt runs.
 *
 * <pre>{@code
 * JobLog jobLog = new JobLog();
 * JobLogAppender.attach(jobLog);
 * Cairn.builder(dataSource).middleware(jobLog) ...
 * }</pre>
 */
public final class JobLogAppender extends UnsynchronizedAppenderBase<ILoggingEvent>
    implements AutoCloseable {
  /** As in {@code 12:30:01.123 INFO com.example.Importer - read 300 rows}. */
  public static final String PATTERN = "%d{HH:mm:ss.SSS} %-5level %logger - %msg%n";

  private final JobLog jobLog;
  private final Logger logger;
  private final Level threshold;
  private final PatternLayout layout = new PatternLayout();
  private final LoggerContextListener again = new AfterReset();
  private final Runnable look = this::beginAgain;
  private boolean closed;

  private JobLogAppender(JobLog jobLog, Logger logger, Level threshold, String pattern) {
    this.jobLog = jobLog;
    this.logger = logger;
    this.threshold = threshold;
    this.layout.setPattern(pattern);
  }

  /**
   * Attaches an appender to the root logger, from {@code INFO} on, with {@link #PATTERN}.
   *
   * @throws IllegalStateException if SLF4J does not log through Logback
   */
  public static JobLogAppender attach(JobLog jobLog) {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
      return attach(jobLog, root, Level.INFO, PATTERN);
    }
    throw new IllegalStateException(
        "SLF4J logs through %s, not through Logback [CAIRN-532]"
            .formatted(factory.getClass().getName()));
  }

  /**
   * Attaches an appender to a logger. One log of jobs may have several, such as one more for a
   * logger that passes nothing on to the root logger.
   *
   * @param threshold the lowest level to keep
   * @param pattern of Logback's, for the text of an event; a stack trace follows it by itself
   */
  public static JobLogAppender attach(
      JobLog jobLog, Logger logger, Level threshold, String pattern) {
    var appender = new JobLogAppender(jobLog, logger, threshold, pattern);
    appender.setName("cairn-job-log");
    appender.setContext(logger.getLoggerContext());
    appender.layout.setContext(logger.getLoggerContext());
    appender.begin();
    logger.getLoggerContext().addListener(appender.again);
    jobLog.beforeEachAttempt(appender.look);
    return appender;
  }

  /**
   * A reset and a stop of Logback detach and stop all appenders. A stop, as when Spring Boot sets
   * logging up once more, removes even listeners that resist a reset. One that still runs was moved
   * by somebody on purpose, such as behind an asynchronous appender.
   */
  private synchronized void beginAgain() {
    if (!closed && !isStarted()) {
      begin();
    }
  }

  private void begin() {
    layout.start();
    start();
    logger.addAppender(this);
  }

  /** Detaches this appender. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    jobLog.removeBeforeEachAttempt(look);
    logger.getLoggerContext().removeListener(again);
    logger.detachAppender(this);
    stop();
  }

  @Override
  public void stop() {
    super.stop();
    layout.stop();
  }

  /**
   * Without a lock: all threads of the application log through here, also those without a job. The
   * layout and the log of jobs are safe to use from several threads.
   */
  @Override
  protected void append(ILoggingEvent event) {
    if (event.getLevel().isGreaterOrEqual(threshold)) {
      String run = event.getMDCPropertyMap().get(JobLog.RUN);
      if (run != null) {
        jobLog.append(run, layout.doLayout(event));
      }
    }
  }

  /**
   * A reset, as when a changed configuration is read again, detaches and stops all appenders.
   * Configurations bring their own back; nobody else would bring back this one.
   */
  private final class AfterReset implements LoggerContextListener {
    @Override
    public boolean isResetResistant() {
      return true;
    }

    @Override
    public void onReset(LoggerContext context) {
      beginAgain();
    }

    @Override
    public void onStart(LoggerContext context) {}

    @Override
    public void onStop(LoggerContext context) {}

    @Override
    public void onLevelChange(Logger changed, Level level) {}
  }
}
