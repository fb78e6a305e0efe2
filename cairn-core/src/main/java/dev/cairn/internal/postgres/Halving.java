package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.ToIntFunction;

/** Runs statements for many jobs, so that one job for which they fail does not stop the others. */
final class Halving {
  private Halving() {}

  /** Receives the jobs for which the statement fails even alone. */
  @FunctionalInterface
  interface Refused {
    void job(long id, CairnException reason);
  }

  /**
   * Runs a statement for all jobs. If it fails, runs it for each half of them, and so on. A trigger
   * may refuse a row with any SQLSTATE. So every failure counts as a refusal, unless the database
   * is not available or its schema is wrong.
   *
   * @param refusalsMax after this many failed statements, the remaining jobs are left for another
   *     time
   * @param statement takes some of the jobs and returns how many it has changed
   * @return how many were changed
   */
  static int run(
      List<Long> jobs, int refusalsMax, ToIntFunction<List<Long>> statement, Refused refused) {
    var parts = new ArrayDeque<List<Long>>();
    parts.add(jobs);
    int changed = 0;
    int refusals = 0;
    while (!parts.isEmpty() && refusals < refusalsMax) {
      List<Long> part = parts.removeFirst();
      if (part.isEmpty()) {
        continue;
      }
      try {
        changed += statement.applyAsInt(part);
      } catch (StoreUnavailableException | SchemaException e) {
        throw e;
      } catch (CairnException e) {
        refusals++;
        if (part.size() > 1) {
          parts.addFirst(part.subList(part.size() / 2, part.size()));
          parts.addFirst(part.subList(0, part.size() / 2));
        } else {
          refused.job(part.getFirst(), e);
        }
      }
    }
    return changed;
  }
}
