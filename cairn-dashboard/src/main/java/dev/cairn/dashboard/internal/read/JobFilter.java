package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs are meant. A list that is empty means all; several values are alternatives.
 *
 * @param clients which have claimed them last
 * @param metadata a JSON object that the metadata contain
 * @param args a JSON object that the arguments contain
 */
public record JobFilter(
    Set<JobState> states,
    List<String> kinds,
    List<String> queues,
    List<String> tags,
    List<Integer> priorities,
    List<String> clients,
    List<Long> ids,
    @Nullable Instant createdFrom,
    @Nullable Instant createdTo,
    @Nullable Instant finalizedFrom,
    @Nullable Instant finalizedTo,
    @Nullable String metadata,
    @Nullable String args) {
  /** All jobs. */
  public static final JobFilter ALL =
      new JobFilter(
          Set.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), null, null,
          null, null, null, null);

  public JobFilter {
    states = Set.copyOf(states);
    kinds = List.copyOf(kinds);
    queues = List.copyOf(queues);
    tags = List.copyOf(tags);
    priorities = List.copyOf(priorities);
    clients = List.copyOf(clients);
    ids = List.copyOf(ids);
  }

  public JobFilter withStates(Set<JobState> wanted) {
    return new JobFilter(
        wanted,
        kinds,
        queues,
        tags,
        priorities,
        clients,
        ids,
        createdFrom,
        createdTo,
        finalizedFrom,
        finalizedTo,
        metadata,
        args);
  }

  public JobFilter withIds(List<Long> wanted) {
    return new JobFilter(
        states,
        kinds,
        queues,
        tags,
        priorities,
        clients,
        wanted,
        createdFrom,
        createdTo,
        finalizedFrom,
        finalizedTo,
        metadata,
        args);
  }

  /** Whether it is about anything but states and queues. */
  boolean isNarrow() {
    return !(kinds.isEmpty() && tags.isEmpty() && priorities.isEmpty() && ids.isEmpty())
        || !clients.isEmpty()
        || createdFrom != null
        || createdTo != null
        || finalizedFrom != null
        || finalizedTo != null
        || metadata != null
        || args != null;
  }
}
