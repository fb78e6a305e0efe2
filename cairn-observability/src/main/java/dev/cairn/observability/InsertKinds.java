package dev.cairn.observability;

import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JsonArgs;

/** The kind of a job before it is inserted. */
final class InsertKinds {
  private InsertKinds() {}

  static String of(JobInsert job) {
    if (job.args() instanceof JsonArgs json) {
      return json.kind();
    }
    Class<?> args = job.args().getClass();
    JobKind kind = args.getAnnotation(JobKind.class);
    return kind == null ? args.getName() : kind.value();
  }
}
