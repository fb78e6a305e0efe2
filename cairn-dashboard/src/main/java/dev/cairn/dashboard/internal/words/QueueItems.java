package dev.cairn.dashboard.internal.words;

import static dev.cairn.dashboard.internal.words.Attention.PATIENCE;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.Overviews.Queue;
import dev.cairn.dashboard.internal.read.Overviews.Queues;
import dev.cairn.dashboard.internal.words.Attention.Item;
import dev.cairn.dashboard.internal.words.Attention.Severity;
import dev.cairn.dashboard.internal.words.WhyItWaits.Link;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What needs a person in queues: of each kind the worst, and how many others there are. */
final class QueueItems {
  private static final Duration OVERDUE = Duration.ofMinutes(5);
  private static final Duration UNSEEN = Duration.ofMinutes(30);
  private static final int EACH_MAX = 10;

  private final Instant now;
  private final Queues queues;
  private final List<Ranked> found = new ArrayList<>();

  private QueueItems(Instant now, Queues queues) {
    this.now = now;
    this.queues = queues;
  }

  /**
   * An item.
   *
   * @param weight how bad it is among those of its kind and severity
   */
  private record Ranked(Item item, long weight) {}

  /**
   * In the order of the queues, and then those that are only counted.
   *
   * @param alive how many clients are
   */
  static List<Item> of(Instant now, Queues queues, long alive) {
    var items = new QueueItems(now, queues);
    queues.queues().forEach(queue -> items.look(queue, alive));
    return items.worst();
  }

  private List<Item> worst() {
    Map<String, List<Item>> left =
        found.stream()
            .sorted(
                Comparator.comparing((Ranked each) -> each.item().severity())
                    .thenComparing(Ranked::weight, Comparator.reverseOrder()))
            .map(Ranked::item)
            .collect(Collectors.groupingBy(Item::kind, LinkedHashMap::new, Collectors.toList()));
    left.replaceAll((kind, all) -> all.stream().skip(EACH_MAX).toList());
    var hidden = new HashSet<Item>();
    left.values().forEach(hidden::addAll);
    var items = new ArrayList<Item>();
    found.stream().map(Ranked::item).filter(item -> !hidden.contains(item)).forEach(items::add);
    left.values().stream().filter(some -> !some.isEmpty()).map(this::others).forEach(items::add);
    return items;
  }

  /** The worst of those that are left out comes first. */
  private Item others(List<Item> left) {
    Item worst = left.getFirst();
    boolean isOne = left.size() == 1 && !queues.more();
    String number = Words.number(left.size()) + (isOne ? " more queue" : " more queues");
    String queue = queues.more() ? "at least " + number : number;
    return switch (worst.kind()) {
      case "pausedQueue" ->
          others("morePausedQueues", left, begun(queue) + (isOne ? " is" : " are") + " paused.");
      case "noClient" ->
          others(
              "moreQueuesWithoutClient",
              left,
              "No client works %s in which jobs wait.".formatted(queue));
      case "overdue" ->
          others(
              "moreOverdue",
              left,
              "The oldest jobs of %s have been due for %s or longer."
                  .formatted(queue, Words.span(OVERDUE)));
      default ->
          others(
              "moreDiscarded",
              left,
              begun(queue) + (isOne ? " has" : " have") + " discarded jobs.");
    };
  }

  private static String begun(String sentence) {
    return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
  }

  private Item others(String kind, List<Item> left, String text) {
    return Attention.others(
        kind,
        left.getFirst().severity(),
        left.size(),
        queues.more(),
        text,
        kind.equals("moreDiscarded")
            ? new Link("", "jobs", Map.of("state", "discarded"))
            : new Link("", "queues", Map.of()));
  }

  private void look(Queue queue, long alive) {
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
          waiting.toMillis(),
          available,
          "No client works queue %s, and %s.".formatted(name, waits(available)));
    } else if (waiting.compareTo(OVERDUE) > 0) {
      add(
          queue,
          "overdue",
          Severity.LOOK,
          waiting.toMillis(),
          available,
          "The oldest job of queue %s has been due for %s.".formatted(name, Words.span(waiting)));
    }
    if (discarded > 0) {
      add(
          queue,
          "discarded",
          Severity.LOOK,
          discarded,
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

  private void add(
      Queue queue, String kind, Severity severity, long weight, long count, String text) {
    var item =
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
                : new Link("", "queues", Map.of()));
    found.add(new Ranked(item, weight));
  }
}
