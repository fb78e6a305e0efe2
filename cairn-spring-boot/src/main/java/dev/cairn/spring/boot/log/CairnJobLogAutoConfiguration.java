package dev.cairn.spring.boot.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import dev.cairn.Cairn;
import dev.cairn.log.JobLog;
import dev.cairn.logback.JobLogAppender;
import dev.cairn.spring.boot.CairnAutoConfiguration;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.logging.LogLevel;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.annotation.Order;

/**
 * The ids of jobs in the MDC. With {@code cairn-logback} on the class path, also keeps with each
 * job what it logs.
 */
@AutoConfiguration(before = CairnAutoConfiguration.class)
@ConditionalOnClass(Cairn.class)
@ConditionalOnProperty(
    name = {"cairn.enabled", "cairn.job-log.enabled"},
    matchIfMissing = true)
@EnableConfigurationProperties(CairnJobLogProperties.class)
public final class CairnJobLogAutoConfiguration {
  /** Outside of the application's own middleware, whose lines belong to the job. */
  private static final int OUTER = -900;

  @Bean
  @ConditionalOnMissingBean
  @Order(OUTER)
  JobLog cairnJobLog() {
    return new JobLog();
  }

  /** Logback. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({JobLogAppender.class, LoggerContext.class})
  static class LogbackConfiguration {
    /**
     * Detached when the context closes.
     *
     * @throws IllegalStateException if SLF4J does not log through Logback
     */
    @Bean
    @Lazy(false) // nobody asks for it
    @ConditionalOnMissingBean
    JobLogAppender cairnJobLogAppender(JobLog jobLog, CairnJobLogProperties properties) {
      ILoggerFactory factory = LoggerFactory.getILoggerFactory();
      return factory instanceof LoggerContext logback
          ? JobLogAppender.attach(
              jobLog,
              logback.getLogger(properties.logger()),
              level(properties.level()),
              properties.pattern())
          : JobLogAppender.attach(jobLog); // says what is wrong
    }

    /** Logback has no level FATAL. */
    private static Level level(LogLevel level) {
      return level == LogLevel.FATAL ? Level.ERROR : Level.valueOf(level.name());
    }
  }
}
