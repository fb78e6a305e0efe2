package dev.cairn.internal.store;

import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The checkpoints of running jobs, in a table beside the jobs (R7). */
public interface CheckpointStore {
  /** All that is saved for a job. */
  Checkpoints.Saved load(long jobId);

  /** One checkpoint as it is committed now. */
  Optional<Checkpoint> read(long jobId, String name);

  /**
   * Writes checkpoints of many jobs of one client in one statement. Passes over jobs that are
   * locked, jobs whose claim does not hold, and contended checkpoints that are locked.
   *
   * @return what is durable now
   */
  Set<Written> write(String clientId, List<CheckpointWrite> writes);

  /**
   * Writes one checkpoint in the caller's transaction and share-locks the job's row until its end.
   *
   * @param jobRow whether the row gets the keys that River reads too, which locks it for others
   * @return false, with the transaction aborted, if the claim does not hold
   */
  boolean writeTx(Connection connection, CheckpointWrite write, boolean jobRow);

  /**
   * Replaces all checkpoints of a job in one statement.
   *
   * @return false if the claim does not hold
   */
  boolean replace(Claim claim, List<CheckpointWrite> writes);

  /** Names a checkpoint of a job. */
  record Written(long jobId, String name) {}
}
