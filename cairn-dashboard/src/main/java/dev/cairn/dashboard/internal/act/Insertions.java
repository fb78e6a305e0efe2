package dev.cairn.dashboard.internal.act;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.InsertResult;
import dev.cairn.JobRow;
import dev.cairn.JsonArgs;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.Verb;
import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import java.sql.Connection;
import java.time.InstantSource;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Inserts jobs for users, by the public API, and notes it. Thread-safe. */
public final class Insertions {
  private final Cairn client;
  private final Writer writer;
  private final Audit audit;
  private final InstantSource clock;

  public Insertions(Cairn client, DataSource dataSource, Audit audit, InstantSource clock) {
    this.client = client;
    this.writer = new Writer(dataSource);
    this.audit = audit;
    this.clock = clock;
  }

  /** The kind and the arguments of a new job. */
  public sealed interface Source {
    /** What the user has written. */
    record Written(JsonArgs args) implements Source {}

    /**
     * Those of another job, exactly as they are stored. The user need not see them, and cannot
     * change them: a part of them could otherwise be sent where it does not belong.
     */
    record CopyOf(long id) implements Source {}
  }

  /** Refuses a user who may insert no jobs. */
  public static void requireAllowed(Grant grant) {
    Acts.require(grant, Verb.INSERT);
  }

  /** Inserts a job. */
  public JobRow insert(Source source, InsertOptions options, @Nullable String reason, Grant grant) {
    requireAllowed(grant);
    String detail = source instanceof Source.CopyOf copy ? "copy of job " + copy.id() : null;
    String note = InsertNote.of(clock.instant(), grant.user(), detail, reason);
    JobRow job =
        audit.noteUnknown(
            grant.user(),
            Verb.INSERT.label(),
            "a job",
            reason,
            () ->
                writer.write(connection -> {
                  InsertResult result =
                      client.insert(
                          connection, args(connection, source), options.withMetadata(note));
                  if (result.isDuplicate()) {
                    throw duplicate(result.job());
                  }
                  return result.job();
                }));
    audit.note(
        grant.user(),
        Verb.INSERT.label(),
        "job %d%s".formatted(job.id(), detail == null ? "" : ", " + detail),
        reason);
    return job;
  }

  private JsonArgs args(Connection connection, Source source) {
    return switch (source) {
      case Source.Written written -> written.args();
      case Source.CopyOf copy -> copied(connection, copy.id());
    };
  }

  private JsonArgs copied(Connection connection, long id) {
    JobRow job =
        client
            .jobs()
            .find(connection, id)
            .orElseThrow(() ->
                Refusal.of(
                    "copyOf",
                    Code.NOT_FOUND,
                    "There is no job %d. Perhaps it was deleted.".formatted(id)));
    try {
      return JsonArgs.of(job.kind(), job.args());
    } catch (IllegalArgumentException e) {
      // Its message may contain the arguments, which the user may not see.
      throw Refusal.of(
          "copyOf",
          Code.CONFLICT,
          "Job %d cannot be copied: its kind or its arguments are malformed.".formatted(id));
    }
  }

  private static Refusal duplicate(JobRow earlier) {
    return Refusal.of(
        "unique",
        Code.CONFLICT,
        "Nothing was inserted: job %d, which is %s, counts as the same."
            .formatted(earlier.id(), earlier.state().label()));
  }
}
