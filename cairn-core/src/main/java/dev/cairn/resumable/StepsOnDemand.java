package dev.cairn.resumable;

import dev.cairn.ContextKey;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.MiddlewareContext.TransactionWatch;
import org.jspecify.annotations.Nullable;

/**
 * The steps of one attempt. They are made when its code asks for them: most jobs of a busy queue
 * have none, and what they need would be a quarter of the memory that an attempt takes.
 * Thread-safe.
 */
final class StepsOnDemand implements TransactionWatch {
  static final ContextKey<StepsOnDemand> KEY =
      ContextKey.of("resumable steps", StepsOnDemand.class);

  private final MiddlewareContext context;
  private final JsonCodec codec;
  private final ResumableLimits limits;
  private final Thread owner = Thread.currentThread();
  private volatile @Nullable Steps steps;

  /** The transactions of Cairn that the owner has begun before the steps were made. */
  private int openTransactions;

  private StepsOnDemand(MiddlewareContext context, JsonCodec codec, ResumableLimits limits) {
    this.context = context;
    this.codec = codec;
    this.limits = limits;
  }

  /** The steps of the attempt on the calling thread. They follow its transactions from now on. */
  static StepsOnDemand of(MiddlewareContext context, JsonCodec codec, ResumableLimits limits) {
    var steps = new StepsOnDemand(context, codec, limits);
    context.watchTransactions(steps);
    return steps;
  }

  Steps get() {
    Steps made = steps;
    return made == null ? makeOnce() : made;
  }

  private synchronized Steps makeOnce() {
    Steps made = steps;
    if (made == null) {
      made = Steps.of(context, codec, limits, owner);
      for (int i = 0; i < openTransactions; i++) {
        made.beginsTransaction();
      }
      steps = made;
    }
    return made;
  }

  /** The failure to report for an exception of the worker. */
  Throwable judge(Throwable failure) {
    Steps made = steps;
    return made == null ? failure : made.judge(failure);
  }

  /** Called when the worker has returned. Steps that River has begun must not be left out. */
  void endRun() {
    Steps made = steps;
    if (made == null && SavedSteps.hasRiverKeys(context.job())) {
      made = get();
    }
    if (made != null) {
      made.endRun();
    }
  }

  @Override
  public void begins() {
    Steps made = countedUnlessMade(1);
    if (made != null) {
      made.transactions().begins();
    }
  }

  @Override
  public void runsAgain() {
    Steps made = steps;
    if (made != null) {
      made.transactions().runsAgain();
    }
  }

  @Override
  public void ended() {
    Steps made = countedUnlessMade(-1);
    if (made != null) {
      made.transactions().ended();
    }
  }

  /** Counts a transaction of the owner if there are no steps yet; otherwise returns the steps. */
  private synchronized @Nullable Steps countedUnlessMade(int change) {
    if (steps == null && Thread.currentThread() == owner) {
      openTransactions += change;
    }
    return steps;
  }
}
