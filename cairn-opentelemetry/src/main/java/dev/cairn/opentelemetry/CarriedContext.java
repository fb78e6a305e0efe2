package dev.cairn.opentelemetry;

import dev.cairn.JobInsert;
import dev.cairn.internal.json.TextMembers;

/**
 * What the jobs of one insertion carry of its context, as members of a JSON object without its
 * braces.
 *
 * @param trace the span of the insertion; empty if it has none
 * @param baggage empty if none travels
 */
record CarriedContext(String trace, String baggage) {
  boolean isEmpty() {
    return trace.isEmpty() && baggage.isEmpty();
  }

  /**
   * The job with this context in its metadata. If they have the context of a trace, or only a part
   * of one, it stays as it is: the state of one trace means nothing in another one.
   *
   * @param isTraced whether the job carries the span of its insertion
   */
  JobInsert with(JobInsert job, boolean isTraced) {
    boolean isAdded = isTraced && !TraceMetadata.isTraced(job.options().metadata());
    String members = isAdded ? both() : baggage;
    return members.isEmpty()
        ? job
        : job.withOptions(
            job.options().withMetadata(TextMembers.with(job.options().metadata(), members)));
  }

  private String both() {
    return trace.isEmpty() || baggage.isEmpty() ? trace + baggage : trace + "," + baggage;
  }
}
