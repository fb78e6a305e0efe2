package dev.cairn.internal.postgres;

import dev.cairn.InsertResult;
import dev.cairn.JobState;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The result of an insertion.
 *
 * @param results in the order of the jobs
 * @param transaction the number of the transaction; null if there were no jobs
 */
record Insertion(List<InsertResult> results, @Nullable String transaction) {
  static final Insertion NONE = new Insertion(List.of(), null);

  /** The queues with new jobs that are due. */
  Set<String> dueQueues() {
    return results.stream()
        .filter(result -> !result.isDuplicate() && result.job().state() == JobState.AVAILABLE)
        .map(result -> result.job().queue())
        .collect(Collectors.toSet());
  }
}
