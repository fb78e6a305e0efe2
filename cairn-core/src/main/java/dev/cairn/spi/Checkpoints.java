package dev.cairn.spi;

import dev.cairn.JobInterruption;
import dev.cairn.ResumePolicy;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;

/**
 * The durable state of one running job, kept beside its row: a set of {@link Checkpoint}s by name.
 * Every write names the claim it belongs to and changes nothing once the job is somebody else's
 * (R5). When the attempt ends, the state is merged into River's metadata keys together with the
 * outcome (R7); it outlives failed attempts and is dropped when the job completes. Thread-safe.
 *
 * <p>From the first load or write on the attempt's progress is watched, and the timeout that nobody
 * has set ends (R6): see {@link ResumePolicy#progressDeadline}.
 */
public interface Checkpoints {
  /**
   * What earlier attempts left. Reads the database at most once, and not at all in the first
   * attempt of a job's life.
   */
  Saved load();

  /** One checkpoint as it is committed in the database now. */
  Optional<Checkpoint> read(String name);

  /**
   * Saves a checkpoint without waiting. It is durable at the latest after the client's flush
   * interval, and at the end of the attempt however it ends. The last one saved under a name wins.
   *
   * @throws IllegalArgumentException if name or value exceed the client's limits, or contain what
   *     PostgreSQL cannot store
   */
  void save(Checkpoint checkpoint);

  /**
   * Returns when all that was saved so far is durable. Grouped with the writes of other jobs.
   *
   * @throws JobInterruption if the job is no longer this attempt's
   */
  void flush();

  /**
   * Saves a checkpoint in the caller's transaction: it becomes true if and only if that commits
   * (R3). Holds a share lock on the job's row until then, so that nobody claims the job in between.
   *
   * @throws JobInterruption if the job is no longer this attempt's; the transaction is then aborted
   */
  void saveTx(Connection connection, Checkpoint checkpoint);

  /**
   * Like {@link #saveTx}, as the last thing that a transaction of {@code WorkContext.inTransaction}
   * does: its commit makes the checkpoint true. After {@code saveTx} the code may still roll back
   * to a savepoint, so that only {@link #read} can tell.
   *
   * @throws JobInterruption as {@code saveTx} does
   */
  default void saveLastTx(Connection connection, Checkpoint checkpoint) {
    saveTx(connection, checkpoint);
  }

  /**
   * Puts other checkpoints in the place of all that the job has: for renamed steps and starts from
   * zero. Durable when it returns. Nothing else may be saved at the same time.
   *
   * @throws JobInterruption if the job is no longer this attempt's
   */
  void replaceAll(List<Checkpoint> state);

  /**
   * Like {@link #replaceAll}, for a state that holds what River's keys in the metadata say: they
   * are no newer from then on. Until this was called, no outcome of the attempt writes over keys
   * that are newer.
   *
   * @throws JobInterruption if the job is no longer this attempt's
   */
  void takeOver(List<Checkpoint> state);

  /**
   * The job has come further than ever before: it has finished a step, or moved an ordered cursor
   * forward. Counts for {@link ResumePolicy}.
   */
  void progressed();

  /**
   * The state a job begins an attempt with.
   *
   * @param checkpoints what this store holds, in no order
   * @param metadataIsNewer whether somebody else, a Go worker for example, has changed River's
   *     resumable metadata keys since this store last wrote them
   * @param hasItemsAside whether the job has put items aside: see {@link Quarantine}
   */
  record Saved(List<Checkpoint> checkpoints, boolean metadataIsNewer, boolean hasItemsAside) {
    public static final Saved NOTHING = new Saved(List.of(), false);

    public Saved {
      checkpoints = List.copyOf(checkpoints);
    }

    /** Of a job that has put nothing aside. */
    public Saved(List<Checkpoint> checkpoints, boolean metadataIsNewer) {
      this(checkpoints, metadataIsNewer, false);
    }
  }
}
