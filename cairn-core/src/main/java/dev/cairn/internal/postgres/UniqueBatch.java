package dev.cairn.internal.postgres;

import dev.cairn.InsertResult;
import dev.cairn.internal.store.NewJob;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;

/**
 * Jobs of which some may be duplicates of others in the same batch. Of jobs with the same unique
 * key, only the first one is inserted.
 */
final class UniqueBatch {
  private final List<NewJob> distinct = new ArrayList<>();

  /** For each job, the position in {@link #distinct} of the job that represents it. */
  private final List<Integer> places = new ArrayList<>();

  UniqueBatch(List<NewJob> jobs) {
    var placeOfKey = new HashMap<String, Integer>();
    for (NewJob job : jobs) {
      Integer earlier = job.unique() == null ? null : placeOfKey.get(job.unique().hex());
      places.add(earlier == null ? distinct.size() : earlier);
      if (earlier == null) {
        if (job.unique() != null) {
          placeOfKey.put(job.unique().hex(), distinct.size());
        }
        distinct.add(job);
      }
    }
  }

  List<NewJob> distinct() {
    return distinct;
  }

  /** The results of the distinct jobs, one for each job of the batch. */
  List<InsertResult> spread(List<InsertResult> results) {
    var seen = new HashSet<Integer>();
    return places.stream()
        .map(place -> {
          InsertResult result = results.get(place);
          return seen.add(place) ? result : new InsertResult(result.job(), true);
        })
        .toList();
  }
}
