package dev.cairn.internal.client;

import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.JobListStore.Change;
import dev.cairn.internal.store.JobListStore.Move;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.spi.JsonCodec;
import java.util.Objects;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Checks and encodes what users want to change about a job. */
record JobChanges(JsonCodec codec) {
  Change of(long id, JobUpdate update) {
    Objects.requireNonNull(update, "update");
    String what = "the %s of job " + id;
    return new Change(
        update.metadata() == null
            ? null
            : ofUser(id, StorableJson.requireObject(what.formatted("metadata"), update.metadata())),
        update.output() == null
            ? null
            : StorableJson.encoded(
                () -> what.formatted("output"), () -> codec.encode(update.output())),
        new Move(update.scheduledAt(), update.queue(), update.priority(), update.maxAttempts()));
  }

  private static String ofUser(long id, String metadata) {
    return UserMetadata.require(
        metadata,
        MetadataKeys::isReserved,
        "job " + id,
        "Leave it out: what is not named stays as it is");
  }

  /** What is changed, to be recorded; without metadata and output, which the job has itself. */
  static String describe(JobUpdate update) {
    var parts = new StringJoiner(", ");
    add(parts, "scheduled at", update.scheduledAt());
    add(parts, "queue", update.queue());
    add(parts, "priority", update.priority());
    add(parts, "max attempts", update.maxAttempts());
    add(parts, "metadata", update.metadata() == null ? null : "changed");
    add(parts, "output", update.output() == null ? null : "changed");
    return parts.toString();
  }

  private static void add(StringJoiner parts, String name, @Nullable Object value) {
    if (value != null) {
      parts.add(name + " " + value);
    }
  }
}
