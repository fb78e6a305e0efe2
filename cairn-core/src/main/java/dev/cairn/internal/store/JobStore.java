package dev.cairn.internal.store;

import dev.cairn.JobRow;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The jobs themselves. */
public interface JobStore {
  /** Inserts all or none, notifies their queues, and returns them in the same order. */
  List<JobRow> insert(List<NewJob> jobs);

  /** Inserts in the caller's transaction. */
  List<JobRow> insert(Connection connection, List<NewJob> jobs);

  Optional<JobRow> find(long id);

  /**
   * Sets the {@code limit} most urgent due jobs of {@code queue} to running and returns them, most
   * urgent first. None if the queue is paused.
   */
  List<ClaimedJob> claim(String queue, String clientId, int limit);

  /**
   * Writes the outcomes of attempts whose claim still holds. Passes over jobs that somebody else
   * has locked.
   *
   * @return the ids of the jobs that were written
   */
  Set<Long> finish(String clientId, List<FinishedAttempt> attempts);

  /** How these claims of one client stand now. */
  List<ClaimStatus> inspect(String clientId, List<Claim> claims);

  /**
   * Completes the job in the caller's transaction.
   *
   * @return false, with the transaction aborted, if the claim does not hold
   */
  boolean completeTx(Connection connection, Claim claim);

  /** Cancels a job, or asks for it if the job is running, and tells its client. */
  Optional<JobRow> cancel(long id);
}
