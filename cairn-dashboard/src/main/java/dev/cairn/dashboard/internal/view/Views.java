package dev.cairn.dashboard.internal.view;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.read.Clients.Client;
import dev.cairn.dashboard.internal.read.JobDetails.Item;
import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import dev.cairn.dashboard.internal.read.Overviews;
import dev.cairn.dashboard.internal.read.Overviews.Queue;
import dev.cairn.dashboard.internal.read.Overviews.Queues;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * The components of these records are the members of the JSON objects that the API answers with, as
 * openapi.json describes them. Numbers of 64 bits are texts, because JavaScript would round them.
 */

/** The pieces that several answers are made of. */
public final class Views {
  private Views() {}

  /** A number, or at least that number. */
  public record Count(String n, boolean atLeast) {
    public static Count of(long number, long countedUpTo) {
      return new Count(Long.toString(number), number >= countedUpTo);
    }
  }

  /** The jobs of a state. */
  public record StateCount(String state, Count count) {
    /** All states. */
    public static List<StateCount> all(Map<JobState, Long> counts, long countedUpTo) {
      return Arrays.stream(JobState.values())
          .map(state ->
              new StateCount(state.label(), Count.of(counts.getOrDefault(state, 0L), countedUpTo)))
          .toList();
    }
  }

  /** A job in a list. */
  public record JobView(
      String id,
      String state,
      String kind,
      String queue,
      int priority,
      int attempt,
      int maxAttempts,
      List<String> tags,
      Instant createdAt,
      Instant scheduledAt,
      @Nullable Instant attemptedAt,
      @Nullable Instant finalizedAt,
      @Nullable String client,
      @Nullable String error,
      @Nullable String step,
      @Nullable String done,
      @Nullable String total,
      @Nullable Integer crashes,
      @Nullable Count quarantined) {
    public static JobView of(Summary job) {
      return new JobView(
          Long.toString(job.id()),
          job.state().label(),
          job.kind(),
          job.queue(),
          job.priority(),
          job.attempt(),
          job.maxAttempts(),
          job.tags(),
          job.createdAt(),
          job.scheduledAt(),
          job.attemptedAt(),
          job.finalizedAt(),
          job.client(),
          job.error(),
          job.step(),
          text(job.done()),
          text(job.total()),
          job.crashes(),
          job.quarantined() == 0 ? null : Count.of(job.quarantined(), 1_001));
    }
  }

  /** A page of jobs. */
  public record JobsView(Instant now, List<JobView> jobs, @Nullable String next, boolean partial) {}

  /** Counts by state. */
  public record CountsView(List<StateCount> states) {}

  /** Names of kinds. */
  public record KindsView(List<String> kinds) {}

  /** A queue. */
  public record QueueView(
      String name,
      boolean known,
      boolean paused,
      @Nullable Instant pausedAt,
      @Nullable String pausedBy,
      @Nullable String pauseReason,
      Count available,
      Count running,
      Count retryable,
      Count scheduled,
      Count pending,
      Count discarded,
      @Nullable Long oldestWaitingMs,
      @Nullable Double completedASecond,
      @Nullable Instant createdAt,
      @Nullable Instant updatedAt,
      @Nullable String metadata) {
    /**
     * A queue with its numbers.
     *
     * @param all the queues with which it was counted
     * @param completedASecond null if it was not measured
     * @param metadata null if they are not to be seen
     */
    public static QueueView of(
        Queue queue, Queues all, @Nullable Double completedASecond, @Nullable String metadata) {
      return new QueueView(
          queue.name(),
          queue.known(),
          queue.pausedAt() != null,
          queue.pausedAt(),
          queue.pausedBy(),
          queue.pauseReason(),
          count(queue, JobState.AVAILABLE, all),
          count(queue, JobState.RUNNING, all),
          count(queue, JobState.RETRYABLE, all),
          count(queue, JobState.SCHEDULED, all),
          count(queue, JobState.PENDING, all),
          count(queue, JobState.DISCARDED, all),
          millis(queue.oldestWaiting()),
          completedASecond == null ? null : Math.round(completedASecond * 10) / 10.0,
          queue.createdAt(),
          queue.updatedAt(),
          metadata);
    }

    private static Count count(Queue queue, JobState state, Queues all) {
      Long jobs = queue.jobs().get(state);
      return jobs == null ? new Count("0", !all.complete()) : Count.of(jobs, all.countedUpTo());
    }
  }

  /**
   * All queues.
   *
   * @param more whether there are further queues. If a known one that is not paused is here, none
   *     of the further ones is paused
   */
  public record QueuesView(Instant now, List<QueueView> queues, boolean more) {}

  /**
   * A client.
   *
   * @param atLeast whether more jobs may run in its name than were counted
   */
  public record ClientView(
      String id,
      Instant startedAt,
      Instant heartbeatAt,
      boolean alive,
      boolean signedOff,
      boolean leads,
      String running,
      boolean atLeast,
      List<KindView> kinds) {
    public static ClientView of(Client client, @Nullable String leader) {
      return new ClientView(
          client.id(),
          client.startedAt(),
          client.heartbeatAt(),
          client.alive(),
          client.signedOff(),
          client.id().equals(leader),
          Long.toString(client.running()),
          client.atLeast(),
          client.kinds().stream()
              .map(each -> new KindView(each.kind(), Long.toString(each.n())))
              .toList());
    }
  }

  /** How many jobs of a kind run. */
  public record KindView(String kind, String n) {}

  /**
   * All clients.
   *
   * @param more whether there are further clients
   */
  public record ClientsView(
      Instant now, @Nullable String leader, List<ClientView> clients, boolean more) {}

  /**
   * An item that was put aside.
   *
   * @param key another one for each item of a list
   * @param position null if it is not to be seen
   */
  public record ItemView(
      String key,
      String jobId,
      String kind,
      String step,
      @Nullable String position,
      String error,
      int crashes,
      boolean redrive,
      Instant at) {
    /** Items of a list, with what may be shown of their positions. */
    public static List<ItemView> all(List<Item> items, Disclosure disclosure) {
      var keys = new HashMap<String, Integer>();
      return items.stream()
          .map(item -> {
            // Not by the position, which not everybody may see.
            String alike = "%d %s %s".formatted(item.jobId(), item.at(), item.step());
            return of(
                alike + " " + keys.merge(alike, 1, Integer::sum),
                item,
                disclosure.value(item.position()));
          })
          .toList();
    }

    private static ItemView of(String key, Item item, @Nullable String position) {
      return new ItemView(
          key,
          Long.toString(item.jobId()),
          item.kind(),
          item.step(),
          position,
          item.error(),
          item.crashes(),
          item.redrive(),
          item.at());
    }
  }

  /** Items of all jobs. */
  public record ItemsView(List<ItemView> items, @Nullable String next) {}

  /**
   * A text of a job.
   *
   * @param hidden whether the user may not see it
   * @param redacted whether parts of it were replaced
   */
  public record TextView(
      @Nullable String json, long bytes, boolean truncated, boolean hidden, boolean redacted) {}

  /** A log. */
  public record LogView(
      List<LogSizeView> attempts, @Nullable Integer attempt, String text, boolean truncated) {}

  /** How much an attempt has logged. */
  public record LogSizeView(int attempt, long bytes) {}

  /** What was done. */
  public record ActView(@Nullable JobView job, String text) {}

  /**
   * What a bulk act would change.
   *
   * @param ids of the jobs, as far as one act may change them
   */
  public record PreviewView(Count count, List<String> ids, List<JobView> sample) {}

  /**
   * What a bulk act has changed.
   *
   * @param stopped why it has ended before its last job; null if it has not
   */
  public record BulkView(int changed, boolean more, @Nullable String stopped) {}

  /** A queue after an act. */
  public record QueueActView(@Nullable QueueView queue, String text) {}

  /** An act. */
  public record AuditEntry(
      Instant at, String user, String verb, String target, @Nullable String reason) {}

  /** Acts. */
  public record AuditView(List<AuditEntry> acts) {}

  /** Who asks, and about what. */
  public record SessionView(
      String user,
      List<String> verbs,
      boolean args,
      @Nullable String version,
      String schema,
      String database,
      Instant now,
      String title) {}

  /** Why a request was refused. */
  public record ErrorView(Problem error) {}

  /**
   * A refusal.
   *
   * @param field the member of the request's body that is wrong; null if it is none in particular
   */
  public record Problem(String code, String message, @Nullable String field) {
    public static Problem of(Refusal refusal) {
      String message = refusal.getMessage();
      return new Problem(refusal.code().label(), message == null ? "" : message, refusal.field());
    }
  }

  /** The beginning of a text: whoever may write to the database may have made it long. */
  public static String cut(String text, int most) {
    return text.length() > most ? text.substring(0, most) + "..." : text;
  }

  static @Nullable String text(@Nullable Long number) {
    return number == null ? null : Long.toString(number);
  }

  static @Nullable Long millis(@Nullable Duration span) {
    return span == null ? null : span.toMillis();
  }

  /** How many jobs of a state are counted. */
  public static final long COUNTED_MAX = Overviews.COUNTED_MAX;
}
