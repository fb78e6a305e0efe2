package dev.cairn.internal.store;

import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The checkpoints of running jobs, in a table beside the jobs (R7). */
public interface CheckpointStore {
  /** Everything that is saved for a job, unless another claim has been made since. */
  Fenced<Checkpoints.Saved> load(Claim claim);

  /** One checkpoint as it is now committed, unless another claim has been made since. */
  Fenced<Optional<Committed>> read(Claim claim, String name);

  /** Like {@link #read}, with what the transaction of the connection has written. */
  Fenced<Optional<Committed>> readTx(Connection connection, Claim claim, String name);

  /**
   * Writes checkpoints of many claims of one client in one statement. Skips locked jobs, claims
   * that do not hold, and locked contended checkpoints. There may be two claims of one job: only
   * the checkpoints of the valid claim are written.
   *
   * @return the checkpoints that are now durable
   */
  Set<Written> write(String clientId, List<ClaimWrites> writes);

  /**
   * Writes one checkpoint in the caller's transaction, and share-locks the job's row until the
   * transaction ends.
   *
   * @param doubtful an earlier write of this checkpoint under this claim, whose transaction may
   *     still be committed; null if there is none. If it was committed, this write is refused
   * @param jobRow whether the keys that River reads are also written to the job's row, which locks
   *     the row for others
   * @return the state of the claim. If it is not held, nothing was written, and the transaction is
   *     aborted, except if the job was completed under the claim
   */
  WrittenTx writeTx(
      Connection connection,
      FencedClaim claim,
      CheckpointWrite write,
      @Nullable Doubtful doubtful,
      boolean jobRow);

  /**
   * Replaces all checkpoints of a job in one statement.
   *
   * @param takesOver whether the checkpoints include River's keys in the metadata. These keys then
   *     no longer count as newer than the checkpoints
   * @return false if the claim does not hold
   */
  boolean replace(FencedClaim claim, List<CheckpointWrite> writes, boolean takesOver);

  /**
   * Replaces some checkpoints of a job by others in one statement.
   *
   * @param gone the names of those to delete; none of them is written
   * @return false if the claim does not hold
   */
  boolean rename(FencedClaim claim, List<CheckpointWrite> writes, Set<String> gone);

  /**
   * The result of a write in the caller's transaction.
   *
   * @param transaction the number of that transaction; 0 if nothing was written
   */
  record WrittenTx(Standing standing, long transaction) {}

  /** A write in a transaction whose result is unknown. */
  record Doubtful(long sequence, long transaction) {}

  /** The checkpoints to write under one claim, each name once. */
  record ClaimWrites(FencedClaim claim, List<CheckpointWrite> checkpoints) {
    public ClaimWrites {
      checkpoints = List.copyOf(checkpoints);
    }
  }

  /** Names a checkpoint that was written under a claim. */
  record Written(Claim claim, String name) {}

  /**
   * A checkpoint and its write.
   *
   * @param claimedAt the time of the claim under which it was written
   */
  record Committed(Checkpoint checkpoint, Instant claimedAt, long sequence) {}
}
