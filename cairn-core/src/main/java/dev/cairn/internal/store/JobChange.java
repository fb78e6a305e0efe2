package dev.cairn.internal.store;

import dev.cairn.JobState;
import org.jspecify.annotations.Nullable;

/**
 * An operation on a job (R28).
 *
 * @param verb the name under which it is recorded on the job
 * @param by the name of the operator
 * @param detail a further text to record
 * @param reason the operator's reason; null if none was given
 * @param redrives whether the items that were put aside are processed again
 */
public record JobChange(
    String verb,
    String by,
    @Nullable String detail,
    @Nullable String reason,
    Next next,
    Request request,
    StepChanges steps,
    boolean redrives) {
  /** The next state of the job. */
  public enum Next {
    SAME(null),
    /** At once. */
    AVAILABLE(JobState.AVAILABLE),
    /** At its scheduled time if that is in the future, otherwise at once. */
    AVAILABLE_IN_TIME(JobState.AVAILABLE),
    PENDING(JobState.PENDING),
    /** The job is due, but waits until an operator resumes it. */
    PENDING_AND_DUE(JobState.PENDING),
    CANCELLED(JobState.CANCELLED);

    private final @Nullable JobState state;

    Next(@Nullable JobState state) {
      this.state = state;
    }

    /** The state; null if it does not change. */
    public @Nullable JobState state() {
      return state;
    }
  }

  /** A request to the client that runs the job. */
  public enum Request {
    NOTHING,
    INTERRUPT,
    PAUSE,
    CANCEL,
    /** Withdraws an earlier request. */
    WITHDRAW
  }

  /** Creates a change that only records a verb. */
  public static JobChange of(String verb, String by, @Nullable String detail) {
    return new JobChange(
        verb, by, detail, null, Next.SAME, Request.NOTHING, StepChanges.NONE, false);
  }

  /** The same change with a reason to record. */
  public JobChange because(@Nullable String newReason) {
    return new JobChange(verb, by, detail, newReason, next, request, steps, redrives);
  }

  public JobChange with(Next newNext) {
    return new JobChange(verb, by, detail, reason, newNext, request, steps, redrives);
  }

  public JobChange with(Request newRequest) {
    return new JobChange(verb, by, detail, reason, next, newRequest, steps, redrives);
  }

  public JobChange with(StepChanges newSteps) {
    return new JobChange(verb, by, detail, reason, next, request, newSteps, redrives);
  }

  /** The same change, with the items that the job has put aside processed again. */
  public JobChange redriving() {
    return new JobChange(verb, by, detail, reason, next, request, steps, true);
  }
}
