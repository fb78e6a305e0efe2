package dev.cairn.observability;

import dev.cairn.JobInsert;

/** The kind of a job before it is inserted. */
final class InsertKinds {
  private InsertKinds() {}

  static String of(JobInsert job) {
    try {
      return job.kind();
    } catch (IllegalArgumentException e) {
      return job.args().getClass().getName(); // it has none, so the insertion is about to fail
    }
  }
}
