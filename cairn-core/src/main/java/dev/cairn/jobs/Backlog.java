package dev.cairn.jobs;

import java.util.List;

/**
 * What waits in the queues of a schema. The numbers have upper limits, so that reading them costs
 * little, however many jobs there are. May get further components.
 *
 * @param queues the queues that clients work and the queues that have jobs, by name; at most 1,000
 *     pairs of a queue and a state are read
 * @param quarantined how many items are put aside, at most 100,000
 * @param countedUpTo how many jobs of a queue and state are counted at most: 100,000, or fewer if
 *     there are many queues. A number that reaches this limit means "at least"
 */
public record Backlog(List<QueueBacklog> queues, long quarantined, long countedUpTo) {
  public Backlog {
    queues = List.copyOf(queues);
  }
}
