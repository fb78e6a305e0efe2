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

/**
 * What needs a person, first. Of each kind, the worst are named, and one item says how many others
 * there are, so that much of one kind hides nothing of another.
 */
public final class Attention {
  private static final Duration LONG_STALLED = Duration.ofMinutes(10);
  private static final Duration LONG_DUE = Duration.ofMinutes(10);

  /** How long a job may be due. */
  static final Duration PATIENCE = Duration.ofMinutes(1);

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
    attention.dead(clients.stream().filter(Client::isDeadWithJobs).toList());
    long alive = clients.stream().filter(Client::alive).count();
    attention.led(unfinished(states), alive, leader);
    attention.items.addAll(QueueItems.of(now, queues, alive));
    attention.stalled(running);
    attention.takenOver(takenOver);
    if (quarantined > 0) {
      attention.quarantined(quarantined);
    }
    return attention.items.stream().sorted(Comparator.comparing(Item::severity)).toList();
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

  private void dead(List<Client> clients) {
    clients.stream().limit(EACH_MAX).forEach(this::dead);
    int others = clients.size() - EACH_MAX;
    if (others > 0) {
      items.add(
          others(
              "moreStaleClients",
              Severity.ACT,
              others,
              false,
              others == 1
                  ? "1 more client has sent no heartbeat, and has jobs in its name."
                  : "%s more clients have sent no heartbeat, and have jobs in their names."
                      .formatted(Words.number(others)),
              new Link("", "clients", Map.of())));
    }
  }

  /** How many others of a kind there are, which are not named. */
  static Item others(
      String kind, Severity severity, long count, boolean atLeast, String text, Link link) {
    return new Item(kind, severity, text, null, null, null, count, atLeast, link);
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

  private void takenOver(List<TakenOver> jobs) {
    jobs.stream().limit(EACH_MAX).forEach(this::takenOver);
    int others = jobs.size() - EACH_MAX;
    if (others > 0) {
      boolean atLeast = jobs.size() >= Resumables.TAKEN_OVER_MAX;
      items.add(
          others(
              "moreTakenOver",
              Severity.LOOK,
              others,
              atLeast,
              others == 1 && !atLeast
                  ? "1 more job was taken over, because its client died."
                  : "%s%s more jobs were taken over, because their clients died."
                      .formatted(atLeast ? "At least " : "", Words.number(others)),
              new Link("", "jobs", Map.of("sort", "crashes"))));
    }
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
