package dev.cairn.spring.boot.log;

import dev.cairn.logback.JobLogAppender;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.logging.LogLevel;

/**
 * The properties {@code cairn.job-log.*}. May get further components.
 *
 * @param enabled Whether to put the ids of jobs into the MDC, and to keep their logs.
 * @param level Lowest level of the events that are kept with a job.
 * @param logger Logger whose events are kept with their job.
 * @param pattern Pattern of Logback for the lines that are kept with a job.
 */
@ConfigurationProperties("cairn.job-log")
public record CairnJobLogProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("info") LogLevel level,
    @DefaultValue("ROOT") String logger,
    @DefaultValue(JobLogAppender.PATTERN) String pattern) {}
