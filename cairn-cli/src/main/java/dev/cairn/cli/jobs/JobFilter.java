package dev.cairn.cli.jobs;

import dev.cairn.JobState;
import dev.cairn.jobs.JobQuery;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which jobs: the options of commands for many of them. */
final class JobFilter {
  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only jobs in this state: ${COMPLETION-CANDIDATES}. May be repeated.")
  private JobState @Nullable [] states;

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      description = "Only jobs of this kind. May be repeated.")
  private String @Nullable [] kinds;

  @Option(
      names = "--queue",
      paramLabel = "QUEUE",
      description = "Only jobs of this queue. May be repeated.")
  private String @Nullable [] queues;

  @Option(
      names = "--tag",
      paramLabel = "TAG",
      description = "Only jobs with this tag. If repeated, with all of them.")
  private String @Nullable [] tags;

  @Option(
      names = "--created-after",
      paramLabel = "TIME",
      description = "Only jobs inserted at this time or later, such as 2026-11-27T08:00:00Z.")
  private @Nullable Instant createdAfter;

  @Option(
      names = "--created-before",
      paramLabel = "TIME",
      description = "Only jobs inserted before this time.")
  private @Nullable Instant createdBefore;

  /** Whether any option is given. */
  boolean isGiven() {
    return states != null
        || kinds != null
        || queues != null
        || tags != null
        || createdAfter != null
        || createdBefore != null;
  }

  /** The states that are given; null if none is. */
  JobState @Nullable [] states() {
    return states;
  }

  JobQuery query() {
    JobQuery query = JobQuery.all().withCreated(createdAfter, createdBefore);
    if (states != null) {
      query = query.withStates(states);
    }
    if (kinds != null) {
      query = query.withKinds(kinds);
    }
    if (queues != null) {
      query = query.withQueues(queues);
    }
    return tags == null ? query : query.withTagsAll(tags);
  }
}
