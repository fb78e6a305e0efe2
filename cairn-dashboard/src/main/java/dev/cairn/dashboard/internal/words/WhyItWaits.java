package dev.cairn.dashboard.internal.words;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.JobDetails.Queue;
import dev.cairn.dashboard.internal.read.JobDetails.Wait;
import dev.cairn.jobs.JobOperation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One sentence about what a job waits for. */
public final class WhyItWaits {
  /** A client reports its queues every few minutes; after so long without a report it is gone. */
  private static final Duration QUEUE_UNSEEN = Duration.ofMinutes(30);

  private static final Duration OVERDUE = Duration.ofMinutes(1);

  private WhyItWaits() {}

  /** The reason, with links to what it names. */
  public record Why(String text, List<Link> links) {}

  /**
   * A link to a view of the page.
   *
   * @param view {@code job}, {@code jobs}, {@code queues} or {@code clients}
   */
  public record Link(String text, String view, Map<String, String> query) {}

  /** Empty if it waits for nothing. */
  public static Optional<Why> of(JobFacts facts) {
    return switch (facts.job().state()) {
      case RUNNING -> running(facts);
      case AVAILABLE -> Optional.of(available(facts));
      case SCHEDULED -> Optional.of(scheduled(facts));
      case RETRYABLE -> Optional.of(retryable(facts));
      case PENDING -> Optional.of(pending(facts));
      case COMPLETED, CANCELLED, DISCARDED -> Optional.empty();
    };
  }

  private static Optional<Why> running(JobFacts facts) {
    if (Boolean.FALSE.equals(facts.around().clientAlive())) {
      return Optional.of(
          facts.around().clients() == 0
              ? why("Its client is dead, and no other client is alive to take it over.", clients())
              : why("Its client is dead. Another client takes it over soon.", clients()));
    }
    return facts
        .stalledFor()
        .map(span ->
            why(
                "It has saved no checkpoint for %s%s. It may be busy with one long item, or stuck: look at its log and at the threads of its client."
                    .formatted(
                        Words.span(span),
                        facts.job().step() == null
                            ? ""
                            : ", in step " + Words.name(facts.job().step())),
                clients()));
  }

  private static Why available(JobFacts facts) {
    Optional<Why> queue = ofQueue(facts);
    if (queue.isPresent()) {
      return queue.get();
    }
    if (!facts.isDue()) {
      return why(
          "It is due in %s.".formatted(Words.between(facts.now(), facts.job().scheduledAt())));
    }
    int ahead = facts.around().ahead();
    if (ahead > 0) {
      return why(
          "%s of its queue are claimed before it."
              .formatted(ahead >= 1_000 ? "1,000 jobs or more" : Words.count(ahead, "due job")),
          jobsOf(facts));
    }
    if (isOverdue(facts)) {
      return why(
          "It is the first in its queue, and no client has claimed it. Either all workers are busy, or no client that works the queue knows the kind %s."
              .formatted(Words.name(facts.job().kind())),
          queues(),
          clients());
    }
    return why("It is the first in its queue, and is claimed as soon as a worker is free.");
  }

  private static boolean isOverdue(JobFacts facts) {
    return facts.job().scheduledAt().plus(OVERDUE).isBefore(facts.now());
  }

  /** What keeps a whole queue from being worked. */
  private static Optional<Why> ofQueue(JobFacts facts) {
    Queue queue = facts.around().queue();
    String name = Words.name(facts.job().queue());
    Instant paused = queue == null ? null : queue.pausedAt();
    if (queue != null && paused != null) {
      return Optional.of(
          why(
              "Queue %s is paused%s for %s%s. Resume the queue to let it run."
                  .formatted(
                      name,
                      queue.pausedBy() == null ? "" : " by " + Words.said(queue.pausedBy()),
                      Words.between(paused, facts.now()),
                      reason(queue.pauseReason())),
              queues()));
    }
    if (facts.around().clients() == 0 && isUnseen(queue)) {
      return Optional.of(
          why("No client is alive, so nobody works queue %s.".formatted(name), clients()));
    }
    if (isUnseen(queue)) {
      return Optional.of(
          why(
              "No client works queue %s: %s alive, and none of them has reported this queue lately."
                  .formatted(name, Words.count(facts.around().clients(), "client") + verb(facts)),
              queues(),
              clients()));
    }
    return Optional.empty();
  }

  private static String verb(JobFacts facts) {
    return facts.around().clients() == 1 ? " is" : " are";
  }

  private static boolean isUnseen(@Nullable Queue queue) {
    Duration seen = queue == null ? null : queue.seen();
    return seen == null || seen.compareTo(QUEUE_UNSEEN) > 0;
  }

  private static String reason(@Nullable String reason) {
    return reason == null || reason.isBlank() ? "" : " (" + Words.said(reason) + ")";
  }

  private static Why scheduled(JobFacts facts) {
    List<Wait> waits = facts.around().waits();
    if (!waits.isEmpty()) {
      return waiting(facts, waits);
    }
    return facts.isDue()
        ? why(
            "It is due, and the leader makes it available within seconds. If it stays like this, no"
                + " client leads.",
            clients())
        : why(
            "It is to run in %s.".formatted(Words.between(facts.now(), facts.job().scheduledAt())));
  }

  private static Why waiting(JobFacts facts, List<Wait> waits) {
    Wait first = waits.getFirst();
    String others =
        waits.size() == 1 ? "" : ", and for " + Words.count(waits.size() - 1, "other thing");
    String until =
        facts.isDue() || Duration.between(facts.now(), facts.job().scheduledAt()).toDays() > 3_650
            ? ""
            : " It looks again in %s."
                .formatted(Words.between(facts.now(), facts.job().scheduledAt()));
    if (first.signal() != null) {
      return why(
          "Step %s waits for the signal %s%s.%s"
              .formatted(Words.name(first.step()), Words.name(first.signal()), others, until));
    }
    String state = first.awaitedState();
    if (state == null) {
      return why(
          "Step %s waits for job %d, which no longer exists%s: it continues within seconds."
              .formatted(Words.name(first.step()), first.awaitedJob(), others));
    }
    return why(
        "Step %s waits for job %d (%s), which is %s%s.%s"
            .formatted(
                Words.name(first.step()),
                first.awaitedJob(),
                Words.said(first.awaitedKind() == null ? "" : first.awaitedKind()),
                state,
                others,
                until),
        new Link(
            "job " + first.awaitedJob(), "job", Map.of("id", String.valueOf(first.awaitedJob()))));
  }

  /** What a job waits for, within a sentence. */
  static String target(List<Wait> waits) {
    Wait first = waits.getFirst();
    String what =
        first.signal() == null
            ? "job " + first.awaitedJob()
            : "the signal " + Words.name(first.signal());
    return waits.size() == 1 ? what : what + " and " + Words.count(waits.size() - 1, "other thing");
  }

  private static Why retryable(JobFacts facts) {
    String error =
        facts.job().error() == null ? "" : " The error: " + Words.said(facts.job().error());
    return why(
        facts.isDue()
            ? "Its last attempt failed. It is due, and the leader makes it available within"
                + " seconds."
                + error
            : "Its last attempt failed, and the next one is in %s.%s"
                .formatted(Words.between(facts.now(), facts.job().scheduledAt()), error));
  }

  private static Why pending(JobFacts facts) {
    Optional<JobOperation> pause = facts.pause();
    if (pause.isEmpty()) {
      return why(
          "Nobody has made it available yet. Whoever inserted it as pending does that, or you"
              + " resume it.");
    }
    JobOperation by = pause.get();
    return why(
        "%s paused it%s. It stays like this until somebody resumes it."
            .formatted(Words.said(by.by()), reason(by.reason())));
  }

  private static Why why(String text, Link... links) {
    return new Why(text, List.of(links));
  }

  private static Link clients() {
    return new Link("clients", "clients", Map.of());
  }

  private static Link queues() {
    return new Link("queues", "queues", Map.of());
  }

  private static Link jobsOf(JobFacts facts) {
    return new Link(
        "jobs of this queue",
        "jobs",
        Map.of("queue", facts.job().queue(), "state", JobState.AVAILABLE.label()));
  }
}
