package dev.cairn.jobs;

import java.util.List;

/**
 * What waits in the queues of a schema. The numbers have upper limits, so that reading them costs
 * little, however many jobs there are. May get further components.
 *
 * @param queues by name: those that clients work, and those that have jobs. At most 1,000 pairs of
 *     a queue and a state are looked at; if there are more, the last queues by name are missing
 * @param quarantined how many items are put aside, at most 100,000
 * @param countedUpTo as many jobs of a queue and state are counted, 100,000 or fewer if there are
 *     many queues: a number as large means "at least"
 * @param complete whether no queue is missing
 */
public record Backlog(
    List<QueueBacklog> queues, long quarantined, long countedUpTo, boolean complete) {
  public Backlog {
    queues = List.copyOf(queues);
  }
}
