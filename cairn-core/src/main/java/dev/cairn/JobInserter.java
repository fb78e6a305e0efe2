package dev.cairn;

import dev.cairn.resumable.ResumableLimits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Inserts jobs and sends signals. A {@link Cairn} is one: it does so in the transaction that the
 * calling thread is in, if its {@link dev.cairn.spi.TransactionRunner} knows of one, as with
 * Spring's {@code @Transactional}. {@link Cairn#outside()} never joins a transaction. Depend on
 * this interface in code that only inserts, and on {@link dev.cairn.jobs.JobClient} in code that
 * also finds or changes jobs. Thread-safe. May get further methods.
 */
public interface JobInserter {
  /** Inserts a job with its default options. */
  default InsertResult insert(Object args) {
    return insert(args, InsertOptions.defaults());
  }

  /**
   * Inserts a job.
   *
   * @param args an object whose type has a {@link JobKind}, or {@link JsonArgs}
   * @return the job as it was stored, or the one that it is a duplicate of
   * @throws UnknownKindException if this client has workers, but none for this kind
   * @throws IllegalArgumentException if the arguments cannot be encoded, or metadata is not a JSON
   *     object
   */
  default InsertResult insert(Object args, InsertOptions options) {
    return insertMany(List.of(JobInsert.of(args, options))).getFirst();
  }

  /**
   * Inserts many jobs in one statement: all or none. Throws the same exceptions as {@link
   * #insert(Object, InsertOptions)}.
   *
   * @return the result of each, in the order of {@code inserts}
   */
  List<InsertResult> insertMany(List<JobInsert> inserts);

  /**
   * Inserts many jobs with PostgreSQL's COPY, all or none. This is the fastest way, but does not
   * return the ids.
   *
   * @return the number of inserted jobs, without duplicates
   */
  long insertManyFast(List<JobInsert> inserts);

  /**
   * Sends a signal to all jobs that wait for it, now or later. A later signal of the same name
   * replaces it. A signal is deleted when no job has asked for it for a week.
   *
   * @param name 1 to 255 characters, for example {@code "paid:" + orderId}
   * @param payload anything the client's codec can encode, or null; at most as large as the result
   *     of a step ({@link ResumableLimits#resultBytes}), because each step that waits for it keeps
   *     it
   * @return how many waiting jobs were woken at once, 1,000 at most; the leader wakes the others in
   *     batches, starting within a second or two, so that no transaction locks them all
   * @throws IllegalArgumentException if the name is too long or empty, if the payload is larger or
   *     would not come back equal, or if PostgreSQL cannot store one of them
   */
  int signal(String name, @Nullable Object payload);
}
