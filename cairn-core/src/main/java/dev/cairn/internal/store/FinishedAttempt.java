package dev.cairn.internal.store;

import dev.cairn.AttemptError;
import dev.cairn.InterruptionReason;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that has ended, with everything that is written in the same statement.
 *
 * @param fenced the claim, and its durable writes
 * @param number the number of the attempt; 0 if only the claim is known
 * @param metadata a JSON object to merge into the job's metadata, or null
 * @param resumable whether the attempt used checkpoints, so that River's keys must be updated
 * @param checkpoints the checkpoints that are not known to be durable yet
 */
public record FinishedAttempt(
    FencedClaim fenced,
    int number,
    Outcome outcome,
    @Nullable String metadata,
    boolean resumable,
    List<CheckpointWrite> checkpoints,
    AttemptTimes times) {
  public Claim claim() {
    return fenced.claim();
  }

  /**
   * An attempt of which only the claim is known, and which ends because of its client: the client
   * stops, or could not begin the attempt. The job keeps its place.
   */
  public static FinishedAttempt handedBack(Claim claim) {
    return interrupted(claim, InterruptionReason.SHUTDOWN);
  }

  /**
   * An attempt that has ended without an outcome, for a reason that may be the job's. If that
   * happens again, the job waits longer each time, up to five seconds.
   */
  public static FinishedAttempt withoutOutcome(Claim claim) {
    return interrupted(claim, InterruptionReason.LEASE_LOST);
  }

  private static FinishedAttempt interrupted(Claim claim, InterruptionReason reason) {
    return new FinishedAttempt(
        FencedClaim.of(claim),
        0,
        new Outcome.Interrupted(reason),
        null,
        false,
        List.of(),
        new AttemptTimes(Duration.ZERO, Duration.ZERO, System.nanoTime()));
  }

  /** The form. It determines the statement that writes the attempt. */
  public Form form() {
    if (metadata != null) {
      return Form.DETAILED;
    }
    return switch (outcome) {
      case Outcome.Completed completed -> resumable ? Form.COMPLETION_OF_STEPS : Form.COMPLETION;
      case Outcome.Interrupted interrupted -> resumable ? Form.DETAILED : Form.HAND_BACK;
      default -> Form.DETAILED;
    };
  }

  /** How much of an attempt is written; each form has a statement of its own. */
  public enum Form {
    /** The job only has to be handed back. */
    HAND_BACK,
    /** The job only has to be marked as completed. */
    COMPLETION,
    /** The job only has to be marked as completed, and its checkpoints deleted. */
    COMPLETION_OF_STEPS,
    /** Everything else. */
    DETAILED
  }

  /** The same attempt in the form {@link Form#DETAILED}. */
  public FinishedAttempt detailed() {
    return metadata == null
        ? new FinishedAttempt(fenced, number, outcome, "{}", resumable, checkpoints, times)
        : this;
  }

  /** The same attempt with another outcome. */
  public FinishedAttempt with(Outcome other) {
    return new FinishedAttempt(fenced, number, other, metadata, resumable, checkpoints, times);
  }

  /**
   * The same attempt without the values that the database refused to store.
   *
   * @param refusal the reason of the refusal, which replaces the outcome's own error
   */
  public FinishedAttempt withoutDetails(String refusal) {
    Outcome reduced = outcome.mapError(error -> replaced(error, refusal));
    return new FinishedAttempt(fenced, number, reduced, null, resumable, List.of(), times);
  }

  private static AttemptError replaced(AttemptError error, String refusal) {
    return new AttemptError(
        error.at(), error.attempt(), "the outcome could not be stored: " + refusal, "");
  }
}
