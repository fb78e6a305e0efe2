package dev.cairn.spi;

import dev.cairn.JobInterruption;
import dev.cairn.ResumePolicy;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The durable state of one running job, kept beside its row: a set of {@link Checkpoint}s by name.
 * Every write names its claim, and has no effect once the job belongs to another claim. When the
 * attempt ends, the state is merged into River's metadata keys together with the outcome. The state
 * is kept when an attempt fails, and is deleted when the job completes. Thread-safe.
 *
 * <p>From the first load or write on, the attempt's progress is watched, and the default timeout no
 * longer applies: see {@link ResumePolicy#progressDeadline}.
 */
public interface Checkpoints {
  /**
   * The state that earlier attempts left. Reads the database at most once, and not at all in the
   * first attempt of a job's life.
   */
  Saved load();

  /** One checkpoint as it is now committed in the database. */
  Optional<Checkpoint> read(String name);

  /**
   * One checkpoint as the transaction of a connection sees it, with what {@link #saveTx} has
   * written in it. The default is {@link #read}.
   */
  default Optional<Checkpoint> readTx(Connection connection, String name) {
    return read(name);
  }

  /**
   * Saves a checkpoint without waiting. It is durable at the latest after the client's flush
   * interval, or when the attempt ends, unless the process dies first. The last checkpoint saved
   * under a name wins.
   *
   * @throws IllegalArgumentException if name or value exceed the client's limits, or contain what
   *     PostgreSQL cannot store
   */
  void save(Checkpoint checkpoint);

  /**
   * Returns when everything saved so far is durable. The write is grouped with those of other jobs.
   *
   * @throws JobInterruption if the job no longer belongs to this attempt
   */
  void flush();

  /**
   * Saves a checkpoint in the caller's transaction: it takes effect if and only if the transaction
   * commits. Holds a share lock on the job's row until then, so that no client claims the job in
   * between.
   *
   * @throws JobInterruption if the job no longer belongs to this attempt; the transaction is then
   *     aborted
   */
  void saveTx(Connection connection, Checkpoint checkpoint);

  /**
   * Like {@link #saveTx}, as the last statement in a transaction of {@code
   * WorkContext.inTransaction}: if the transaction commits, the checkpoint is durable. After {@code
   * saveTx} the code may still roll back to a savepoint, so only {@link #read} can tell. If the
   * attempt has to stop, it does so after the commit, so that the work of the transaction is kept.
   *
   * @throws JobInterruption if the job no longer belongs to this attempt; the transaction is then
   *     aborted
   */
  default void saveLastTx(Connection connection, Checkpoint checkpoint) {
    saveTx(connection, checkpoint);
  }

  /**
   * Replaces all checkpoints of the job: for a new plan and starts from zero. Durable when it
   * returns. Nothing else may be saved at the same time.
   *
   * @throws JobInterruption if the job no longer belongs to this attempt
   */
  void replaceAll(List<Checkpoint> state);

  /**
   * Replaces some checkpoints of the job by others: for renamed steps. The others stay as they are,
   * so the cost is that of the renamed ones. Durable when it returns. Nothing else may be saved at
   * the same time.
   *
   * @param gone the names of the checkpoints to delete; none of them is in {@code renamed}
   * @param renamed the checkpoints under their new names, at least one
   * @throws JobInterruption if the job no longer belongs to this attempt
   */
  void rename(Set<String> gone, List<Checkpoint> renamed);

  /**
   * Like {@link #replaceAll}, for a state that includes River's keys in the metadata. From then on,
   * these keys are no longer newer. Before this call, no outcome of the attempt overwrites newer
   * keys.
   *
   * @throws JobInterruption if the job no longer belongs to this attempt
   */
  void takeOver(List<Checkpoint> state);

  /**
   * Reports that the job has made progress: it has finished a step, or moved an ordered cursor
   * forward. Counts for {@link ResumePolicy}.
   */
  void progressed();

  /**
   * Reports that a cursor has left the position at which its step began, or is there again. An
   * attempt that ends while a cursor is elsewhere is no standstill. Unlike {@link #progressed},
   * this renews no attempts, because a cursor without an order may move in a circle.
   */
  default void moved(String name, boolean isElsewhere) {}

  /**
   * Reports that the job works, although it has come no further: its code has reported progress.
   * Holds off the progress deadline of {@link ResumePolicy}.
   */
  default void working() {}

  /**
   * The state with which an attempt starts. May get further components.
   *
   * @param checkpoints the checkpoints of the job, in no order
   * @param metadataIsNewer whether another program, such as a Go worker, has changed River's
   *     resumable metadata keys since this store last wrote them
   * @param hasItemsAside whether the job has put items aside: see {@link Quarantine}
   */
  record Saved(List<Checkpoint> checkpoints, boolean metadataIsNewer, boolean hasItemsAside) {
    public static final Saved NOTHING = new Saved(List.of(), false);

    public Saved {
      checkpoints = List.copyOf(checkpoints);
    }

    /** The state of a job that has put no items aside. */
    public Saved(List<Checkpoint> checkpoints, boolean metadataIsNewer) {
      this(checkpoints, metadataIsNewer, false);
    }
  }
}
