package dev.cairn.internal.store;

import dev.cairn.InsertResult;
import dev.cairn.internal.store.ClaimStatus.Standing;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The inserting, claiming and finishing of jobs. */
public interface JobStore {
  /** Inserts all or none, notifies their queues, and returns them in the same order. */
  List<InsertResult> insert(List<NewJob> jobs);

  /**
   * Like {@link #insert(List)}, but waits only briefly for another transaction that holds a unique
   * key.
   *
   * @throws ContendedException if another transaction holds a unique key: nothing was inserted
   */
  List<InsertResult> tryInsert(List<NewJob> jobs);

  /** Inserts in the caller's transaction. */
  List<InsertResult> insert(Connection connection, List<NewJob> jobs);

  /** Inserts all or none with COPY, notifies their queues, and returns how many were inserted. */
  long insertFast(List<NewJob> jobs);

  /** Inserts with COPY in the caller's transaction. */
  long insertFast(Connection connection, List<NewJob> jobs);

  /**
   * Sets the {@code limit} most urgent due jobs in a range to running and returns them, most urgent
   * first. Returns none if the queue is paused. Also considers jobs that were inserted shortly
   * before the beginning of the range, because they may have been committed after later ones.
   */
  List<ClaimedJob> claim(ClaimScope scope, ClaimRange range, int limit);

  /**
   * Sets one job to running. Empty unless it is available and due, still in the queue of the scope,
   * and the queue is not paused.
   */
  Optional<ClaimedJob> claim(long id, ClaimScope scope);

  /**
   * Sets one job to running, whether or not it is due. Empty if the job does not exist, or does not
   * wait to be worked.
   */
  default Optional<ClaimedJob> claimNow(long id, String clientId) {
    return claimNow(id, clientId, () -> {});
  }

  /**
   * Like {@link #claimNow(long, String)}.
   *
   * @param gate as that of {@link ClaimScope}
   */
  Optional<ClaimedJob> claimNow(long id, String clientId, Runnable gate);

  /**
   * Sets apart a job that cannot be claimed, so that the other jobs of its queue can be claimed.
   * The job is discarded, with the reason in its metadata. Does nothing if the job does not wait to
   * be worked, or is locked.
   *
   * @return whether it was set apart
   */
  boolean setApart(long id, String reason);

  /** The most urgent due jobs in a range, which a claim would take. Changes nothing. */
  List<Long> due(ClaimScope scope, ClaimRange range, int limit);

  /**
   * Finds out how long it takes until the next job of each queue is due. Changes nothing.
   *
   * @param kinds the only kinds that count; all if empty
   * @return the times by the positions of the queues in the list; zero if a job is due. Omits
   *     paused queues, and queues without a job that becomes due within the hour
   */
  Map<Integer, Duration> untilDue(List<QueueLook> looks, Set<String> kinds);

  /**
   * Writes the outcomes of attempts whose claim still holds. Skips locked jobs. There may be two
   * claims of one job: only the outcome of the valid claim is written.
   *
   * @return the claims whose outcome was written, each once, in no particular order
   */
  Collection<Claim> finish(String clientId, List<FinishedAttempt> attempts);

  /**
   * Ends claims that no attempt works: the jobs are available at once, with the attempt given back
   * and all durable checkpoints in River's keys.
   *
   * @return the claims that held
   */
  Set<Claim> handBack(String clientId, List<Claim> claims);

  /**
   * Ends a claim whose outcome the database refuses in every form: the job is discarded, with the
   * reason in its metadata.
   *
   * @return false if the claim does not hold, or the job is locked
   */
  boolean setApart(Claim claim, String reason);

  /**
   * Sets {@code attempted_at} to now for jobs whose claim holds and whose {@code attempted_at} is
   * older than {@code age}. Otherwise, a leader that relies only on this time, such as one of River
   * for Go, would consider a healthy job stuck. The claims stay valid. Skips locked jobs, and does
   * nothing for a client that counts as dead.
   *
   * @return the claims that were renewed
   */
  Set<Claim> renew(String clientId, List<Claim> claims, Duration age);

  /** The claims under which jobs run in this client's name. */
  Set<Claim> claimsOf(String clientId);

  /** The current states of these claims of one client, in the same order. */
  List<ClaimStatus> inspect(String clientId, List<FencedClaim> claims);

  /**
   * Completes the job in the caller's transaction.
   *
   * @param metadata a JSON object to merge into the job's metadata, or null
   * @return the state of the claim. If it was not held, nothing was written, and the transaction is
   *     aborted, except if the job was already completed under the claim
   */
  Standing completeTx(Connection connection, FencedClaim claim, @Nullable String metadata);

  /**
   * Waits until the queues of all jobs that were inserted before this call are notified, but not
   * longer than {@code most}. Jobs of transactions that are still open are found by the next poll.
   */
  void awaitNotices(Duration most);

  /**
   * Merges metadata into a job that {@link #completeTx} has completed under this claim. Does
   * nothing if the job has changed since.
   *
   * @return false if the job's row is locked, so that nothing was written yet
   */
  boolean addMetadata(Claim claim, String metadata);
}
