package dev.cairn.dashboard.internal.words;

import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import dev.cairn.jobs.JobOperation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One sentence about where a job is, and whether it moves. */
public final class Sentence {
  private Sentence() {}

  public static String of(JobFacts facts) {
    return switch (facts.job().state()) {
      case RUNNING -> running(facts);
      case AVAILABLE -> available(facts);
      case SCHEDULED -> scheduled(facts);
      case RETRYABLE -> retryable(facts);
      case PENDING -> pending(facts);
      case COMPLETED -> ended(facts, "Completed");
      case CANCELLED -> ended(facts, "Cancelled");
      case DISCARDED -> ended(facts, "Discarded");
    };
  }

  private static String running(JobFacts facts) {
    Summary job = facts.job();
    var parts = new ArrayList<String>();
    String on = job.client() == null ? "" : " on " + Words.said(job.client());
    Instant claimed = job.attemptedAt();
    String since = claimed == null ? "" : " for " + Words.between(claimed, facts.now());
    parts.add("Running" + on + since);
    parts.add("attempt " + job.attempt());
    incidents(facts, parts);
    facts.stalledFor().ifPresent(span -> parts.add("no checkpoint for " + Words.span(span)));
    if (Boolean.FALSE.equals(facts.around().clientAlive())) {
      parts.add("but its client is dead");
    }
    if (facts.past().cancelRequested()) {
      parts.add("asked to stop for a cancellation");
    } else if (facts.past().pauseRequested()) {
      parts.add("about to pause at its next checkpoint");
    }
    return sentence(parts);
  }

  private static void incidents(JobFacts facts, List<String> parts) {
    if (facts.past().crashes() > 0) {
      parts.add("taken over " + Words.times(facts.past().crashes()));
    }
    if (facts.past().interruptions() > 0) {
      parts.add("interrupted " + Words.times(facts.past().interruptions()));
    }
  }

  private static String available(JobFacts facts) {
    var parts = new ArrayList<String>();
    if (facts.isDue()) {
      parts.add(
          "Ready to run in queue %s for %s"
              .formatted(
                  Words.name(facts.job().queue()),
                  Words.between(facts.job().scheduledAt(), facts.now())));
    } else {
      parts.add(
          "Ready to run in queue %s in %s"
              .formatted(
                  Words.name(facts.job().queue()),
                  Words.between(facts.now(), facts.job().scheduledAt())));
    }
    incidents(facts, parts);
    return sentence(parts);
  }

  private static String scheduled(JobFacts facts) {
    var parts = new ArrayList<String>();
    if (facts.around().waits().isEmpty()) {
      parts.add(
          facts.isDue()
              ? "Scheduled, and due for " + Words.between(facts.job().scheduledAt(), facts.now())
              : "Scheduled to run in " + Words.between(facts.now(), facts.job().scheduledAt()));
    } else {
      parts.add("Waiting without a worker for " + WhyItWaits.target(facts.around().waits()));
    }
    incidents(facts, parts);
    return sentence(parts);
  }

  private static String retryable(JobFacts facts) {
    Summary job = facts.job();
    var parts = new ArrayList<String>();
    parts.add("Failed in attempt %d of %d".formatted(job.attempt(), job.maxAttempts()));
    parts.add(
        facts.isDue()
            ? "to be tried again now"
            : "next try in " + Words.between(facts.now(), job.scheduledAt()));
    incidents(facts, parts);
    return sentence(parts);
  }

  private static String pending(JobFacts facts) {
    Optional<JobOperation> pause = facts.pause();
    var parts = new ArrayList<String>();
    parts.add(
        pause
            .map(by ->
                "Paused by %s for %s"
                    .formatted(Words.said(by.by()), Words.between(by.at(), facts.now())))
            .orElse("Pending: it waits until somebody makes it available"));
    incidents(facts, parts);
    return sentence(parts);
  }

  private static String ended(JobFacts facts, String how) {
    Summary job = facts.job();
    var parts = new ArrayList<String>();
    Instant end = job.finalizedAt();
    parts.add(end == null ? how : "%s %s ago".formatted(how, Words.between(end, facts.now())));
    if (job.attempt() > 0) {
      parts.add("after " + Words.count(job.attempt(), "attempt"));
    }
    if (end != null && job.attempt() > 0) {
      parts.add(Words.between(job.createdAt(), end) + " after it was inserted");
    }
    incidents(facts, parts);
    if (job.quarantined() > 0) {
      parts.add("with " + Words.count(job.quarantined(), "item") + " put aside");
    }
    return sentence(parts);
  }

  private static String sentence(List<String> parts) {
    return String.join(", ", parts) + ".";
  }
}
