package dev.cairn.resumable;

import dev.cairn.InterruptionReason;
import dev.cairn.JobSnoozeException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;

/** Makes jobs resumable: gives each attempt its {@link Steps}. Installed by default. */
public final class ResumableMiddleware implements Middleware {
  private final JsonCodec codec;
  private final ResumableLimits limits;

  public ResumableMiddleware(JsonCodec codec, ResumableLimits limits) {
    this.codec = codec;
    this.limits = limits;
  }

  @Override
  public void work(MiddlewareContext context, Next next) throws Exception {
    var steps = StepsOnDemand.of(context, codec, limits);
    context.put(StepsOnDemand.KEY, steps);
    var events = new StepEvents(context);
    events.attemptStarted();
    try {
      next.proceed();
    } catch (Throwable e) {
      forgetWaits(context, e);
      Throwable end = steps.judge(e);
      tellOfInterruption(context, events, end);
      switch (end) {
        case Exception failure -> throw failure;
        case Error failure -> throw failure;
        case Throwable failure -> throw new IllegalStateException(failure);
      }
    }
    if (!context.hasCalledCompleteTx()) {
      // A completed job needs no step any more, whatever the code has left out.
      steps.endRun();
    }
  }

  /**
   * Publishes that the attempt has stopped as it was asked. An attempt that failed before it
   * noticed the request has not. If an outage ended it, that is published together with its
   * outcome.
   */
  private static void tellOfInterruption(
      MiddlewareContext context, StepEvents events, Throwable end) {
    if (context.interruption().isPresent()) {
      context
          .foreseeEnd(end)
          .reason()
          .filter(reason -> reason != InterruptionReason.DATABASE_LOST)
          .ifPresent(events::interrupted);
    }
  }

  /** A snoozed job is stored like a job that waits, but no signal or job may wake it earlier. */
  private static void forgetWaits(MiddlewareContext context, Throwable end) {
    if (new ForeignFailure(end).find(JobSnoozeException.class) == null) {
      return;
    }
    try {
      context.waits().forgetAll();
    } catch (RuntimeException e) {
      new ForeignFailure(end).suppress(e);
    }
  }
}
