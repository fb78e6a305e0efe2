package dev.cairn.dashboard.internal.words;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.Clients.Client;
import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import dev.cairn.dashboard.internal.read.Overviews;
import dev.cairn.dashboard.internal.read.Overviews.Queue;
import dev.cairn.dashboard.internal.read.Overviews.Queues;
import dev.cairn.dashboard.internal.read.Resumables;
import dev.cairn.dashboard.internal.read.Resumables.Look;
import dev.cairn.dashboard.internal.read.Resumables.Running;
import dev.cairn.dashboard.internal.read.Resumables.TakenOver;
import dev.cairn.dashboard.internal.words.WhyItWaits.Link;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What needs a person, first. */
public final class Attention {
  private static final Duration LONG_STALLED = Duration.ofMinutes(10);
  private static final Duration LONG_DUE = Duration.ofMinutes(10);
  private static final Duration OVERDUE = Duration.ofMinutes(5);
  private static final Duration UNSEEN = Duration.ofMinutes(30);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int ITEMS_MAX = 50;
  private static final int EACH_MAX = 5;

  private final Instant now;
  private final Queues queues;
  private final List<Item> items = new ArrayList<>();

  private Attention(Instant now, Queues queues) {
    this.now = now;
    this.queues = queues;
  }

  /** How urgent. */
  public enum Severity {
    ACT,
    LOOK
  }

  /**
   * One thing.
   *
   * @param count of how many jobs, clients or items; null if that does not matter
   * @param atLeast whether there may be more
   * @param link whose text is not shown
   */
  public record Item(
      String kind,
      Severity severity,
      String text,
      @Nullable Long jobId,
      @Nullable String queue,
      @Nullable String client,
      @Nullable Long count,
      boolean atLeast,
      Link link) {}

  /**
   * What there is, as of {@code now}.
   *
   * @param states how many jobs there are in each state
   * @param leader null if nobody leads
   */
  public static List<Item> of(
      Instant now,
      Map<JobState, Long> states,
      Queues queues,
      List<Client> clients,
      @Nullable String leader,
      Look running,
      List<TakenOver> takenOver,
      long quarantined) {
    var attention = new Attention(now, queues);
    clients.stream().filter(Client::isDeadWithJobs).limit(EACH_MAX).forEach(attention::dead);
    long alive = clients.stream().filter(Client::alive).count();
    attention.led(unfinished(states), alive, leader);
    queues.queues().forEach(queue -> attention.queue(queue, alive));
    attention.stalled(running);
    takenOver.stream().limit(EACH_MAX).forEach(attention::takenOver);
    if (quarantined > 0) {
      attention.quarantined(quarantined);
    }
    return attention.items.stream()
        .sorted(Comparator.comparing(Item::severity))
        .limit(ITEMS_MAX)
        .toList();
  }

  /** How many jobs need a client; pending ones wait for a person. */
  private static long unfinished(Map<JobState, Long> states) {
    return Stream.of(JobState.AVAILABLE, JobState.RETRYABLE, JobState.RUNNING, JobState.SCHEDULED)
        .mapToLong(state -> states.getOrDefault(state, 0L))
        .sum();
  }

  /** Whether somebody makes jobs available that have become due. */
  private void led(long unfinished, long alive, @Nullable String leader) {
    List<Queue> late =
        queues.queues().stream()
            .filter(queue -> queue.notMadeAvailable().compareTo(PATIENCE) > 0)
            .sorted(Comparator.comparing(Queue::notMadeAvailable).reversed())
            .toList();
    // A leader that is none of Cairn's clients is River's, whose clients work without a row here.
    if (leader == null && alive == 0 && unfinished > 0) {
      addOfClients(
          "noClientAlive",
          Severity.ACT,
          "No client of Cairn is alive, and jobs wait: start one, or look at its log.");
    } else if (leader == null && unfinished > 0) {
      addOfClients(
          "noLeader",
          // A new leader is elected within seconds.
          late.isEmpty() ? Severity.LOOK : Severity.ACT,
          "No client leads: scheduled and failed jobs do not become available.");
    }
    if (!late.isEmpty()) {
      Queue worst = late.getFirst();
      items.add(
          new Item(
              "notMadeAvailable",
              // A million jobs of one second take the leader some minutes.
              leader != null && worst.notMadeAvailable().compareTo(LONG_DUE) < 0
                  ? Severity.LOOK
                  : Severity.ACT,
              "Jobs of queue %s%s have been due for %s, and are still scheduled or retryable%s."
                  .formatted(
                      Words.name(worst.name()),
                      late.size() == 1
                          ? ""
                          : " and " + Words.count(late.size() - 1L, "other queue"),
                      Words.span(worst.notMadeAvailable()),
                      leader == null ? "" : ": look at the log of the leader"),
              null,
              worst.name(),
              null,
              null,
              false,
              new Link("", "jobs", Map.of("queue", worst.name()))));
    }
  }

  private void addOfClients(String kind, Severity severity, String text) {
    items.add(
        new Item(
            kind,
            severity,
            text,
            null,
            null,
            null,
            null,
            false,
            new Link("", "clients", Map.of())));
  }

  private void dead(Client client) {
    items.add(
        new Item(
            "staleClient",
            Severity.ACT,
            "Client %s has sent no heartbeat for %s, and %s still in its name."
                .formatted(
                    Words.name(client.id()),
                    Words.between(client.heartbeatAt(), now),
                    client.atLeast()
                        ? Words.number(client.running()) + " jobs or more are"
                        : client.running() == 1
                            ? "1 job is"
                            : Words.number(client.running()) + " jobs are"),
            null,
            null,
            client.id(),
            client.running(),
            client.atLeast(),
            new Link("", "clients", Map.of())));
  }

  private void queue(Queue queue, long alive) {
    long available = queue.jobs().getOrDefault(JobState.AVAILABLE, 0L);
    long discarded = queue.jobs().getOrDefault(JobState.DISCARDED, 0L);
    Duration waiting = queue.oldestWaiting() == null ? Duration.ZERO : queue.oldestWaiting();
    String name = Words.name(queue.name());
    Instant paused = queue.pausedAt();
    if (paused != null) {
      add(
          queue,
          "pausedQueue",
          available > 0 ? Severity.ACT : Severity.LOOK,
          available,
          "Queue %s is paused%s for %s, and %s."
              .formatted(
                  name,
                  queue.pausedBy() == null ? "" : " by " + Words.said(queue.pausedBy()),
                  Words.between(paused, now),
                  queue.jobs().containsKey(JobState.AVAILABLE) || queues.complete()
                      ? waits(available)
                      : "there are too many queues to count its jobs"));
    } else if (available > 0
        && waiting.compareTo(PATIENCE) > 0
        && (alive == 0 || queue.seen() == null || queue.seen().compareTo(UNSEEN) > 0)) {
      add(
          queue,
          "noClient",
          Severity.ACT,
          available,
          "No client works queue %s, and %s.".formatted(name, waits(available)));
    } else if (waiting.compareTo(OVERDUE) > 0) {
      add(
          queue,
          "overdue",
          Severity.LOOK,
          available,
          "The oldest job of queue %s has been due for %s.".formatted(name, Words.span(waiting)));
    }
    if (discarded > 0) {
      add(
          queue,
          "discarded",
          Severity.LOOK,
          discarded,
          "%s of queue %s %s discarded: all attempts have failed."
              .formatted(jobs(discarded), name, discarded == 1 ? "was" : "were"));
    }
  }

  private String waits(long available) {
    return available == 0
        ? "no job waits in it"
        : "%s %s in it".formatted(jobs(available), available == 1 ? "waits" : "wait");
  }

  private String jobs(long number) {
    return number >= queues.countedUpTo()
        ? Words.number(number) + " jobs or more"
        : Words.count(number, "job");
  }

  private void add(Queue queue, String kind, Severity severity, long count, String text) {
    items.add(
        new Item(
            kind,
            severity,
            text,
            null,
            queue.name(),
            null,
            count,
            count >= queues.countedUpTo() || (count == 0 && !queues.complete()),
            kind.equals("discarded") || kind.equals("overdue")
                ? new Link(
                    "",
                    "jobs",
                    Map.of(
                        "queue",
                        queue.name(),
                        "state",
                        kind.equals("discarded") ? "discarded" : "available"))
                : new Link("", "queues", Map.of())));
  }

  private void stalled(Look look) {
    List<Running> stalled =
        look.slowest().stream()
            .filter(running -> running.stalled().compareTo(JobFacts.STALLED) >= 0)
            .limit(EACH_MAX)
            .toList();
    for (Running running : stalled) {
      add(
          running.job(),
          "stalled",
          running.stalled().compareTo(LONG_STALLED) >= 0 ? Severity.ACT : Severity.LOOK,
          null,
          "Job %d (%s) has saved no checkpoint for %s."
              .formatted(
                  running.job().id(),
                  Words.said(running.job().kind()),
                  Words.span(running.stalled())));
    }
    long others = look.stalled() - stalled.size();
    if (others > 0 && !stalled.isEmpty()) {
      addSorted(
          "moreStalled",
          stalled.getLast().stalled().compareTo(LONG_STALLED) >= 0 ? Severity.ACT : Severity.LOOK,
          others,
          !look.complete(),
          "%s saved no checkpoint for %s or longer."
              .formatted(
                  others == 1
                      ? "1 more job has"
                      : Words.number(others)
                          + (look.complete() ? " more jobs have" : " more jobs or more have"),
                  Words.span(JobFacts.STALLED)));
    }
    if (!look.complete()) {
      addSorted(
          "notLookedAt",
          Severity.LOOK,
          Resumables.RUNNING_MAX,
          true,
          "More than %1$s jobs are running. Only %1$s were looked at, so others may be stuck."
              .formatted(Words.number(Resumables.RUNNING_MAX)));
    }
  }

  private void addSorted(String kind, Severity severity, long count, boolean atLeast, String text) {
    items.add(
        new Item(
            kind,
            severity,
            text,
            null,
            null,
            null,
            count,
            atLeast,
            new Link("", "jobs", Map.of("sort", "stalled"))));
  }

  private void takenOver(TakenOver taken) {
    Summary job = taken.job();
    int crashes = Objects.requireNonNullElse(job.crashes(), 0);
    String ago = taken.at() == null ? "" : Words.between(taken.at(), now) + " ago";
    String last = ago.isEmpty() ? "" : crashes == 1 ? ", " + ago : ", the last time " + ago;
    add(
        job,
        "takenOver",
        Severity.LOOK,
        (long) crashes,
        "Job %d (%s) was taken over %s, because its %s died%s."
            .formatted(
                job.id(),
                Words.said(job.kind()),
                Words.times(crashes),
                crashes == 1 ? "client" : "clients",
                last));
  }

  private void add(Summary job, String kind, Severity severity, @Nullable Long count, String text) {
    items.add(
        new Item(
            kind,
            severity,
            text,
            job.id(),
            null,
            null,
            count,
            false,
            new Link("", "job", Map.of("id", Long.toString(job.id())))));
  }

  private void quarantined(long number) {
    items.add(
        new Item(
            "quarantined",
            Severity.LOOK,
            "%s put aside after failures: look at the reasons, then work the items again."
                .formatted(
                    number >= Overviews.COUNTED_MAX
                        ? Words.number(number) + " items or more are"
                        : number == 1 ? "1 item is" : Words.number(number) + " items are"),
            null,
            null,
            null,
            number,
            number >= Overviews.COUNTED_MAX,
            new Link("", "jobs", Map.of("sort", "quarantined"))));
  }
}
