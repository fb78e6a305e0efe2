package dev.cairn.internal.store;

import dev.cairn.InsertResult;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The jobs themselves. */
public interface JobStore {
  /** Inserts all or none, notifies their queues, and returns them in the same order. */
  List<InsertResult> insert(List<NewJob> jobs);

  /** Inserts in the caller's transaction. */
  List<InsertResult> insert(Connection connection, List<NewJob> jobs);

  /** Inserts all or none with COPY, notifies their queues, and tells how many were inserted. */
  long insertFast(List<NewJob> jobs);

  /** Inserts with COPY in the caller's transaction. */
  long insertFast(Connection connection, List<NewJob> jobs);

  /**
   * Sets the {@code limit} most urgent due jobs in a range to running and returns them, most urgent
   * first. None if the queue is paused. Jobs that were inserted shortly before the beginning of the
   * range are looked at too: they may have been committed after what comes behind them.
   */
  List<ClaimedJob> claim(ClaimScope scope, ClaimRange range, int limit);

  /**
   * Sets one job to running, whether it is due or not. Empty if it does not exist, or is in a state
   * in which it does not wait to be worked.
   */
  Optional<ClaimedJob> claim(long id, String clientId);

  /**
   * Writes the outcomes of attempts whose claim still holds. Passes over jobs that somebody else
   * has locked.
   *
   * @return the ids of the jobs that were written
   */
  Set<Long> finish(String clientId, List<FinishedAttempt> attempts);

  /**
   * Sets {@code attempted_at} to now for those of these jobs whose claim holds and whose {@code
   * attempted_at} is older than {@code age}, so that a leader that goes by it alone, such as one of
   * River for Go, does not take a healthy job for stuck. The claims go on to hold. Passes over jobs
   * that somebody else has locked.
   *
   * @return the ids of the jobs that were renewed
   */
  Set<Long> renew(String clientId, List<Claim> claims, Duration age);

  /** The claims of running jobs that this client was the last to claim, but for these jobs. */
  List<Claim> claimsBeside(String clientId, Set<Long> known);

  /** How these claims of one client stand now. */
  List<ClaimStatus> inspect(String clientId, List<Claim> claims);

  /** The ids of these jobs whose row somebody holds a lock on. */
  Set<Long> locked(List<Claim> claims);

  /**
   * Completes the job in the caller's transaction.
   *
   * @param metadata a JSON object to merge into the job's metadata, or null
   * @return false, with the transaction aborted, if the claim does not hold
   */
  boolean completeTx(Connection connection, Claim claim, @Nullable String metadata);

  /** Merges metadata into a job that {@link #completeTx} has completed under this claim. */
  void addMetadata(Claim claim, String metadata);
}
