package dev.cairn.resumable;

import dev.cairn.event.EventKind;
import dev.cairn.spi.MiddlewareContext;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Loads the saved steps of a job once, when its code reaches its first step. Thread-safe.
 *
 * <p>Before JDK 24, a virtual thread that waits within a monitor keeps its carrier. After a
 * deployment all jobs load at once, and each waits for a connection: if they kept all carriers, the
 * jobs that have the connections could not run. So load before a monitor is entered.
 */
final class LoadedSteps {
  private final MiddlewareContext context;
  private final StepValues values;
  private final StepEvents events;
  private final Queue<Runnable> untold;
  private final ReentrantLock loading = new ReentrantLock();
  private volatile @Nullable SavedSteps saved;

  /**
   * @param untold gets the event that the job continues, which its owner publishes
   */
  LoadedSteps(
      MiddlewareContext context, StepValues values, StepEvents events, Queue<Runnable> untold) {
    this.context = context;
    this.values = values;
    this.events = events;
    this.untold = untold;
  }

  boolean isLoaded() {
    return saved != null;
  }

  /** Call it before a monitor is entered in which {@link #get} is needed. */
  void load() {
    var ignored = get();
  }

  SavedSteps get() {
    SavedSteps known = saved;
    return known == null ? loadOnce() : known;
  }

  private SavedSteps loadOnce() {
    loading.lock();
    try {
      SavedSteps known = saved;
      if (known == null) {
        known = SavedSteps.load(context, values);
        saved = known;
        if (context.isHeard(EventKind.JOB_RESUMED)) {
          // With the current values: later changes do not affect where the job continues.
          known.latest().ifPresent(at -> untold.add(() -> events.resumed(at)));
        }
      }
      return known;
    } finally {
      loading.unlock();
    }
  }
}
