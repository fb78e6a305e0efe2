package dev.cairn.internal.store;

import org.jspecify.annotations.Nullable;

/**
 * What an operator does to a job (R28).
 *
 * @param verb under which it is recorded on the job
 * @param by who does it
 * @param detail what else is to be recorded
 */
public record JobChange(
    String verb,
    String by,
    @Nullable String detail,
    Next next,
    Request request,
    StepChanges steps) {
  /** What becomes of the job's state. */
  public enum Next {
    SAME,
    /** At once. */
    AVAILABLE,
    PENDING,
    CANCELLED
  }

  /** What the client that runs the job is asked for. */
  public enum Request {
    NOTHING,
    INTERRUPT,
    PAUSE,
    CANCEL,
    /** An earlier request is void. */
    WITHDRAW
  }

  /** Records a verb; what it does is to be added. */
  public static JobChange of(String verb, String by, @Nullable String detail) {
    return new JobChange(verb, by, detail, Next.SAME, Request.NOTHING, StepChanges.NONE);
  }

  public JobChange with(Next newNext) {
    return new JobChange(verb, by, detail, newNext, request, steps);
  }

  public JobChange with(Request newRequest) {
    return new JobChange(verb, by, detail, next, newRequest, steps);
  }

  public JobChange with(StepChanges newSteps) {
    return new JobChange(verb, by, detail, next, request, newSteps);
  }
}
